"""The command `dbtools revise`."""

from __future__ import annotations

from typing import Annotated

import typer

from dbtools.cli.shared import Json, answer, say
from dbtools.project import Project


def revise(
    message: Annotated[str, typer.Option("--message", "-m", help="What the revision is for; its title.")],
    as_json: Json = False,
) -> None:
    """Write the revision that brings head to what sql/ holds: functions, triggers, views, policies, grants.

    Needs no database: it works in a shadow, and proves there that the revision leads to what sql/ holds, and back.
    Writes nothing if there is nothing to do. The same as `alembic revision --autogenerate -m MESSAGE`.
    """
    from dbtools.revise.command import revise as run  # noqa: PLC0415

    answer(run(Project.find(), message, say=say), as_json=as_json)
