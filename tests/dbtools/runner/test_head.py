"""Head is built once from the same files, and never found again when anything was different."""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg
import pytest

from dbtools.runner.head import Reads, _own_places, head_of
from tests.support.repository import Repository

READS = """
from pathlib import Path
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.execute({text})


def downgrade():
    pass
"""


@pytest.fixture
def kept(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache that keeps what was built in no time, too."""
    place = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))
    monkeypatch.setattr("dbtools.postgres.shadow._WORTH_KEEPING", 0)
    return place / "dbtools/servers"


def _count(kept: Path) -> int:
    return len(list(kept.iterdir()))


def _tables(repository: Repository) -> list[str]:
    with head_of(repository.project) as head, psycopg.connect(head.url) as connection:
        rows = connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1")
        return [name for (name,) in rows]


def test_a_head_is_found_again_until_a_file_changes(repository: Repository, kept: Path) -> None:
    repository.add("0001", "create table public.a ();")
    assert _tables(repository) == ["a"]
    began = _count(kept)
    assert _tables(repository) == ["a"]
    assert _count(kept) == began
    repository.add("0002", "create table public.b ();")
    assert _tables(repository) == ["a", "b"]
    (repository.project.migrations / "versions/0002_step.up.sql").write_text("create table public.c ();")
    assert _tables(repository) == ["a", "c"]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Path(__file__).parents[2].joinpath('sql/more.sql').read_text()", "more.sql"),
        ("__import__('subprocess').check_output(['/bin/cat', 'sql/more.sql'], text=True)", "subprocess.Popen"),
        ("'create table public.' + __import__('os').environ.get('NAME', 'b') + ' ()'", "the environment"),
    ],
)
def test_a_head_that_was_built_from_more_than_its_files_is_built_each_time(
    repository: Repository, kept: Path, monkeypatch: pytest.MonkeyPatch, text: str, other: str
) -> None:
    monkeypatch.chdir(repository.project.root)
    repository.add("0001", "create table public.a ();")
    (repository.project.migrations / "versions/0002_step.py").write_text(READS.format(text=text))
    more = repository.project.sql / "more.sql"
    more.parent.mkdir()
    for name in ("b", "c"):
        more.write_text(f"create table public.{name} ()")
        monkeypatch.setenv("NAME", name)
        assert _tables(repository) == ["a", name]
    with head_of(repository.project) as head:
        assert any(other in one for one in head.others)


def test_what_python_has_compiled_is_read_at_any_time_wherever_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", "/compiled")
    _own_places.cache_clear()
    try:
        reads = Reads([])
        reads.note("open", ("/compiled/project/migrations/versions/0001.cpython-311.pyc", "r", 0))
        assert reads.others == set()
    finally:
        _own_places.cache_clear()


def test_a_folder_whose_name_only_begins_like_a_systems_is_none_of_its_own() -> None:
    reads = Reads([])
    for path in ("/dev/null", "/development/more.sql", "/system/more.sql"):
        reads.note("open", (path, "r", 0))
    assert reads.others == {"/development/more.sql", "/system/more.sql"}
