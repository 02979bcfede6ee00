"""The rows that a history leaves in a new database: read, compared, and written as SQL.

A value is held to be made anew by each run (a time, a random key) if two runs of the same history differ in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from dbtools.squash.writes import NOT_DATA

# Rows in one statement.
_MANY = 100

_RELATIONS = """
select format('%I.%I', n.nspname, c.relname), c.relkind = 'm',
  array(
    select quote_ident(a.attname) from pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum
  ),
  array(
    select quote_ident(a.attname) from pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated <> ''
  ),
  array(
    select quote_ident(a.attname) from pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and (a.atthasdef or a.attidentity <> '')
  )
from pg_class as c
  inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'm') and c.relispopulated and c.relpersistence <> 't'
  and n.nspname not in ('information_schema', 'supabase_migrations') and n.nspname !~ '^pg_'
  and c.relname <> 'alembic_version'
order by 1
"""

_SEQUENCES = """
select format('%I.%I', n.nspname, c.relname), s.seqstart
from pg_class as c
  inner join pg_namespace as n on c.relnamespace = n.oid
  inner join pg_sequence as s on c.oid = s.seqrelid
where c.relkind = 'S' and c.relpersistence <> 't' and n.nspname !~ '^pg_'
  and not exists (
    select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
"""

# As pg_dump has it: what is printed means the same wherever it is read.
_PRINTING = """
set local row_security = off;
set local search_path = '';
set local datestyle = iso;
set local intervalstyle = postgres;
set local timezone = utc;
set local bytea_output = hex;
set local extra_float_digits = 3
"""

# A carriage return is spelt out, because whoever moves or reads a text file may take it for a part of a line's end.
_QUOTED = r"""
case when {0} is null or strpos({0}, chr(13)) = 0 then quote_nullable({0}) else
  'E''' || replace(replace(replace({0}, '\', '\\'), '''', ''''''), chr(13), '\r') || ''''
end
"""


@dataclass(frozen=True)
class Held:
    """What a table or materialized view holds: how many rows, and a hash of each column's values and of all together.

    `generated` are the columns that nobody writes, `has_default` those that make their own value.
    """

    is_view: bool
    count: int
    whole: str
    columns: Mapping[str, str]
    generated: frozenset[str]
    has_default: frozenset[str]


@dataclass(frozen=True)
class Rows:
    """All rows of a database, by the name of the relation; and where each sequence is that has left its start."""

    relations: Mapping[str, Held]
    sequences: Mapping[str, tuple[int, bool]]

    def differing(self, other: Rows) -> list[str]:
        """The relations that do not hold the same in both; one that is not there holds nothing."""
        names = self.relations.keys() | other.relations.keys()
        return sorted(name for name in names - NOT_DATA if self._whole(name) != other._whole(name))

    def counts(self, names: Sequence[str]) -> dict[str, int]:
        """How many rows each of some relations has."""
        return {name: self.relations[name].count for name in names if name in self.relations}

    def made_anew(self, again: Rows) -> dict[str, list[str]]:
        """The columns in which another run of the same history has other values; all of a table if none alone has."""
        found: dict[str, list[str]] = {}
        for name in self.differing(again):
            one, other = self.relations.get(name), again.relations.get(name)
            if one is None or other is None or one.is_view:
                continue
            columns = [column for column, held in one.columns.items() if other.columns.get(column) != held]
            found[name] = [column for column in columns or one.columns if column not in one.generated]
        return found

    def _whole(self, name: str) -> str:
        held = self.relations.get(name)
        return held.whole if held and held.count else ""


def read(connection: psycopg.Connection, leaving_out: Mapping[str, Sequence[str]] | None = None) -> Rows:
    """Read all rows.

    Args:
        connection: a superuser's, whom no policy keeps from any row.
        leaving_out: columns by relation that are not looked at.
    """
    left = leaving_out or {}
    with connection.transaction(force_rollback=True):
        connection.execute(_PRINTING.encode())
        relations = {}
        for name, is_view, columns, generated, has_default in connection.execute(_RELATIONS.encode()).fetchall():
            seen = [column for column in columns if column not in left.get(name, ())]
            relations[name] = _held(connection, name, is_view, seen, generated, has_default)
        sequences = {}
        for name, start in connection.execute(_SEQUENCES.encode()).fetchall():
            [(last, called)] = connection.execute(f"select last_value, is_called from {name}".encode())  # noqa: S608
            if called or last != start:
                sequences[name] = (last, called)
    return Rows(relations, sequences)


def inserts(connection: psycopg.Connection, name: str, held: Held, leaving_out: Sequence[str]) -> Iterator[str]:
    """The statements that fill a table again, without the columns that make their own value."""
    columns = [column for column in held.columns if column not in held.generated and column not in leaving_out]
    if not columns:
        yield from [f"insert into {name} default values;\n"] * held.count
        return
    values = " || ', ' || ".join(_QUOTED.format(f"{column}::text") for column in columns)
    with connection.transaction(force_rollback=True):
        connection.execute(_PRINTING.encode())
        rows = connection.execute(f"select {values} from only {name} order by ctid".encode()).fetchall()  # noqa: S608
    for start in range(0, len(rows), _MANY):
        lines = ",\n".join(f"  ({row})" for (row,) in rows[start : start + _MANY])
        yield f"insert into {name} ({', '.join(columns)}) overriding system value\nvalues\n{lines};\n"


def _held(  # noqa: PLR0913, PLR0917  (what the catalog says of a relation)
    connection: psycopg.Connection,
    name: str,
    is_view: bool,
    columns: Sequence[str],
    generated: Sequence[str],
    has_default: Sequence[str],
) -> Held:
    whole = f"row({', '.join(columns)})::text"
    texts = [whole, *(f"{column}::text" for column in columns)]
    hashes = ", ".join(f'md5(string_agg({text}, chr(10) order by {text} collate "C"))' for text in texts)
    [(count, of_all, *each)] = connection.execute(f"select count(*), {hashes} from only {name}".encode())  # noqa: S608
    named = dict(zip(columns, (one or "" for one in each), strict=True))
    return Held(is_view, count, of_all or "", named, frozenset(generated), frozenset(has_default))
