"""A real PgBouncer before the server: in transaction mode it is refused, in session mode it is given back as it was."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.errors import ConnectError
from dbtools.postgres import connection
from dbtools.postgres.connection import connect
from dbtools.postgres.embedded import temporary_place
from dbtools.postgres.shadow import Shadow
from tests.support.repository import Repository
from tests.support.system import value

CONFIG = """
[databases]
* = host={socket} port={socket_port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
server_reset_query =
"""


@pytest.fixture
def pooler(request: pytest.FixtureRequest, shadow: Shadow, platform: psycopg.Connection) -> Iterator[str]:
    """The URL of the test's database through a pooler in the mode that the test asks for, one that resets nothing."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        reason = "PgBouncer is not installed: apt-get install pgbouncer"
        if os.environ.get("DBTOOLS_REQUIRE_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(dir=temporary_place()) as folder:
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(
            CONFIG.format(
                socket=shadow.server.base, socket_port=shadow.server.socket_port, port=port, mode=request.param
            )
        )
        # It refuses to run as root, as the server does.
        Path(folder).chmod(0o755)
        user = "nobody" if os.geteuid() == 0 else None
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen([program, str(config)], user=user, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 20
            while not _listens(port):
                assert process.poll() is None, (Path(folder) / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.01)
            yield f"postgresql://postgres:x@127.0.0.1:{port}/{platform.info.dbname}"
        finally:
            process.terminate()
            process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("pooler", ["transaction"], indirect=True)
def test_a_pooler_that_keeps_no_session_is_refused_on_any_port(pooler: str) -> None:
    with pytest.raises(ConnectError, match="transaction mode") as caught:
        connect(pooler)
    assert "5432" in caught.value.hint
    assert "session mode" in caught.value.hint


@pytest.mark.parametrize("pooler", ["transaction"], indirect=True)
def test_it_is_refused_while_others_use_it_too(pooler: str) -> None:
    with psycopg.connect(pooler, prepare_threshold=None) as busy, psycopg.connect(pooler) as idle:
        busy.execute("select 1")
        idle.execute("select 1")
        idle.commit()
        with pytest.raises(ConnectError, match="transaction mode"):
            connect(pooler)


@pytest.mark.parametrize("pooler", ["session"], indirect=True)
def test_through_session_mode_an_upgrade_leaves_no_limit_and_no_lock_in_the_pooled_sessions(
    pooler: str, repository: Repository
) -> None:
    repository.add("0001", "create table public.t (a int);\nset search_path = 'auth';")
    repository.add("0002", "create index concurrently i on public.t (a);")
    # Which program uses a session is what PgBouncer itself sets, whenever it is needed; PL/pgSQL brings settings along
    # when an event trigger first needs it.
    everything = (
        "select name, setting from pg_settings"
        " where name <> 'application_name' and name not like 'plpgsql.%' order by name"
    )
    with psycopg.connect(pooler) as before:
        settings = before.execute(everything).fetchall()
    alembic_env.upgrade(repository.project, pooler)
    with ExitStack() as stack:
        sessions = [stack.enter_context(psycopg.connect(pooler)) for _ in range(4)]
        assert [session.execute(everything).fetchall() for session in sessions] == [settings] * 4
        assert value(sessions[0], "select count(*) from pg_locks where locktype = 'advisory'") == 0


@pytest.mark.parametrize("pooler", ["session\ndefault_pool_size = 1"], indirect=True)
def test_a_pool_of_one_connection_is_refused_and_does_not_wait_for_ever(
    pooler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SECOND_SESSION_WITHIN", 1.0)
    with pytest.raises(ConnectError, match="a pool of one connection") as caught:
        connect(pooler)
    assert "default_pool_size" in caught.value.hint
