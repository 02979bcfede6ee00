"""What a plan compares: the catalog of the database in which revisions are tried, by oid, so that renames are seen.

Only what is compared is here. Expressions are compared as the server stores them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property


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
