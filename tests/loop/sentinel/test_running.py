"""What a sentinel does by itself, and how it starts and stops."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from psycopg import conninfo

from loop.errors import ConfigError, ConnectError
from loop.sentinel import SentinelOptions, background, serve
from tests.loop.sentinel.programs import refusal, sentinel_process


def test_a_new_job_is_assigned_at_once_without_a_heartbeat(node: Any, database: Any) -> None:
    node.beat()
    database.submit(1000, baseDps=1)
    # Far sooner than the poll that would find it without a notification.
    database.until("select 1 from public.jobs_chunks where status = 'running'", seconds=10)


def test_the_reaper_runs_on_its_schedule(
    database: Any, sentinel_options: SentinelOptions, ready: Callable[[str], None]
) -> None:
    database.change("update private.settings set reap_every = interval '1 second'")
    database.submit(1000, baseDps=1)
    database.change("update public.jobs_chunks set status = 'running', claimed_at = now() - interval '1 day'")
    with background(sentinel_options) as url:
        ready(url)
        database.until("select 1 from public.jobs_chunks where status = 'pending'", seconds=10)


def test_lost_connections_are_opened_again(
    node: Any, database: Any, sentinel: str, ready: Callable[[str], None]
) -> None:
    node.beat()
    lost = database.rows(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and usename = 'sentinel'"
    )
    assert len(lost) >= 2  # the scheduler's and one for requests
    node.beat()
    ready(sentinel)
    database.submit(1000, baseDps=1)
    database.until("select 1 from public.jobs_chunks where status = 'running'", seconds=10)


def test_without_a_database_everything_waits_and_goes_on_afterwards(
    node: Any, database: Any, shadow: Any, connect: Any, ready: Callable[[str], None]
) -> None:
    node.beat()
    name = database.owner.info.dbname
    elsewhere = connect(shadow.url())
    elsewhere.execute(f'alter database "{name}" allow_connections false')
    elsewhere.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s and usename = 'sentinel'",
        [name],
    )
    assert refusal(node.post("/nodes/heartbeat", {"status": "online"})) == (503, "database_unavailable")
    deadline = time.monotonic() + 20
    while (answer := httpx.get(node.url + "/ready")).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert refusal(answer) == (503, "not_ready")
    elsewhere.execute(f'alter database "{name}" allow_connections true')
    ready(node.url)
    node.beat()


# Starting and stopping


def test_a_database_that_is_not_upgraded_is_named_at_the_start(shadow: Any) -> None:
    with pytest.raises(ConfigError, match="assign_chunks") as caught:
        serve(SentinelOptions(shadow.create(), port=0))
    assert "alembic upgrade head" in caught.value.hint


def test_a_login_without_the_role_is_named_at_the_start(head_url: str) -> None:
    with pytest.raises(ConfigError, match="may not become service_role"):
        serve(SentinelOptions(conninfo.make_conninfo(head_url, user="supabase_auth_admin"), port=0))


def test_a_database_out_of_reach_is_named_at_the_start() -> None:
    with pytest.raises(ConnectError):
        serve(SentinelOptions("postgresql://sentinel@127.0.0.1:1/postgres", port=0))


def test_a_port_in_use_is_named_at_the_start(sentinel_options: SentinelOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=str(port)):
            serve(SentinelOptions(sentinel_options.database_url, port=port))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_sentinel_in_peace(sentinel_options: SentinelOptions, number: signal.Signals) -> None:
    with sentinel_process(sentinel_options.database_url) as sentinel:
        words = sentinel.end(number)
        assert sentinel.process.returncode == 0, words
    assert "Traceback" not in words
    assert "sentinel stopped" in words
