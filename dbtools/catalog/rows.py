"""A catalog as the server printed it, row by row, and the objects that are made of the rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import attrgetter

from dbtools.catalog.circular_views import is_circular
from dbtools.model import keywords
from dbtools.model.snapshot import Object, Snapshot

# Kind, schema, parent, name, identity and properties, the last as JSON that is yet text.
Row = tuple[str, str, str, str, str, str]

_OF_PLATFORM = "platform table"
# A command reads two databases that are nearly the same, or one several times.
_REMEMBERED = 50_000


@dataclass(frozen=True)
class Rows:
    """All that was read of a database, sorted. Two that are equal are the same catalog, whatever is made of them.

    `major` is the server's version, `api_roles` are the roles that requests come as.
    """

    major: int
    api_roles: tuple[str, ...]
    rows: tuple[Row, ...]

    @classmethod
    def loads(cls, text: str) -> Rows:
        """From what `dumps` gave; anything else is a ValueError or a TypeError."""
        major, api_roles, rows = json.loads(text)
        return cls(int(major), tuple(api_roles), tuple(map(tuple, rows)))

    def dumps(self) -> str:
        """As text, to be kept."""
        return json.dumps([self.major, self.api_roles, self.rows], ensure_ascii=False)

    @property
    def objects(self) -> list[Object]:
        """An object of each row, as a server of today would print it."""
        made = _object if self.major >= keywords.SINCE else _object_as_newer
        return [made(row) for row in self.rows]

    @property
    def snapshot(self) -> Snapshot:
        """The project's objects."""
        return self._parts[0]

    @property
    def on_platform(self) -> Snapshot:
        """The platform's tables."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[Snapshot, Snapshot]:
        objects = self.objects
        platform = [item for item in objects if item.kind == _OF_PLATFORM]
        ours = [item for item in objects if item.kind != _OF_PLATFORM]
        both = by_identity(ours), by_identity(platform)
        return Snapshot(both[0], self.major, self.api_roles), Snapshot(both[1], self.major, self.api_roles)


@lru_cache(_REMEMBERED)
def _object(row: Row) -> Object:
    return _made(row, json.loads(row[5]))


@lru_cache(_REMEMBERED)
def _object_as_newer(row: Row) -> Object:
    kind, schema, parent, name, identity, properties = row
    identity, parent = keywords.identity(identity, kind), keywords.identity(parent)
    return _made((kind, schema, parent, name, identity, properties), keywords.properties(json.loads(properties)))


def _made(row: Row, properties: Mapping[str, object]) -> Object:
    kind, schema, parent, name, identity, _ = row
    said = {key: _text(value) for key, value in sorted(properties.items()) if value is not None}
    item = Object(kind, schema, name, identity, parent, said)
    # What hangs on it hangs on it under its own identity.
    return replace(item, kind="circular view") if kind == "view" and is_circular(item) else item


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    # Most of the others are these, and json.dumps takes its time.
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def by_identity(found: Sequence[Object]) -> dict[str, Object]:
    """Objects by their identity, in order; where several have the same one, all but the first get a number."""
    by_identity: dict[str, Object] = {}
    twice = [identity for identity, number in Counter(item.identity for item in found).items() if number > 1]
    if twice:
        found = sorted(found, key=lambda item: list(item.properties.items()))
    for item in sorted(found, key=attrgetter("identity")):
        identity, number = item.identity, 2
        # Only jobs without a name can be the same twice.
        while identity in by_identity:
            identity, number = f"{item.identity} #{number}", number + 1
        by_identity[identity] = item if identity == item.identity else replace(item, identity=identity)
    return by_identity
