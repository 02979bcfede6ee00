"""The command `dbtools export`."""

from __future__ import annotations

from typing import Annotated

import typer

from dbtools.cli.shared import Json, answer
from dbtools.project import Project


def export(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if there is something to do.")
    ] = False,
    db_url: Annotated[
        str | None,
        typer.Option("--db-url", metavar="URL", help="Hold this database's two histories against each other too."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write every revision to supabase/migrations/ too, for `supabase db push`, `db reset` and branching.

    Running it again changes nothing. Either tool then knows what the other has applied: an exported file notes its
    revision in alembic_version, and `alembic upgrade` notes the file's version where the Supabase CLI looks for it.
    """
    from dbtools.export import export as run  # noqa: PLC0415

    answer(run(Project.find(), check=check, url=db_url), as_json=as_json)
