"""The command `dbtools plan`."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from dbtools.cli.shared import DbUrl, Json, print_report, say
from dbtools.project import Project, database_url


def plan(
    revision: Annotated[str, typer.Argument(help="How far the target will be upgraded, as Alembic names it.")] = "head",
    db_url: DbUrl = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="CODE[:OBJECT]", help="A hazard that is meant; may be repeated."),
    ] = None,
    output: Annotated[
        Literal["table", "json", "markdown"],
        typer.Option("--format", help="For people, for scripts, for a comment on a pull request."),
    ] = "table",
    as_json: Json = False,
) -> None:
    """Say what `alembic upgrade` will do on this target, before it does: what is locked, rewritten, lost or broken.

    Tries the pending revisions in a shadow; the target is only read. Exits with 0 if nothing hazardous is found that is
    not allowed, 1 if something is, 2 if it cannot be said. A revision allows a hazard itself by a line in its SQL:
    -- dbtools: allow CODE[:OBJECT] because REASON
    """
    from dbtools.plan import plan as run  # noqa: PLC0415

    report = run(database_url(db_url), Project.find(), revision, allowed=allow or (), say=say)
    if output == "markdown":
        typer.echo(report.as_markdown())
    else:
        print_report(report, as_json=as_json or output == "json")
    sys.exit(report.exit_code)
