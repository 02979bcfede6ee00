"""Which files run outside a transaction, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbtools.errors import MigrationError
from dbtools.postgres.script import Script
from dbtools.runner import non_transactional


def needed(tmp_path: Path, text: str) -> bool:
    path = tmp_path / "0002_step.up.sql"
    path.write_text(text)
    return non_transactional.needed(Script.read(path))


@pytest.mark.parametrize(
    "text",
    [
        "create index concurrently i on t (a)",
        "create index concurrently if not exists i on s.t (a); create index concurrently if not exists j on t (b)",
        "-- why\ndrop index concurrently i;\n",
        "drop index concurrently if exists i; drop index concurrently if exists j",
        "reindex table concurrently t",
        "reindex (concurrently, verbose) index i",
        "reindex schema public",
        "vacuum (analyze) t",
        "cluster",
        "alter table t detach partition p concurrently",
        "alter system set work_mem = '1MB'",
        "create subscription s connection '' publication p",
    ],
)
def test_what_postgres_refuses_in_a_transaction_runs_outside(tmp_path: Path, text: str) -> None:
    assert needed(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "create index i on t (a); drop index j; reindex table t; analyze t; cluster t using i",
        "refresh materialized view concurrently v",
        "alter type mood add value 'ok'",
        "alter table t detach partition p",
        "do $$ begin execute 'create index concurrently i on t (a)'; end $$",
        "comment on table t is 'create index concurrently'",
        "savepoint s; release savepoint s",
        "what our parser does not know",
    ],
)
def test_all_else_runs_in_one(tmp_path: Path, text: str) -> None:
    assert not needed(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("alter table t add column a int;\n\ncreate index concurrently i on t (a);", 3, "a revision of its own"),
        ("create index concurrently i on t (a);\ncomment on index i is 'x';", 1, "a revision of its own"),
        ("create index concurrently on t (a)", 1, "name it"),
        ("drop index concurrently if exists i;\ncreate index concurrently i on t (a)", 2, "if not exists"),
        ("begin;\ncreate table t ();\ncommit;", 1, "leave begin and commit out"),
    ],
)
def test_what_could_leave_the_database_half_way_is_refused(tmp_path: Path, text: str, line: int, hint: str) -> None:
    with pytest.raises(MigrationError, match=rf"^0002_step.up.sql, line {line}: ") as caught:
        needed(tmp_path, text)
    assert hint in caught.value.hint
