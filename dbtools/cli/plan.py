"""The command `dbtools plan`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dbtools.cli.shared import DbUrl, Format, Json, print_as, say, target
from dbtools.project import Project


def plan(
    revision: Annotated[str, typer.Argument(help="How far the target will be upgraded, as Alembic names it.")] = "head",
    db_url: DbUrl = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="CODE[:OBJECT]", help="A hazard that is meant; may be repeated."),
    ] = None,
    form: Format = "text",
    as_json: Json = False,
) -> None:
    """Say what `alembic upgrade` will do on this target, before it does: what is locked, rewritten, lost or broken.

    Tries the pending revisions in a shadow; the target is only read. Exits with 0 if nothing hazardous is found that is
    not allowed, 1 if something is, 2 if it cannot be said. A revision allows a hazard itself by a line in its SQL:
    -- dbtools: allow CODE[:OBJECT] because REASON
    """
    from dbtools.plan import plan as run  # noqa: PLC0415

    report = run(target(db_url), Project.find(), revision, allowed=allow or (), say=say)
    print_as(report, form, as_json=as_json)
    sys.exit(report.exit_code)
