"""Revisions come and go while chunks are computed, and no result is lost or counted twice."""

from __future__ import annotations

import psycopg
from alembic import command

from dbtools.alembic_env import config, upgrade
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from tests.conftest import CONFIRMED, Connect
from tests.support.system import assign, complete, create_job, entry, new_node, new_user, row

# With a foreign key from chunks to jobs and with triggers for it; without these; before reports move the jobs' counts.
STOPS = ("0050", "0048", "0044")


def test_chunks_that_run_meanwhile_count_once_on_either_side(
    project: Project, shadow: Shadow, connect: Connect
) -> None:
    url = shadow.create()
    upgrade(project, url, confirm=CONFIRMED)
    owner = connect(url, autocommit=True)
    user = new_user(owner)
    new_node(owner, user, capacity=4)
    owner.execute("update public.nodes set quota = 4")
    job = create_job(owner, user, 20_000)["jobId"]
    held = _held(owner)
    for stop in STOPS:
        command.downgrade(config(project, url), stop)
        held = _hand_in(owner, held)
    for stop in (*reversed(STOPS[:-1]), "head"):
        upgrade(project, url, stop, confirm=CONFIRMED)
        held = _hand_in(owner, held)
    while held:
        held = _hand_in(owner, held)
    done = row(owner, "select status, completed_iterations, result from public.jobs where id = %s", job)
    assert (done["status"], done["completed_iterations"]) == ("completed", 20_000)
    assert done["result"]["totalIterations"] == 20_000
    assert done["result"]["chunksCompleted"] == 20


def _held(owner: psycopg.Connection) -> list[dict[str, object]]:
    return assign(owner, 2)


def _hand_in(owner: psycopg.Connection, held: list[dict[str, object]]) -> list[dict[str, object]]:
    """What was assigned before the step counts after it; so it does not if it comes again."""
    reports = [entry(chunk) for chunk in held]
    assert [answer["outcome"] for answer in complete(owner, reports)] == ["accepted"] * len(reports)
    assert [answer["outcome"] for answer in complete(owner, reports)] == ["already_done"] * len(reports)
    return _held(owner)
