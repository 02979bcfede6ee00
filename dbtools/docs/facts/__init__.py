"""What a page needs beside a snapshot: a query for each question, its rows as plain values.

The queries name objects by the identities that a snapshot has, and do not ask whose an object is: whoever uses them
looks up what is in the snapshot, and takes everything else for the platform's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import psycopg
from psycopg.rows import class_row

HERE = Path(__file__).parent

T = TypeVar("T")


@dataclass(frozen=True)
class ForeignKey:
    """From one table to another, both by identity; columns in the order of the key."""

    name: str
    from_table: str
    to_table: str
    from_columns: Sequence[str]
    to_columns: Sequence[str]
    indexed: bool
    is_unique: bool


@dataclass(frozen=True)
class Grant:
    """One privilege on one object; an empty grantee is everybody. `kind` is the plural that default privileges use.

    `relation` is, for a column, the identity of what it is a column of.
    """

    identity: str
    schema: str
    relation: str
    name: str
    kind: str
    owner: str
    grantor: str
    grantee: str
    privilege: str
    built_in: bool


@dataclass(frozen=True)
class DefaultPrivilege:
    """What is granted at birth to objects of a kind; an empty schema is any, an empty grantee everybody."""

    creator: str
    schema: str
    kind: str
    grantee: str
    privilege: str


@dataclass(frozen=True)
class Role:
    """A role, and the roles whose privileges it has without asking."""

    name: str
    superuser: bool
    bypasses: bool
    is_also: Sequence[str]


@dataclass(frozen=True)
class ViewColumn:
    """A column of a view."""

    identity: str
    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Size:
    """Bytes on disk, and rows as the planner estimates them."""

    identity: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class Firing:
    """When a trigger starts which function."""

    identity: str
    function: str
    moment: str
    events: Sequence[str]
    level: str


@dataclass(frozen=True)
class Facts:
    """The answers to all questions. `sizes` is empty unless it was asked for: no two runs would write the same page."""

    foreign_keys: Sequence[ForeignKey]
    grants: Sequence[Grant]
    default_privileges: Sequence[DefaultPrivilege]
    roles: Mapping[str, Role]
    view_columns: Mapping[str, Sequence[ViewColumn]]
    firings: Mapping[str, Firing]
    sizes: Mapping[str, Size] = field(default_factory=dict)

    @cached_property
    def grants_on(self) -> Mapping[str, Sequence[Grant]]:
        """The grants by the identity of their object."""
        by_object = defaultdict(list)
        for grant in self.grants:
            by_object[grant.identity].append(grant)
        return by_object

    @cached_property
    def column_grants(self) -> Mapping[str, Sequence[Grant]]:
        """The grants on single columns, by the identity of their relation."""
        by_relation = defaultdict(list)
        for grant in self.grants:
            if grant.relation:
                by_relation[grant.relation].append(grant)
        return by_relation


def read(connection: psycopg.Connection, *, with_sizes: bool = False) -> Facts:
    """Ask a database; the connection should be in a transaction that shows one state, with an empty search_path."""
    columns = defaultdict(list)
    for column in _rows(connection, "view_columns", ViewColumn):
        columns[column.identity].append(column)
    return Facts(
        foreign_keys=_rows(connection, "foreign_keys", ForeignKey),
        grants=_rows(connection, "grants", Grant),
        default_privileges=_rows(connection, "default_privileges", DefaultPrivilege),
        roles={role.name: role for role in _rows(connection, "roles", Role)},
        view_columns=columns,
        firings={firing.identity: firing for firing in _rows(connection, "trigger_functions", Firing)},
        sizes={size.identity: size for size in _rows(connection, "sizes", Size)} if with_sizes else {},
    )


def _rows(connection: psycopg.Connection, name: str, shape: type[T]) -> list[T]:
    with psycopg.RawCursor(connection, row_factory=class_row(shape)) as cursor:
        rows = cursor.execute((HERE / f"{name}.sql").read_bytes()).fetchall()
    # Not by the server, whose collation is not everywhere the same; columns of views keep their order.
    return rows if shape is ViewColumn else sorted(rows, key=repr)
