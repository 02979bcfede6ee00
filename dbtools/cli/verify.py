"""The command `dbtools verify`."""

from __future__ import annotations

import functools
import sys
from typing import Annotated, Literal

import typer

from dbtools.cli.shared import DbUrl, Json, print_as, say, target
from dbtools.errors import ConfigError
from dbtools.project import Project


def verify(  # noqa: PLR0913, PLR0917  (an option is an argument)
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="What to look for; default: all of sql/.")
    ] = None,
    db_url: DbUrl = None,
    level: Annotated[
        Literal["there", "sound", "live"], typer.Option(help="How deep to look: is it there, could it work, does it.")
    ] = "there",
    listen: Annotated[
        bool,
        typer.Option(
            "--listen", help="With --level live: commit what says `notifies`, and see whether the notification arrives."
        ),
    ] = False,
    form: Annotated[
        Literal["text", "markdown", "html", "json", "sarif", "github", "junit"],
        typer.Option(
            "--format",
            help="For a terminal; a comment on a pull request; one HTML file; scripts (as --json); code scanning; "
            "annotations of a run on GitHub; a test report.",
        ),
    ] = "text",
    as_json: Json = False,
) -> None:
    """Say whether what sql/ declares is in a database, as declared, and works.

    With names (create_job, public.create_job, trg_pending_chunk) it answers for those on any database, declared or not.
    Level there only reads; sound and live roll everything back. Exits with 0 if all is well, 1 if something is missing
    or wrong, 2 if nothing is but not everything could be checked.
    """
    from dbtools.verify import verify as run  # noqa: PLC0415

    url = target(db_url)
    if listen and level != "live":
        raise ConfigError("--listen belongs to the last level", hint="add --level live")
    try:
        project = Project.find()
    except ConfigError:
        if not names and level == "there":
            raise
        project = None
    # Said to everybody, because it is the one thing here that commits.
    warn = functools.partial(typer.echo, err=True)
    report = run(url, project, names or [], level=level, listen=warn if listen else None, say=say)
    if form == "github":
        typer.echo(report.as_github())
    elif form == "junit":
        typer.echo(report.as_junit())
    else:
        print_as(report, form, as_json=as_json)
    sys.exit(report.exit_code)
