"""The command `dbtools init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from dbtools.cli.shared import Json, answer


def init(
    folder: Annotated[Path, typer.Argument(help="The repository.")] = Path(),
    ci: Annotated[
        Literal["github", "gitlab"] | None,
        typer.Option("--ci", help="Also write the workflow: check, plan, upgrade, verify, a nightly diff."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a repository ready: Alembic's settings, migrations/env.py, sql/. Existing files stay as they are.

    With --ci, a pull request is checked and gets the plan as a comment that is kept up to date; a merge is upgraded,
    behind the environment `production`, and verified; every night the database is compared with the revisions, and an
    issue says where they differ. It may be run again later, for that alone.
    """
    from dbtools.init import init as run  # noqa: PLC0415

    answer(run(folder, ci), as_json=as_json)
