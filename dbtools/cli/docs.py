"""The command `dbtools docs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from dbtools.cli.shared import DbUrl, Json, answer, say, target
from dbtools.errors import ConfigError
from dbtools.project import Project


def docs(  # noqa: PLR0913, PLR0917  (an option is an argument)
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the pages go: a folder of their own.")],
    db_url: DbUrl = None,
    head: Annotated[bool, typer.Option("--head", help="Show what all revisions make, not a database.")] = False,
    form: Annotated[
        Literal["html", "markdown"], typer.Option("--format", help="A site that opens from a disk, or Markdown.")
    ] = "html",
    title: Annotated[str, typer.Option(help="What the pages are called; default: the project's name.")] = "",
    sizes: Annotated[
        bool, typer.Option("--sizes", help="Say how large tables are; then no two runs write the same.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if the pages are stale.")] = False,
    as_json: Json = False,
) -> None:
    """Write pages about a schema: tables, relations, row security, grants, functions, history.

    Only reads. Two runs on the same schema write the same bytes, so that the pages can be committed and checked in CI.
    """
    from dbtools.docs.write import docs as run  # noqa: PLC0415

    if head and (db_url or sizes):
        raise ConfigError("--head shows no database", hint="leave out --db-url and --sizes, or --head")
    try:
        project = Project.find()
    except ConfigError:
        if head:
            raise
        project = None
    url = None if head else target(db_url)
    report = run(to, url=url, project=project, form=form, title=title, with_sizes=sizes, check=check, say=say)
    answer(report, as_json=as_json)
