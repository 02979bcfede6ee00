"""The database that the revisions are for: only read, each query by itself, so that nothing is held up by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import psycopg
from psycopg import sql

from dbtools.errors import MigrationError
from dbtools.postgres.connection import connect
from dbtools.project import Project
from dbtools.project.revisions import recorded

# What is shorter or smaller is over before anybody has waited for it.
LONG_ROWS = 10_000
LONG_BYTES = 8 << 20

# Nobody needs to know how many rows beyond that would be lost.
ENOUGH = 100_000

_LIMITS = b"set default_transaction_read_only = on; set lock_timeout = '2s'; set statement_timeout = '10s'"

_SIZES = """
select n.nspname || '.' || c.relname, coalesce(pg_relation_size(c.oid), 0), coalesce(pg_total_relation_size(c.oid), 0),
  case
    when c.reltuples >= 0 and c.relpages > 0
      then c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int)
    else greatest(coalesce(s.n_live_tup, 0), 0)
  end::bigint
from pg_class as c
  inner join pg_namespace as n on c.relnamespace = n.oid
  left join pg_stat_all_tables as s on c.oid = s.relid
where c.relkind in ('r', 'm') and n.nspname !~ '^(pg_catalog|pg_toast|pg_temp_.*|pg_toast_temp_.*|information_schema)$'
"""
_PARTITIONS = """
select n.nspname || '.' || c.relname, array_agg(m.nspname || '.' || l.relname)
from pg_class as c
  inner join pg_namespace as n on c.relnamespace = n.oid
  cross join lateral pg_partition_tree(c.oid) as t
  inner join pg_class as l on t.relid = l.oid and t.isleaf
  inner join pg_namespace as m on l.relnamespace = m.oid
where c.relkind = 'p'
group by 1
"""
_INDEX_SCANS = "select schemaname || '.' || indexrelname, idx_scan from pg_stat_user_indexes"


@dataclass(frozen=True)
class Size:
    """How large a table is: rows as the server estimates them, bytes of its rows, bytes with indexes and TOAST."""

    rows: int
    bytes: int
    total: int

    @property
    def long(self) -> bool:
        """Whether to read or write all of it takes long enough for others to notice."""
        return self.rows >= LONG_ROWS or self.bytes >= LONG_BYTES

    def __str__(self) -> str:
        return f"about {self.rows:,} rows, {_bytes(self.total)}"


NOTHING = Size(0, 0, 0)


class Target:
    """What is known of the target.

    Args:
        connection: autocommitting; see `reading`.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        # What could not be found out, in words.
        self.unknown: list[str] = []

    @property
    def major(self) -> int:
        """The major version of its Postgres."""
        return self.connection.info.server_version // 10_000

    def revisions(self, project: Project) -> tuple[str, ...]:
        """Where it is in the project's history; nothing where it never was.

        Raises:
            MigrationError: that may not be read.
        """
        try:
            return recorded(self.connection, project)
        except psycopg.Error as error:
            raise MigrationError(
                f"the target's revision cannot be read: {str(error).strip()}",
                hint=f"{project.version_table_schema}.alembic_version must be readable for this role",
            ) from error

    @cached_property
    def sizes(self) -> dict[str, Size]:
        """By name; a partitioned table has the size of its partitions."""
        found = {name: Size(rows, own, total) for name, own, total, rows in self.connection.execute(_SIZES)}
        for name, leaves in self.connection.execute(_PARTITIONS):
            parts = [found.get(leaf, NOTHING) for leaf in leaves]
            found[name] = Size(sum(p.rows for p in parts), sum(p.bytes for p in parts), sum(p.total for p in parts))
        return found

    @cached_property
    def index_scans(self) -> dict[str, int]:
        """How often each index was used since the server's counters began."""
        return {name: scans or 0 for name, scans in self.connection.execute(_INDEX_SCANS)}

    def rows(self, schema: str, name: str) -> int | None:
        """How many rows a table has, counted to just beyond ENOUGH; None if that cannot be found out."""
        query = sql.SQL("select count(*) from (select from {} limit {}) as t")
        return self._number(
            query.format(sql.Identifier(schema, name), ENOUGH + 1), f"how many rows {schema}.{name} has"
        )

    def values(self, schema: str, name: str, column: str) -> int | None:
        """How many rows have a value in a column, counted to just beyond ENOUGH."""
        query = sql.SQL("select count(*) from (select from {} where {} is not null limit {}) as t")
        return self._number(
            query.format(sql.Identifier(schema, name), sql.Identifier(column), ENOUGH + 1),
            f"how many values {schema}.{name}.{column} has",
        )

    def any_null(self, schema: str, name: str, column: str) -> bool | None:
        """Whether a row has no value in a column."""
        query = sql.SQL("select exists (select from {} where {} is null)::int")
        table = sql.Identifier(schema, name)
        found = self._number(query.format(table, sql.Identifier(column)), f"whether {schema}.{name}.{column} has nulls")
        return None if found is None else found > 0

    def breaking(self, schema: str, name: str, condition: str) -> int | None:
        """How many of a table's rows do not meet a condition, counted to just beyond ENOUGH."""
        query = sql.SQL("select count(*) from (select from {} where not ({}) limit {}) as t")
        return self._number(
            query.format(sql.Identifier(schema, name), sql.SQL(condition), ENOUGH + 1),
            f"whether the rows of {schema}.{name} meet {condition}",
        )

    def duplicates(self, schema: str, name: str, columns: list[str], where: str) -> int | None:
        """How many combinations of some columns' values are there more than once."""
        query = sql.SQL(
            "select count(*) from (select from {} where {} and {} group by {} having count(*) > 1 limit {}) as t"
        )
        named = [sql.Identifier(column) for column in columns]
        there = sql.SQL(" and ").join(sql.SQL("{} is not null").format(column) for column in named)
        condition = sql.SQL(where or "true")
        many = sql.SQL(", ").join(named)
        return self._number(
            query.format(sql.Identifier(schema, name), there, condition, many, ENOUGH + 1),
            f"whether {', '.join(columns)} are unique in {schema}.{name}",
        )

    def orphans(self, child: tuple[str, str], parent: tuple[str, str], pairs: list[tuple[str, str]]) -> int | None:
        """How many rows of a table refer to one that another has not."""
        both = sql.SQL(" and ").join(
            sql.SQL("p.{} = c.{}").format(sql.Identifier(theirs), sql.Identifier(own)) for own, theirs in pairs
        )
        there = sql.SQL(" and ").join(sql.SQL("c.{} is not null").format(sql.Identifier(own)) for own, _ in pairs)
        query = sql.SQL(
            "select count(*) from (select from {} as c where {} and not exists (select from {} as p where {})"
            " limit {}) as t"
        ).format(sql.Identifier(*child), there, sql.Identifier(*parent), both, ENOUGH + 1)
        return self._number(query, f"whether all rows of {'.'.join(child)} refer to one of {'.'.join(parent)}")

    def changed_by_cast(
        self, schema: str, name: str, column: str, types: tuple[str, str]
    ) -> int | Literal["no"] | None:
        """How many values are others after a cast from one type to another and back; "no" where one cannot be cast."""
        there, back = sql.SQL(types[1]), sql.SQL(types[0])
        query = sql.SQL(
            "select count(*) from (select {0} as v from {1} where {0} is not null limit {2}) as t"
            " where (v::{3}::{4})::text is distinct from v::text"
        ).format(sql.Identifier(column), sql.Identifier(schema, name), ENOUGH, there, back)
        try:
            [(number,)] = self.connection.execute(query)
        except (psycopg.errors.CannotCoerce, psycopg.DataError):
            return "no"
        except psycopg.Error as error:
            what = f"whether {types[1]} has room for the values of {schema}.{name}.{column}"
            self.unknown.append(f"{what}: {error.diag.message_primary or error}")
            return None
        return int(number)

    def _number(self, query: sql.Composed, what: str) -> int | None:
        """The one number that a query gives; what cannot be found out is noted."""
        try:
            row = self.connection.execute(query).fetchone()
        except psycopg.Error as error:
            self.unknown.append(f"{what}: {error.diag.message_primary or error}")
            return None
        return int(row[0]) if row else None


@contextmanager
def reading(url: str) -> Iterator[Target]:
    """The target, in a session that cannot write and waits for nobody; it ends with the block.

    Raises:
        ConnectError: it cannot be reached.
    """
    connection = connect(url, autocommit=True, application_name="dbtools-plan")
    try:
        connection.execute(_LIMITS)
        # Without it, policies would hide rows; with it, that is an error, which is said.
        connection.execute("set row_security = off")
        yield Target(connection)
    finally:
        connection.close()


def many(count: int) -> str:
    """A number of rows or values that was counted to just beyond ENOUGH."""
    return f"more than {ENOUGH:,}" if count > ENOUGH else f"{count:,}"


def _bytes(number: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} TB"
