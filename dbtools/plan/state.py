"""What a plan compares: the catalog of the database in which revisions are tried, by oid, so that renames are seen.

Only what is compared is read. Expressions are compared as the server stores them, so that the `search_path` that a
revision has set changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import args_row

HERE = Path(str(files(__package__)))


@dataclass(frozen=True)
class Relation:
    """A table, view, materialized view, foreign table or sequence; `kind` is pg_class.relkind."""

    oid: int
    schema: str
    own_name: str
    kind: str
    file: int
    persistence: str
    row_security: bool
    is_partition: bool
    populated: bool
    replica_identity: str
    owner: str
    acl: list[str] | None
    options: list[str] | None

    @property
    def name(self) -> str:
        """With its schema."""
        return f"{self.schema}.{self.own_name}"

    @property
    def is_table(self) -> bool:
        """Whether it holds rows that people wrote, itself or in its partitions."""
        return self.kind in {"r", "p"}


@dataclass(frozen=True)
class Column:
    """A column of a relation; `default` is the expression as the server keeps it."""

    relation: int
    number: int
    name: str
    type_oid: int
    modifier: int
    type_name: str
    not_null: bool
    default: str | None
    identity: str
    generated: str
    acl: list[str] | None


@dataclass(frozen=True)
class Constraint:
    """A constraint of a table (`relation`) or a domain (`domain`); `kind` is pg_constraint.contype."""

    oid: int
    relation: int
    domain: int
    name: str
    kind: str
    validated: bool
    index: int
    references: int
    columns: list[int] | None
    refers_to: list[int] | None
    expression: str | None
    means: str


@dataclass(frozen=True)
class Index:
    """An index; `means` is equal for two that serve the same queries."""

    oid: int
    relation: int
    schema: str
    own_name: str
    file: int
    unique: bool
    primary: bool
    valid: bool
    columns: list[int]
    expressions: bool
    predicate: str | None
    means: str

    @property
    def name(self) -> str:
        """With its schema."""
        return f"{self.schema}.{self.own_name}"


@dataclass(frozen=True)
class Trigger:
    """A trigger; one that is `internal` keeps a foreign key."""

    oid: int
    relation: int
    name: str
    enabled: str
    internal: bool


@dataclass(frozen=True)
class Policy:
    """A policy; `using` and `check` are as the server prints them."""

    oid: int
    relation: int
    name: str
    command: str
    permissive: bool
    roles: list[str]
    using: str | None
    check: str | None


@dataclass(frozen=True)
class Routine:
    """A function or procedure of the project's."""

    oid: int
    schema: str
    own_name: str
    arguments: str
    names: list[str] | None
    types: list[int]
    defaults: int
    result: str
    language: str
    definer: bool
    settings: list[str] | None
    body: str
    owner: str
    acl: list[str] | None

    @property
    def name(self) -> str:
        """With its schema, without its arguments."""
        return f"{self.schema}.{self.own_name}"

    @property
    def signature(self) -> str:
        """With schema and arguments."""
        return f"{self.name}({self.arguments})"

    @property
    def inputs(self) -> list[str]:
        """The names of the arguments that a caller gives; a number where one has none."""
        names = self.names or []
        return [(names[i] if i < len(names) else "") or f"${i + 1}" for i in range(len(self.types))]


@dataclass(frozen=True)
class Enum:
    """An enum with its labels by oid, in order."""

    oid: int
    name: str
    labels: dict[str, str]


@dataclass(frozen=True)
class Schema:
    """A schema."""

    oid: int
    name: str
    owner: str
    acl: list[str] | None


@dataclass(frozen=True)
class Extension:
    """An extension."""

    oid: int
    name: str


@dataclass(frozen=True)
class Published:
    """A table in a publication."""

    oid: int
    publication: str
    relation: int


@dataclass(frozen=True)
class State:
    """The catalog at one moment; everything by oid."""

    relations: dict[int, Relation] = field(default_factory=dict)
    columns: dict[tuple[int, int], Column] = field(default_factory=dict)
    constraints: dict[int, Constraint] = field(default_factory=dict)
    indexes: dict[int, Index] = field(default_factory=dict)
    triggers: dict[int, Trigger] = field(default_factory=dict)
    policies: dict[int, Policy] = field(default_factory=dict)
    routines: dict[int, Routine] = field(default_factory=dict)
    enums: dict[int, Enum] = field(default_factory=dict)
    schemas: dict[int, Schema] = field(default_factory=dict)
    extensions: dict[int, Extension] = field(default_factory=dict)
    published: dict[int, Published] = field(default_factory=dict)

    @cached_property
    def _by_relation(self) -> dict[int, list[Column]]:
        found: dict[int, list[Column]] = {}
        for (relation, _), column in self.columns.items():
            found.setdefault(relation, []).append(column)
        return found

    @cached_property
    def _by_name(self) -> dict[str, Relation]:
        return {relation.name: relation for relation in self.relations.values()}

    def columns_of(self, relation: int) -> Sequence[Column]:
        """The columns of one relation."""
        return self._by_relation.get(relation, ())

    def named(self, name: str) -> Relation | None:
        """The relation of a name."""
        return self._by_name.get(name)

    def column_name(self, relation: int, number: int) -> str:
        """A column's name with its relation's."""
        owner, column = self.relations.get(relation), self.columns.get((relation, number))
        return f"{owner.name if owner else relation}.{column.name if column else number}"


_PATH = """
select set_config('dbtools.plan_path', current_setting('search_path'), false), set_config('search_path', '', false)
"""

# One file of SQL for each, in `reads/`.
_ROWS: dict[str, type[Any]] = {
    "relations": Relation,
    "columns": Column,
    "constraints": Constraint,
    "indexes": Index,
    "triggers": Trigger,
    "policies": Policy,
    "routines": Routine,
    "enums": Enum,
    "schemas": Schema,
    "extensions": Extension,
    "published": Published,
}


# Of each, the newest version among the rows that it is made of; and the keys of all that are there.
_VERSIONS = {
    "relations": "and greatest({c}, {n})",
    "columns": "and greatest({a}, {c}, {n}, {d})",
    "constraints": "and greatest({k}, {n})",
    "indexes": "and greatest({i}, {c}, {n})",
    "triggers": "and {t}",
    "policies": "and {p}",
    "routines": "and greatest({p}, {n})",
    "enums": "having greatest(max({e}), max({t}), max({n}))",
    "schemas": "and {n}",
    "extensions": "and {e}",
    "published": "and {r}",
}
_KEYS = {
    "relations": "oid from pg_class where oid >= 16384",
    "columns": "attrelid::bigint << 16 | attnum from pg_attribute"
    " where attrelid >= 16384 and attnum > 0 and not attisdropped",
    "constraints": "oid from pg_constraint where oid >= 16384",
    "indexes": "indexrelid from pg_index where indexrelid >= 16384",
    "triggers": "oid from pg_trigger",
    "policies": "oid from pg_policy",
    "routines": "oid from pg_proc where oid >= 16384",
    "enums": "oid from pg_type where oid >= 16384",
    "schemas": "oid from pg_namespace",
    "extensions": "oid from pg_extension",
    "published": "oid from pg_publication_rel",
}


@cache
def _queries() -> dict[str, tuple[str, str]]:
    """By part: all of it; and, up to the transaction's number that comes last, what is newer."""
    found = {}
    for name, condition in _VERSIONS.items():
        query = (HERE / f"reads/{name}.sql").read_text()
        version = re.sub(r"{(\w)}", r"coalesce(\1.xmin::text::bigint, 0)", condition)
        found[name] = query, f"{query} {version} >= "
    return found


def read(connection: psycopg.Connection, last: State | None = None, since: int = 0) -> State:
    """The catalog as the connection's transaction sees it; it is locked by nothing above ACCESS SHARE.

    Args:
        connection: in a database in which nobody else changes anything.
        last: what was read before; what has not changed since is taken from it.
        since: the number of a transaction that had changed nothing when `last` was read, nor had any later one.
    """
    parts: dict[str, dict[Any, Any]] = {}
    with connection.pipeline(), psycopg.Cursor(connection) as settings:
        # Names and expressions are to be printed whole, whatever the revision has set; then its setting is back.
        settings.execute(_PATH)
        rows, keys = {}, {}
        for name, (whole, newer) in _queries().items():
            rows[name] = psycopg.Cursor(connection, row_factory=args_row(_ROWS[name]))
            rows[name].execute((f"{newer}{since}" if last else whole).encode())
            keys[name] = psycopg.Cursor(connection)
            if last:
                keys[name].execute(f"select array(select {_KEYS[name]})".encode())
        for name in _ROWS:
            key = _column_key if name == "columns" else _own_key
            found = {key(row): row for row in rows[name].fetchall()}
            if last:
                [there] = keys[name].fetchone() or ([],)
                before, still = getattr(last, name), set(there)
                kept = {k: row for k, row in before.items() if (k[0] << 16 | k[1] if name == "columns" else k) in still}
                # The same dictionary, so that a rule sees at once that nothing changed.
                unchanged = len(kept) == len(before) and all(before.get(k) == row for k, row in found.items())
                found = before if unchanged else kept | found
            parts[name] = found
        settings.execute("select set_config('search_path', current_setting('dbtools.plan_path'), false)")
    return State(**parts)


def _own_key(row: Any) -> int:
    return int(row.oid)


def _column_key(row: Column) -> tuple[int, int]:
    return row.relation, row.number
