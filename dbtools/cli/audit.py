"""The command `dbtools audit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dbtools.cli.shared import DbUrl, Json, answer, say, target


def audit(
    source: Annotated[list[Path], typer.Option(metavar="DIR", help="A folder that holds code; may be given again.")],
    db_url: DbUrl = None,
    as_json: Json = False,
) -> None:
    """Say which edge functions, database functions and tables the code calls, and which nothing does.

    Searches TypeScript, JavaScript, Rust, Python and SQL below the folders, and what the database's own triggers,
    policies, functions, views and cron jobs use. Exits with 1 if something called is missing, or something there is
    unused. It reads text: a hint where to look, no proof.
    """
    from dbtools.audit import audit as run  # noqa: PLC0415

    answer(run(target(db_url), source, say=say), as_json=as_json)
