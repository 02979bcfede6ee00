"""Sessions that were opened in a bad time, or have seen one, are dropped and made again; what was answered stays."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import conninfo

from dbtools import alembic_env
from dbtools.postgres.embedded import temporary_place
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from loop.sentinel import SentinelOptions, background
from loop.sentinel import database as sessions
from tests.conftest import Connect, missing
from tests.loop.conftest import Caller, Database
from tests.loop.sentinel.programs import not_ready, status, until

SESSIONS = "select pid, backend_start from pg_stat_activity where usename = 'sentinel' and datname = current_database()"
RESULT = {"meanDps": 1, "stdDps": 0, "minDps": 1, "maxDps": 1, "iterations": 1000}


def read_only(database: Any, on: bool) -> None:
    """For sessions that are opened from now on; those that are there are ended."""
    name = database.owner.info.dbname
    database.change(f'alter database "{name}" set default_transaction_read_only = {"on" if on else "off"}')


def end_sessions(database: Any) -> int:
    return len(database.rows(f"select pg_terminate_backend(pid, 5000) from ({SESSIONS}) as s"))


def beats(node: Caller) -> bool:
    return node.post("/nodes/heartbeat", {"status": "online"}).status_code == 200


def test_sessions_that_were_opened_while_the_database_was_read_only_do_not_stay(
    sentinel: str, node: Any, database: Any
) -> None:
    node.beat()
    read_only(database, True)
    assert end_sessions(database) >= 2
    answer = node.post("/nodes/heartbeat", {"status": "online"})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"]
    until(lambda: "read-only transaction" in not_ready(sentinel))
    read_only(database, False)
    # No session is ended by hand: those that came in the bad time must go by themselves.
    assert beats(node)
    until(lambda: not_ready(sentinel) == "")
    database.submit(1000, baseDps=1)
    assert len(node.beat(wait=20)["chunks"]) == 1


def test_who_waits_for_work_goes_on_waiting_while_the_sessions_are_made_again(
    sentinel: str, node: Any, database: Any
) -> None:
    until(lambda: not_ready(sentinel) == "")
    term = status(sentinel)["term"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(node.beat, wait=20)
        until(lambda: status(sentinel)["waitingNodes"] == 1)
        end_sessions(database)
        until(lambda: not_ready(sentinel) == "" and status(sentinel)["term"] > term)
        assert not waiting.done()
        database.submit(1000, baseDps=1)
        assert len(waiting.result()["chunks"]) == 1


def test_a_session_that_becomes_read_only_between_two_requests_costs_no_request(
    sentinel: str, node: Any, database: Any
) -> None:
    """A server that has become a standby keeps its sessions, and refuses to write in them."""
    node.beat()
    read_only(database, True)
    end_sessions(database)
    for _ in range(8):
        node.post("/nodes/heartbeat", {"status": "online"})
    read_only(database, False)
    assert all(beats(node) for _ in range(8))


def test_sessions_that_are_terminated_cost_no_request(sentinel: str, node: Any, database: Any) -> None:
    for _ in range(5):
        node.beat()
        assert end_sessions(database) >= 1
    node.beat()
    until(lambda: not_ready(sentinel) == "")


def test_no_session_gets_old(sentinel_options: SentinelOptions, database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "AGE", 0.0)
    with background(sentinel_options) as url:
        node = Caller(url)
        database.claim(node.register()["claimCode"])
        seen = set()
        for _ in range(4):
            node.beat()
            seen |= {row["pid"] for row in database.rows(SESSIONS)}
        assert len(seen) >= 4


def test_a_database_that_crashes_and_comes_back_has_lost_nothing_that_was_answered(
    project: Project, connect: Connect
) -> None:
    with Shadow(durable=True) as server:
        url = server.create()
        alembic_env.upgrade(project, url)
        owner = connect(url)
        database = Database(owner)
        database.change("create role sentinel login in role service_role")
        name = conninfo.make_conninfo(url, user="sentinel")
        with background(SentinelOptions(name, port=0)) as sentinel:
            node = Caller(sentinel)
            database.claim(node.register()["claimCode"], 4)
            node.beat()
            job = database.submit(4000, baseDps=1)
            chunks = node.chunks(4)
            for chunk in chunks:
                sent = {"chunkId": chunk["chunkId"], "attemptToken": chunk["attemptToken"], "result": RESULT}
                assert node.post("/chunks/complete", sent).json()["outcome"] == "accepted"
                server.server.stop(immediate=True)
                assert node.post("/nodes/heartbeat", {"status": "online"}).status_code == 503
                server.server.start()
            database = Database(connect(url, user=ADMIN))
            done = database.row("select status, completed_iterations from public.jobs where id = %s", job)
            assert done == {"status": "completed", "completed_iterations": 4000}
            until(lambda: not_ready(sentinel) == "")
            assert status(sentinel)["leader"] is True


POOLER = """
[databases]
* = host={socket} port={port} user=sentinel
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
auth_type = any
pool_mode = session
max_client_conn = 3
server_reset_query =
"""


@pytest.fixture
def pooler(shadow: Shadow, sentinel_options: SentinelOptions) -> Iterator[str]:
    """The sentinel's URL through a pooler in session mode that has room for three."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        missing("PgBouncer is not installed: apt-get install pgbouncer")
    with tempfile.TemporaryDirectory(dir=temporary_place()) as folder:
        # It refuses to run as root, as the server does.
        Path(folder).chmod(0o777)
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(POOLER.format(socket=shadow.server.base, port=shadow.server.socket_port, folder=folder))
        user = "nobody" if os.geteuid() == 0 else None
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen([program, str(config)], stdout=log, stderr=log, user=user)
        try:
            until((Path(folder) / ".s.PGSQL.6432").exists)
            yield conninfo.make_conninfo(sentinel_options.database_url, host=folder, port=6432)
        finally:
            process.terminate()
            process.wait(20)


def test_while_a_pooler_is_full_requests_are_told_to_come_again_and_then_are_served(
    pooler: str, database: Any, connect: Connect
) -> None:
    with background(SentinelOptions(pooler, port=0)) as url:
        until(lambda: not_ready(url) == "")
        node = Caller(url)
        database.claim(node.register()["claimCode"])
        node.beat()
        others: list[psycopg.Connection] = []
        answers: list[httpx.Response] = []

        def is_crowded_out() -> bool:
            """Take what the sentinel loses, until none of the pooler's three is left for it."""
            end_sessions(database)
            with suppress(psycopg.OperationalError):
                others.append(connect(pooler))
            answers.append(node.post("/nodes/heartbeat", {"status": "online"}))
            return answers[-1].status_code != 200

        until(is_crowded_out, 30)
        assert (answers[-1].status_code, answers[-1].json()["code"]) == (503, "database_unavailable")
        assert answers[-1].headers["Retry-After"]
        for one in others:
            one.close()
        until(lambda: beats(node))
        database.submit(1000, baseDps=1)
        assert len(node.beat(wait=20)["chunks"]) == 1


def test_what_a_session_before_has_prepared_is_in_nobodys_way(pooler: str) -> None:
    """This pooler gives the next session the same server process, and cleans nothing up."""

    async def once() -> None:
        pool = sessions.Database(pooler, size=1)
        try:
            for _ in range(4):
                assert await pool.rows("select 1 as one", {}, often=True) == [{"one": 1}]
        finally:
            await pool.close()

    for _ in range(3):
        asyncio.run(once())
