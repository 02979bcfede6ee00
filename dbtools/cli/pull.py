"""The command `dbtools pull`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dbtools.cli.shared import DbUrl, Format, Json, NotRenamed, Renamed, Reviewed, print_as, say, target
from dbtools.errors import ConfigError
from dbtools.project import Project


def pull(  # noqa: PLR0913, PLR0917  (one argument for each option)
    db_url: DbUrl = None,
    to: Annotated[
        Path | None, typer.Option(help="The migrations folder; default: the project's.", show_default=False)
    ] = None,
    objects: Annotated[
        bool, typer.Option("--objects/--no-objects", help="Lay out functions, policies and the like under sql/ too.")
    ] = True,
    shadow_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="An empty Supabase database to replay in; changed.", show_default=False),
    ] = None,
    proof: Annotated[bool, typer.Option("--proof/--no-proof", help="Replay the baseline and compare.")] = True,
    message: Annotated[
        str, typer.Option("--message", "-m", help="The revision's title, where there is a baseline already.")
    ] = "Changed by hand in production",
    rename: Renamed = [],  # noqa: B006  (typer makes another one for each call)
    no_rename: NotRenamed = [],  # noqa: B006
    form: Format = "text",
    as_json: Json = False,
) -> None:
    """Capture the live schema as an Alembic baseline, and prove the copy identical.

    Only reads the live database. Writes TO/versions/0001_baseline.{py,up.sql}, replays it in an empty shadow and
    compares the two; exits with 1 if anything differs, or was left out and is not acknowledged in pyproject.toml.
    Never overwrites a baseline, nor a file of sql/.

    Where the project has revisions, live is compared with head instead: what was changed by hand becomes one more
    revision, proven both ways, and into sql/. Exits with 1 if something of it must be written by hand. What looks
    renamed is asked for, because a table that is dropped and made again has lost its rows: on a terminal, else the
    command ends with 1, writes nothing, and names the options to answer with.
    """
    from dbtools.pull import PullOptions  # noqa: PLC0415
    from dbtools.pull import pull as run  # noqa: PLC0415

    project = Project.of(to)
    if to is None and any((project.migrations / "versions").glob("*.py")):
        from dbtools.pull.incremental import pull_again  # noqa: PLC0415
        from dbtools.revise.answers import Answers, on_terminal  # noqa: PLC0415

        if shadow_url or not (objects and proof):
            raise ConfigError(
                f"{project.migrations} holds a baseline already",
                hint="--shadow-url, --no-objects and --no-proof are for a first pull; for another one, give --to",
            )
        answers = Answers(rename, no_rename, on_terminal())
        report: Reviewed = pull_again(target(db_url), project, message, answers=answers, progress=say)
    else:
        if rename or no_rename:
            raise ConfigError("--rename and --no-rename are for a project that has revisions", hint="leave them out")
        options = PullOptions(project if objects and proof else None, project.acknowledged, proof)
        report = run(target(db_url), project.migrations, progress=say, shadow=shadow_url, options=options)
    print_as(report, form, as_json=as_json)
    sys.exit(0 if report.ok else 1)
