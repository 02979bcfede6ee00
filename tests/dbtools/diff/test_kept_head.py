"""`dbtools diff` builds head only where what it read of it before says nothing, and is never told of an older one."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.diff import DiffReport, diff
from dbtools.postgres.shadow import Shadow
from tests.support.repository import Repository

BUILDS = "building head in a shadow"
READS_THE_ENVIRONMENT = """
import os
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.execute("create table public." + os.environ["MADE"] + " ()")
"""


@pytest.fixture
def live(repository: Repository, shadow: Shadow) -> str:
    repository.add("0001", "create table public.a (kind varchar constraint known check (kind in ('a', 'b')));")
    url = shadow.create()
    alembic_env.upgrade(repository.project, url)
    return url


def _diff(live: str, repository: Repository) -> tuple[DiffReport, bool]:
    """The answer, and whether head was built for it."""
    said: list[str] = []
    report = diff(live, repository.project, say=said.append)
    return report, BUILDS in said


def _found(report: DiffReport) -> set[tuple[str, str]]:
    return {(change.action, change.object.identity) for change in report.changes}


@pytest.fixture(autouse=True)
def kept(cache_home: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where heads are kept, for this test alone."""
    kind = f"heads-{uuid.uuid4().hex}"
    monkeypatch.setattr("dbtools.diff.head._KIND", kind)
    return Path(os.environ["XDG_CACHE_HOME"]) / "dbtools" / kind


def test_a_head_that_was_read_before_is_not_built_until_a_file_changes(
    live: str, repository: Repository, kept: Path
) -> None:
    assert _diff(live, repository)[1]
    report, built = _diff(live, repository)
    assert report.ok
    assert not built
    with psycopg.connect(live) as connection:
        connection.execute("create table public.extra ()")
    assert (_found(report := _diff(live, repository)[0]), report.ok) == ({("extra", "table public.extra")}, False)

    repository.add("0002", "create table public.b ();")
    report, built = _diff(live, repository)
    assert built
    assert ("missing", "table public.b") in _found(report)
    (repository.project.migrations / "versions/0002_step.up.sql").write_text("create table public.c ();")
    assert ("missing", "table public.c") in _found(_diff(live, repository)[0])

    # What is cut short, or is no reading of a catalog, is as good as not there.
    for path in kept.iterdir():
        path.write_text(path.read_text()[:100])
    assert _diff(live, repository)[1]


def test_a_database_at_head_is_asked_where_a_text_may_mean_the_same(live: str, repository: Repository) -> None:
    _diff(live, repository)
    with psycopg.connect(live) as connection:
        [(printed,)] = connection.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'known'"
        ).fetchall()
        connection.execute(f"alter table public.a drop constraint known, add constraint known {printed}".encode())
    report, built = _diff(live, repository)
    assert report.ok
    assert built


def test_a_head_that_is_made_from_more_than_files_is_built_each_time(
    live: str, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.project.migrations / "versions/0002_step.py").write_text(READS_THE_ENVIRONMENT)
    for name in ("b", "c"):
        monkeypatch.setenv("MADE", name)
        report, built = _diff(live, repository)
        assert built
        assert _found(report) == {("missing", f"table public.{name}")}
