"""The command `dbtools squash`."""

from __future__ import annotations

from typing import Annotated

import typer

from dbtools.cli.shared import Json, answer, say
from dbtools.project import Project


def squash(
    message: Annotated[str, typer.Option("--message", "-m", help="The new revision's title.", show_default=False)] = "",
    keep_data: Annotated[
        bool, typer.Option("--keep-data", help="Put the rows that the old revisions write into the baseline.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Prove it, and write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Replace all revisions by one baseline of the present, proven to make the same; no database is asked or changed.

    It has the newest revision's name, so a database that is there has nothing to do; the old revisions are kept in
    migrations/squashed for those that are further back. Exits with 1, and writes nothing, if anything differs or cannot
    be in a baseline.
    """
    from dbtools.squash import squash as run  # noqa: PLC0415

    report = run(Project.find(), message, keep_data=keep_data, dry_run=dry_run, say=say)
    answer(report, as_json=as_json)
