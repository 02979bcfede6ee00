"""Does a revision destroy rows? Found out by trying: it runs in its transaction, and what held rows is compared.

Looked for is what is gone or emptied afterwards, however that was written: a table, a materialized view or a column
that was dropped (also by CASCADE, DROP OWNED or with its schema), a table that was truncated, values that a new type of
their column has no room for. Something renamed is still there. Something that went is no loss if what bears its name
afterwards holds as much. Rows that a revision deletes or updates are its purpose, and are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import psycopg

# Beyond that, nobody needs to know how many rows a table would have lost.
_ENOUGH = 100_000
_MARK = "dbtools.rows"

_RELATIONS = """
select c.oid, format('%I.%I', n.nspname, c.relname), c.relkind = 'm', pg_relation_filenode(c.oid)
from pg_class as c
  inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_(toast|temp)' and c.relpersistence <> 't'
  -- A materialized view without data holds nothing, and refuses to be read.
  and c.relispopulated
"""
_COLUMNS = """
select a.attrelid, a.attnum, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod)
from pg_attribute as a
where a.attnum > 0 and not a.attisdropped and a.attrelid = any(%s)
"""


@dataclass(frozen=True)
class _Relation:
    name: str
    is_view: bool
    file: int
    # By number: name and type.
    columns: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return "materialized view" if self.is_view else "table"


class Watch:
    """What holds rows before a revision, to be compared with what does after it.

    Args:
        connection: in the transaction that the revision is about to run in; stays in it.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._before = _read(connection)
        # Local to the transaction: gone if the revision ends that.
        connection.execute("select set_config(%s, 'on', true)", [_MARK])
        connection.execute("savepoint dbtools_rows")

    def suspects(self) -> list[Suspect]:
        """What the revision may have destroyed; nothing if it ended the transaction itself: that cannot be undone."""
        [(mark,)] = self._connection.execute("select current_setting(%s, true)", [_MARK])
        if mark != "on":
            return []
        # The revision may have become somebody who may not read everything.
        self._connection.execute("reset role")
        return list(self._suspects(_read(self._connection)))

    def take_back(self) -> None:
        """Undo the revision; the transaction goes on as it was before it."""
        self._connection.execute("rollback to savepoint dbtools_rows")

    def _suspects(self, after: Mapping[int, _Relation]) -> Iterator[Suspect]:
        names = {relation.name: relation for relation in after.values()}
        for oid, old in self._before.items():
            new = after.get(oid)
            if new is None:
                heir = names.get(old.name)
                yield Suspect(f"{old.kind} {old.name}", old.name, "*", self._count(heir.name) if heir else 0)
                continue
            if new.file != old.file and not self._has_rows(new.name):
                yield Suspect(f"{old.kind} {old.name}", old.name, "*", 0)
                continue
            by_name = {column: number for number, (column, _) in new.columns.items()}
            for number, (column, type_) in old.columns.items():
                said = f"column {old.name}.{column}"
                if number not in new.columns:
                    kept = self._count(new.name, column) if column in by_name else 0
                    yield Suspect(said, old.name, column, kept)
                elif new.columns[number][1] != type_ and new.file != old.file:
                    now, to = new.columns[number]
                    values = _distinct(self._connection, new.name, now) or 0
                    yield Suspect(f"{said} (from {type_} to {to})", old.name, column, values, distinct=True)

    def _has_rows(self, relation: str) -> bool:
        return _number(self._connection, f"select count(*) from (select from only {relation} limit 1) as t") != 0  # noqa: S608

    def _count(self, relation: str, column: str = "*") -> int:
        return _number(self._connection, f"select count({column}) from only {relation}") or 0  # noqa: S608


@dataclass(frozen=True)
class Suspect:
    """Something that may lose rows or values by a revision.

    Attributes:
        said: its name, for people.
        relation: the table or materialized view, as it is named before the revision.
        column: the column, or `*` for rows.
        kept: how many rows or values there are after the revision.
        distinct: whether different values are counted.
    """

    said: str
    relation: str
    column: str
    kept: int
    distinct: bool = False

    def losses(self, connection: psycopg.Connection) -> Iterator[str]:
        """What is lost, in words; nothing if all is kept. To be asked when the revision has been taken back."""
        if self.distinct:
            before = _distinct(connection, self.relation, self.column)
        else:
            limit = "" if self.kept else f" limit {_ENOUGH + 1}"
            where = "" if self.column == "*" else f" where {self.column} is not null"
            rows = f"select from only {self.relation}{where}{limit}"
            before = _number(connection, f"select count(*) from ({rows}) as counted")  # noqa: S608
        if before is None:
            yield f"{self.said}: rows that {connection.info.user} may not count"
        elif self.distinct and before > self.kept:
            yield f"{self.said}: {before} different values become {self.kept}"
        elif before > self.kept:
            what = "row" if self.column == "*" else "value"
            many = f"more than {_ENOUGH}" if before > _ENOUGH and not self.kept else str(before - self.kept)
            yield f"{self.said}: {many} {what}{'' if many == '1' else 's'}"


def _read(connection: psycopg.Connection) -> dict[int, _Relation]:
    found = {
        oid: _Relation(name, is_view, file or 0) for oid, name, is_view, file in connection.execute(_RELATIONS.encode())
    }
    for oid, number, name, type_ in connection.execute(_COLUMNS, [list(found)]):
        found[oid].columns[number] = (name, type_)
    return found


def _distinct(connection: psycopg.Connection, relation: str, column: str) -> int | None:
    # As text, because not every type has an equality.
    return _number(connection, f"select count(distinct {column}::text) from only {relation}")  # noqa: S608


def _number(connection: psycopg.Connection, query: str) -> int | None:
    """The one number that a query gives; None if some of the rows may not be seen."""
    try:
        with connection.transaction():
            # Without it, policies would hide rows; with it, that is an error.
            connection.execute("set local row_security = off")
            [(number,)] = connection.execute(query.encode())
    except psycopg.errors.InsufficientPrivilege:
        return None
    return int(number)
