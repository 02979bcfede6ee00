"""Every column of the catalog is accounted for, and what is said to be compared is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from dbtools import catalog
from dbtools.catalog import ledger
from dbtools.model.compare import compare
from dbtools.model.snapshot import Snapshot
from dbtools.postgres.shadow import ADMIN, Shadow
from tests.dbtools.catalog.mutations import MUTATIONS, SETUP

COLUMNS = """
    select c.relname, case c.relkind when 'v' then '*' else a.attname end
    from pg_class as c inner join pg_attribute as a on c.oid = a.attrelid
    where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped
"""
VERDICTS = {"compared", "follows", "meaningless", "said"}
# What is read of extensions' tables, and of what is on the platform's, is no column of the catalog's.
UNCHANGED: set[tuple[str, str]] = set()
BESIDE = {"bucket", "cron_job", "queue", "platform_table"}


def properties() -> dict[str, set[str]]:
    """What each reader compares, by its own text."""
    texts = {path.stem: path.read_text() for path in catalog.READERS.glob("[!_]*.sql")}
    return {name: set(re.findall(r"(?:^ {4}|jsonb_build_object\()'([a-z ]+)', ?", text, re.M)) for name, text in texts.items()}


def test_every_column_of_a_server_has_a_line_and_every_line_a_column(shadow_of_major: Shadow) -> None:
    with psycopg.connect(shadow_of_major.url()) as connection:
        there = set(connection.execute(COLUMNS).fetchall())
        major = connection.info.server_version // 10000
    lines = [(line.relation, line.column) for line in ledger.lines() if line.since <= major <= line.until]
    assert sorted(there - set(lines)) == []
    assert sorted(set(lines) - there) == []
    assert len(lines) == len(set(lines))


def test_every_line_has_a_verdict_and_what_it_names_is_there() -> None:
    read = properties()
    for line in ledger.lines():
        assert line.verdict in VERDICTS, line
        assert line.what, line
        for reader, name in line.compared_by():
            assert name in (*ledger.FIXED, *read[reader]), line


def test_nothing_is_read_that_no_line_names() -> None:
    named = {pair for line in ledger.lines() for pair in line.compared_by()}
    read = {(reader, name) for reader, names in properties().items() for name in names if reader not in BESIDE}
    assert sorted(read - named) == []


@pytest.fixture(params=[15, 18], ids=["15", "18"])
def everything(request: pytest.FixtureRequest, shadow: Shadow) -> Iterator[psycopg.Connection]:
    """A superuser's transaction in a database that has a thing of every kind; all of it goes again."""
    with open_everything(request.param, shadow) as connection:
        yield connection


@contextmanager
def open_everything(major: int, shadow: Shadow) -> Iterator[psycopg.Connection]:
    with Shadow(major=major) as server:
        with psycopg.connect(server.url(user=ADMIN), autocommit=True) as admin:
            admin.execute("set allow_in_place_tablespaces = on")
            admin.execute("create tablespace mut_space location ''")
        with psycopg.connect(server.url(user=ADMIN)) as connection:
            # Nothing that has no schema is the project's unless the project's owner made it.
            connection.execute("alter role postgres superuser; set local role postgres")
            connection.execute(SETUP.encode())
            yield connection
            connection.rollback()


def lines(before: Snapshot, after: Snapshot) -> list[str]:
    return [
        f"{change.action} {change.object.identity}" + (f": {change.property}" if change.property else "")
        for change in compare(before, after)
    ]


class Rows:
    """The catalog's rows, so that one can see which columns a statement changes."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        keys = connection.execute("""
            select i.indrelid::regclass::text, array_agg(a.attname::text)
            from pg_index as i inner join pg_attribute as a on i.indrelid = a.attrelid and a.attnum = any(i.indkey)
            where i.indisprimary and i.indrelid < 16384 and i.indrelid::regclass::text not like 'pg_statistic%%data'
              and i.indrelid not in ('pg_statistic'::regclass, 'pg_largeobject'::regclass)
              and i.indrelid in (select c.oid from pg_class as c where c.relnamespace = 'pg_catalog'::regnamespace)
            group by i.indrelid
        """)
        self._keys = dict(keys.fetchall())
        [(self._transaction,)] = connection.execute("select pg_current_xact_id()::text::bigint").fetchall()
        self._before = {self._key(table, row): row for table, row in self._read("true")}

    def changed(self) -> set[tuple[str, str]]:
        """The columns that are otherwise since the savepoint, in rows that were there before."""
        new = self._read(f"x.xmin::text::bigint > {self._transaction}")
        pairs = ((table, self._before.get(self._key(table, row)), row) for table, row in new)
        return {(table, name) for table, old, row in pairs if old for name in row if row[name] != old[name]}

    def _key(self, table: str, row: dict[str, object]) -> tuple[object, ...]:
        return (table, *(row[name] for name in self._keys[table]))

    def _read(self, which: str) -> list[tuple[str, dict[str, object]]]:
        parts = (f"select '{table}', to_jsonb(x) from {table} as x where {which}" for table in self._keys)
        return self._connection.execute(" union all ".join(parts).encode()).fetchall()


def test_each_statement_that_changes_one_thing_is_that_one_difference(everything: psycopg.Connection) -> None:
    major = everything.info.server_version // 10000
    before, rows = catalog.read(everything), Rows(everything)
    wrong, seen = {}, set()
    for one in MUTATIONS:
        if not one.since <= major <= one.until:
            continue
        try:
            with everything.transaction(force_rollback=True):
                everything.execute(one.statement.format(database=everything.info.dbname).encode())
                got = lines(before, catalog.read(everything))
                seen |= rows.changed() if got else set()
        except psycopg.Error as error:
            got = [str(error)]
        if sorted(got) != sorted(filter(None, one.lines)):
            wrong[one.statement] = (got, one.lines)
    assert wrong == {}
    # What is known by name only goes and comes with its object.
    named = {
        (line.relation, line.column)
        for line in ledger.lines()
        if line.since <= major <= line.until and any(name not in ledger.FIXED for _, name in line.compared_by())
    }
    assert sorted(named - seen - UNCHANGED) == []
