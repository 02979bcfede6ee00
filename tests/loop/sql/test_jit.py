"""On a server that compiles plans (LLVM, as packages have it), what decides row by row compiles none."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.errors import ShadowError
from dbtools.postgres.connection import acting_as
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from tests.conftest import missing
from tests.support import system


@pytest.fixture
def compiling(project: Project) -> Iterator[psycopg.Connection]:
    """A session that compiles whatever it may, and says every plan aloud, those within functions too."""
    try:
        server = Shadow(major=15)
    except ShadowError as error:
        missing(f"{error.message}: apt-get install postgresql-15")
    with server:
        alembic_env.upgrade(project, url := server.create())
        with psycopg.connect(url.replace("postgres@", f"{ADMIN}@"), autocommit=True) as conn:
            if not system.value(conn, "select pg_jit_available()"):
                missing("this Postgres 15 has no LLVM")
            conn.execute("load 'auto_explain'")
            for name, value in {
                "jit": "on",
                "jit_above_cost": "0",
                "auto_explain.log_min_duration": "0",
                "auto_explain.log_nested_statements": "on",
                "auto_explain.log_analyze": "on",
                "auto_explain.log_triggers": "on",
                "auto_explain.log_level": "notice",
            }.items():
                conn.execute("select set_config(%s, %s, false)", [name, value])
            yield conn


@pytest.mark.parametrize("plans", ["auto", "force_custom_plan", "force_generic_plan"])
def test_no_plan_within_the_functions_is_compiled(compiling: psycopg.Connection, plans: str) -> None:
    """On tables that were never analyzed, whose plans look dearest."""
    said: list[str] = []
    compiling.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
    compiling.execute("select set_config('plan_cache_mode', %s, false)", [plans])
    user = system.new_user(compiling)
    node = system.new_node(compiling, user, capacity=30, allow=("public", None))
    made = [system.create_job(compiling, user, 20_000, access="public")["jobId"] for _ in range(2)]
    said.clear()

    with acting_as(compiling, "service_role"):
        compiling.execute("select count(*) from public.jobs_chunks").fetchall()
    assert any("JIT:" in plan for plan in said), "nothing would be compiled here"

    said.clear()
    given = system.assign(compiling, 10) + system.assign(compiling, 15, node)
    system.complete(compiling, [system.entry(chunk) for chunk in given[:15]])
    system.fail(compiling, [system.failure(chunk) for chunk in given[15:20]])
    system.service(compiling, "select public.node_heartbeat(public_key) from public.nodes")
    system.reap(compiling)
    for chore in ("mark_nodes_offline", "cleanup_stale_data"):
        system.service(compiling, f"select public.{chore}()")
    with acting_as(compiling, "authenticated", {"sub": user}):
        compiling.execute("select public.cancel_job(%s)", [made[0]])
    nested = [plan for plan in said if "jobs_chunks" in plan and "expire" not in plan]
    assert len(nested) > 20
    compiled = [plan for plan in nested if "JIT:" in plan and not _ours(plan)]
    assert not compiled, json.dumps(compiled[0])


def _ours(plan: str) -> bool:
    """A statement that the test itself writes, outside of any function."""
    return "interval '1 second'" in plan or "Query Text: select * from public." in plan
