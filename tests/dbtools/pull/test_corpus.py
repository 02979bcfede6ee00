"""Schemas full of traps come home identical, from every major version, and a differ of somebody else's agrees.

A plain run takes a few on each version; DBTOOLS_FIGURES=full takes all.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbtools import pull
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.pull import baseline, proof, replay

SCHEMAS = sorted((Path(__file__).parents[2] / "support/schemas").glob("*.sql"))
FULL = os.environ.get("DBTOOLS_FIGURES") == "full"
FEW = [path for path in SCHEMAS if FULL or path.stem in ("tables", "auth", "privileges", "extensions", "owners")]
# The judge refuses cron jobs without a name, which `platform` has, and takes the two ways in which Postgres prints the
# same expression for two, of which `tables` is full.
UNJUDGED = ("platform", "tables")
JUDGED = [path for path in SCHEMAS if path.stem not in UNJUDGED and (FULL or path.stem in ("privileges", "order"))]


@contextmanager
def roles_as_before(shadow: Shadow) -> Iterator[None]:
    """Drops the roles that came meanwhile: they and their memberships belong to the server, not to one database."""

    def roles() -> set[str]:
        return {row[0] for row in admin.execute("select quote_ident(rolname) from pg_roles")}

    with psycopg.connect(shadow.url(user=ADMIN), autocommit=True) as admin:
        before = roles()
        try:
            yield
        finally:
            for role in roles() - before:
                admin.execute(f"drop role {role}".encode())


@contextmanager
def loaded(shadow: Shadow, schema: Path) -> Iterator[str]:
    """A database of its own with the schema in it; skips what that major version does not know."""
    text = schema.read_text()
    if text.startswith("-- since: 18") and shadow.server.major < 18:
        pytest.skip("needs Postgres 18")
    with roles_as_before(shadow):
        url = shadow.create()
        try:
            with psycopg.connect(url) as connection:
                connection.execute(text.encode())
            yield url
        finally:
            shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def problems(report: pull.PullReport) -> list[str]:
    return [str(item) for item in (*report.left_out, *report.differences)]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_a_schema_full_of_traps_replays_identical(schema: Path, tmp_path: Path, shadow: Shadow) -> None:
    with loaded(shadow, schema) as url:
        assert problems(pull.pull(url, tmp_path, shadow=shadow)) == []


@pytest.mark.parametrize("schema", FEW, ids=lambda path: path.stem)
def test_whatever_the_major_version_of_live_and_of_the_shadow(
    schema: Path, tmp_path: Path, shadow_of_major: Shadow, shadow: Shadow
) -> None:
    with loaded(shadow_of_major, schema) as url, roles_as_before(shadow):
        assert problems(pull.pull(url, tmp_path / "own", shadow=shadow_of_major)) == []
        across = pull.pull(url, tmp_path / "newest", shadow=shadow)
        assert (problems(across), across.majors) == ([], (shadow_of_major.server.major, 18))
    assert (tmp_path / "own/versions/0001_baseline.up.sql").read_bytes() == across.path.read_bytes()


@pytest.mark.parametrize("schema", JUDGED, ids=lambda path: path.stem)
def test_the_supabase_clis_own_differ_finds_nothing(
    schema: Path, supabase_cli: str, tmp_path: Path, tcp_shadow: Shadow
) -> None:
    with loaded(tcp_shadow, schema) as url, replay.place(tcp_shadow, 18, tcp_shadow.platform) as preparing:
        there = preparing.result()
        seen = proof.observe(url)
        known = replay.prepare(there, seen)
        made = baseline.build(seen.ours(known), seen.entries, seen.ownership)
        assert replay.load(there, made, made.text) == ()
        assert judged(supabase_cli, tcp_shadow, there.url, url, tmp_path) == ""
        with psycopg.connect(there.url) as connection:
            connection.execute("create table public.one_more ()")
        assert "one_more" in judged(supabase_cli, tcp_shadow, there.url, url, tmp_path)


def judged(supabase_cli: str, shadow: Shadow, one: str, other: str, home: Path) -> str:
    """The SQL that the CLI would write to make one database like the other."""
    urls = (shadow.url(str(conninfo_to_dict(url)["dbname"]), tcp=True) for url in (one, other))
    words = [word for pair in zip(("--from", "--to"), urls, strict=True) for word in pair]
    done = subprocess.run(
        [supabase_cli, "--workdir", str(home), "db", "diff", *words, "--use-pg-delta"],
        env={**os.environ, "HOME": str(home), "SUPABASE_TELEMETRY_DISABLED": "1", "PGSSLMODE": "disable"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Above the SQL it says, in lines with a sign before them, which kinds of objects it does not know.
    return "\n".join(line for line in done.stdout.strip().splitlines() if line[:1] not in set("│▲●"))


@pytest.fixture(scope="module")
def tcp_shadow() -> Iterator[Shadow]:
    """A shadow that listens on TCP, because the CLI knows no Unix sockets."""
    with Shadow(port=0) as shadow:
        yield shadow
