"""Every column of the catalog is accounted for, and what is said to be compared is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import psycopg
import pytest

from dbtools import catalog
from dbtools.catalog import ledger
from dbtools.errors import ShadowError
from dbtools.model.compare import compare
from dbtools.model.snapshot import Snapshot
from dbtools.postgres.embedded import EmbeddedServer
from dbtools.postgres.shadow import ADMIN, Shadow
from tests.conftest import MAJORS, missing
from tests.dbtools.catalog.mutations import MORE, MUTATIONS, SETUP, Mutation

# A plain run changes one thing after the other on two majors; DBTOOLS_FIGURES=full does so on each.
FULL = os.environ.get("DBTOOLS_FIGURES") == "full"
COLUMNS = """
    select c.relname, case c.relkind when 'v' then '*' else a.attname end
    from pg_class as c inner join pg_attribute as a on c.oid = a.attrelid
    where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v')
      and a.attnum > 0 and not a.attisdropped
"""
VERDICTS = {"compared", "follows", "meaningless", "said"}
# What is read of extensions' tables, and of what is on the platform's, is no column of the catalog's.
# By these a row is known: it is another one with another value, and one that goes or comes is seen. Who granted a
# membership shows only between roles of the project's.
KEYS = {
    ("pg_amop", "amopfamily"),
    ("pg_amproc", "amprocfamily"),
    ("pg_auth_members", "grantor"),
    ("pg_auth_members", "member"),
    ("pg_auth_members", "roleid"),
    ("pg_constraint", "conname"),
    ("pg_db_role_setting", "setdatabase"),
    ("pg_db_role_setting", "setrole"),
    ("pg_enum", "enumtypid"),
    ("pg_inherits", "inhrelid"),
    ("pg_inherits", "inhseqno"),
    ("pg_range", "rngmultitypid"),
    ("pg_ts_config_map", "mapcfg"),
    ("pg_ts_config_map", "mapseqno"),
    ("pg_ts_config_map", "maptokentype"),
    ("pg_type", "typtype"),
}
BESIDE = {"bucket", "cron_job", "queue", "platform_table"}


def properties() -> dict[str, set[str]]:
    """What each reader compares, by its own text."""
    texts = {path.stem: path.read_text() for path in catalog.READERS.glob("[!_]*.sql")}
    return {
        name: set(re.findall(r"(?:^ {4}|jsonb_build_object\()'([a-z ]+)', ?", text, re.M))
        for name, text in texts.items()
    }


@pytest.mark.parametrize("major", MAJORS)
def test_every_column_of_a_server_has_a_line_and_every_line_a_column(major: int) -> None:
    try:
        server = EmbeddedServer(major=major)
    except ShadowError as error:
        missing(error.message)
    with server, psycopg.connect(server.url()) as connection:
        there = set(connection.execute(COLUMNS).fetchall())
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


@pytest.fixture(params=MAJORS if FULL else (15, 18), ids=str)
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
            connection.execute((SETUP + MORE).format(database="postgres").encode())
            yield connection
            connection.rollback()


def lines(before: Snapshot, after: Snapshot) -> list[str]:
    return [
        f"{change.action} {change.object.identity}" + (f": {change.property}" if change.property else "")
        for change in compare(before, after)
    ]


class Rows:
    """The catalog's rows, so that one can see which columns a statement changes.

    A row is known by each of its table's keys, such as its number and its name: what is dropped and made again is the
    same. An index and a partitioned table have no name there, so they get it.
    """

    NAMED: ClassVar = {"pg_index": "indexrelid", "pg_partitioned_table": "partrelid"}

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._keys: dict[str, list[list[str]]] = {table: [["name"]] for table in self.NAMED}
        for table, key in connection.execute("""
            select c.relname, array(select a.attname::text from pg_attribute as a
              where a.attrelid = i.indrelid and a.attnum = any(i.indkey))
            from pg_index as i inner join pg_class as c on i.indrelid = c.oid
            where i.indisunique and c.relnamespace = 'pg_catalog'::regnamespace
              and c.relname not in ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject')
        """):
            self._keys.setdefault(table, []).append(key)
        [(self._transaction,)] = connection.execute("select pg_current_xact_id()::text::bigint").fetchall()
        self._before = {key: row for table, row in self._read("true") for key in self._names(table, row)}

    def changed(self) -> set[tuple[str, str]]:
        """The columns that are otherwise since the savepoint, in rows that were there before."""
        changed = set()
        for table, row in self._read(f"x.xmin::text::bigint > {self._transaction}"):
            for old in filter(None, (self._before.get(key) for key in self._names(table, row))):
                changed |= {(table, name) for name in row if row[name] != old[name]}
        return changed

    def _names(self, table: str, row: dict[str, object]) -> list[tuple[str, str]]:
        return [(table, str([(name, row[name]) for name in key])) for key in self._keys[table]]

    def _read(self, which: str) -> list[tuple[str, dict[str, object]]]:
        parts = []
        for table in self._keys:
            name = f"|| jsonb_build_object('name', x.{self.NAMED[table]}::regclass)" if table in self.NAMED else ""
            parts.append(f"select '{table}', to_jsonb(x) {name} from {table} as x where {which}")
        return self._connection.execute(" union all ".join(parts).encode()).fetchall()


def batches(mutations: list[Mutation]) -> list[list[Mutation]]:
    """The mutations of different objects together, because to read a catalog takes longer than to change it."""
    made: list[tuple[set[str], list[Mutation]]] = []
    for one in mutations:
        objects = {line.partition(": ")[0].partition(" ")[2] for line in one.lines}
        there = next((batch for batch in made if not batch[0] & objects), None)
        if there is None:
            made.append(there := (set(), []))
        there[0].update(objects)
        there[1].append(one)
    return [batch for _, batch in made]


def test_each_statement_that_changes_one_thing_is_that_one_difference(everything: psycopg.Connection) -> None:
    major = everything.info.server_version // 10000
    before, rows = catalog.read(everything), Rows(everything)
    seen: set[tuple[str, str]] = set()

    def wrong(batch: list[Mutation]) -> dict[str, object]:
        """What is not as expected: of a batch that is not, the statements that are not so alone."""
        try:
            with everything.transaction(force_rollback=True):
                for one in batch:
                    everything.execute(one.statement.format(database="postgres").encode())
                got = lines(before, catalog.read(everything))
                changed = rows.changed()
        except psycopg.Error as error:
            got, changed = [str(error)], set()
        if sorted(got) == sorted(line for one in batch for line in one.lines):
            seen.update(changed if got else ())
            return {}
        if len(batch) == 1:
            return {batch[0].statement: got}
        half = len(batch) // 2
        return wrong(batch[:half]) | wrong(batch[half:])

    known = [one for one in MUTATIONS if one.since <= major <= one.until]
    assert len(known) > 200
    assert [said for batch in batches(known) if (said := wrong(batch))] == []
    # What is known by name only goes and comes with its object.
    named = {
        (line.relation, line.column)
        for line in ledger.lines()
        if line.since <= major <= line.until and any(name not in ledger.FIXED for _, name in line.compared_by())
    }
    assert sorted((table, name) for table, name in named - seen - KEYS if table != "pg_depend") == []
