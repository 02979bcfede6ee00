"""A database's schema as data: objects with their properties as text. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dbtools.model.quoting import last_name, without_last_name


@dataclass(frozen=True)
class Object:
    """One object of the project's.

    `identity` names it for people and is unique in its snapshot; `parent` is the identity of what it hangs on (a
    column's table, a grant's object) or empty. `schema` is empty for what has none. `properties` are text as Postgres
    prints it; one that is not set is not there.
    """

    kind: str
    schema: str
    name: str
    identity: str
    parent: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """The project's objects by identity, in order, the server's major version, and the roles that requests come as."""

    objects: Mapping[str, Object]
    major: int
    api_roles: tuple[str, ...] = ()

    def of(self, *kinds: str) -> list[Object]:
        """The objects of some kinds, sorted by identity."""
        return [item for item in self.objects.values() if item.kind in kinds]

    def called(self, schema: str, name: str) -> Sequence[Object]:
        """The objects of that name in a schema, whatever their kind; also those that are only named after one."""
        return self._called.get((schema, name), ())

    def on(self, parent: str) -> Sequence[Object]:
        """The objects that hang on the one of that identity."""
        return self._on.get(parent, ())

    def policies_on(self, schema: str, table: str) -> Sequence[Object]:
        """The policies on the table of that name, which may be the platform's and not here."""
        return self._policies.get((schema, table), ())

    def on_columns_of(self, relation: str) -> Sequence[Object]:
        """The grants and comments on the columns of a relation, by its qualified name as it is written in SQL."""
        return self._on_columns.get(f"column {relation}.", ())

    @cached_property
    def _policies(self) -> dict[tuple[str, str], list[Object]]:
        by_table = defaultdict(list)
        for item in self.of("policy"):
            by_table[item.schema, last_name(item.parent)].append(item)
        return by_table

    @cached_property
    def _on_columns(self) -> dict[str, list[Object]]:
        by_relation = defaultdict(list)
        for item in self.of("grant", "comment"):
            if item.parent.startswith("column "):
                by_relation[without_last_name(item.parent)].append(item)
        return by_relation

    @cached_property
    def _called(self) -> dict[tuple[str, str], list[Object]]:
        by_name = defaultdict(list)
        for item in self.objects.values():
            by_name[item.schema, item.name].append(item)
        return by_name

    @cached_property
    def _on(self) -> dict[str, list[Object]]:
        by_parent = defaultdict(list)
        for item in self.objects.values():
            by_parent[item.parent].append(item)
        return by_parent

    def count(self) -> dict[str, int]:
        """How many objects there are of each kind, sorted by kind."""
        return dict(sorted(Counter(item.kind for item in self.objects.values()).items()))
