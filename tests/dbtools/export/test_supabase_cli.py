"""What the real Supabase CLI says of this repository."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dbtools import alembic_env
from dbtools.errors import ShadowError
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from tests.conftest import missing

# What the advisors warn of, and why it stays.
MEANT = {
    # Totals over public rotations, and over everybody: nothing in them is anyone's own.
    (
        "materialized_view_in_api",
        f"Materialized view `public.{view}` is selectable by anon or authenticated roles",
    )
    for view in ("stats_daily_throughput", "stats_rotations_by_spec")
}

# What the linter warns of, and why it stays.
# A set's rows are cast once more where they are handed on: harmless.
CAST = {
    (f"private.{name}", "target type is different type than source type")
    for name in ("assign_chunks", "complete_carefully", "move_jobs")
}
# A setting that tells the triggers who counts is set by an assignment, which is faster than a statement; nobody reads
# what it returns.
UNREAD = {
    *(
        (f"private.{name}", 'never read variable "v_note"')
        for name in ("assign_one", "assign_to_node", "reap_stale_chunks")
    ),
}
UNRETURNED = {
    # It ends with private.refuse, which always raises.
    ("private.register_node", "control reached end of function without RETURN"),
}

Supabase = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def head_over_tcp(project: Project) -> Iterator[str]:
    """A database at head that listens on TCP, because the CLI knows no Unix sockets."""
    with Shadow(port=0) as shadow:
        alembic_env.upgrade(project, shadow.url())
        yield shadow.url(tcp=True)


@pytest.fixture
def supabase(supabase_cli: str, project: Project, tmp_path: Path) -> Supabase:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [supabase_cli, "--workdir", str(project.root), *words],
            env={**os.environ, "HOME": str(tmp_path), "SUPABASE_TELEMETRY_DISABLED": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_cli_accepts_the_configuration(supabase: Supabase, head_over_tcp: str) -> None:
    done = supabase("migration", "list", f"--remote={head_over_tcp}")
    assert done.returncode == 0, done.stderr
    assert "config.toml" not in done.stdout + done.stderr


def test_the_advisors_find_nothing_but_what_is_meant(supabase: Supabase, head_over_tcp: str) -> None:
    done = supabase("db", "advisors", "--type", "all", "--output-format", "json", f"--remote={head_over_tcp}")
    assert done.returncode == 0, done.stderr
    found = {(one["name"], one["detail"]) for one in json.loads(done.stdout)["results"] if one["level"] != "INFO"}
    assert found == MEANT


def test_the_linter_finds_nothing_but_what_is_meant(supabase: Supabase, project: Project) -> None:
    """On Debian's Postgres 15, because the linter needs plpgsql_check, which no embedded server has."""
    try:
        server = Shadow(major=15, port=0)
    except ShadowError as error:
        missing(f"{error.message}: apt-get install postgresql-15 postgresql-15-plpgsql-check")
    with server as shadow:
        alembic_env.upgrade(project, shadow.url())
        # The CLI's own statement is the superuser's on a hosted server.
        remote = shadow.url(user=ADMIN, tcp=True)
        done = supabase("db", "lint", "--level", "warning", "--output-format", "json", f"--remote={remote}")
    assert done.returncode == 0, done.stderr
    # Extensions' functions are not the project's, though a stand-in's are written in PL/pgSQL.
    results = [one for one in json.loads(done.stdout)["results"] if not one["function"].startswith("extensions.")]
    found = {(one["function"], issue["message"]) for one in results for issue in one["issues"]}
    assert sorted(found ^ (UNRETURNED | CAST | UNREAD)) == []
