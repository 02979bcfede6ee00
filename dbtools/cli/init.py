"""The command `dbtools init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbtools.cli.shared import Json, answer


def init(
    folder: Annotated[Path, typer.Argument(help="The repository.")] = Path(),
    as_json: Json = False,
) -> None:
    """Make a repository ready: Alembic's settings, migrations/env.py, sql/. Existing files stay as they are."""
    from dbtools.init import init as run  # noqa: PLC0415

    answer(run(folder), as_json=as_json)
