"""The command `dbtools revise`."""

from __future__ import annotations

from typing import Annotated

import typer

from dbtools.cli.shared import Json, NotRenamed, Renamed, answer, say
from dbtools.project import Project


def revise(
    message: Annotated[str, typer.Option("--message", "-m", help="What the revision is for; its title.")],
    rename: Renamed = [],  # noqa: B006  (typer makes another one for each call)
    no_rename: NotRenamed = [],  # noqa: B006
    as_json: Json = False,
) -> None:
    """Write the revision that brings head to what sql/ holds: functions, triggers, views, policies, grants.

    Needs no database: it works in a shadow, and proves there that the revision leads to what sql/ holds, and back.
    Writes nothing if there is nothing to do. What looks renamed is asked for: on a terminal, else the command ends
    with 1 and names the options to answer with. The same as `alembic revision --autogenerate -m MESSAGE`.
    """
    from dbtools.revise.answers import Answers, on_terminal  # noqa: PLC0415
    from dbtools.revise.command import revise as run  # noqa: PLC0415

    answers = Answers(rename, no_rename, on_terminal())
    answer(run(Project.find(), message, answers=answers, say=say), as_json=as_json)
