"""Differences in text that are none in meaning.

Postgres prints some expressions otherwise once it has read its own print back: `x in ('a', 'b')` over a varchar column
becomes another array cast with every round. So where two texts differ, the expected one is put in place, in a
transaction that is rolled back: if the server then prints what was found, both say the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

import psycopg

from dbtools import catalog
from dbtools.model.compare import Change, comparable, compare
from dbtools.model.quoting import identifier
from dbtools.model.snapshot import Object, Snapshot


def may_mean_the_same(change: Change) -> bool:
    """Whether a difference may be one in text only, so that a database has to be asked."""
    return None not in {change.expected, change.found} and (change.object.kind, change.property) in _WAYS


def differences(connection: psycopg.Connection, wanted: Snapshot, found: Snapshot) -> list[Change]:
    """What is otherwise in meaning, not only in Postgres' words for it; what must be tried is, in the connection."""
    wanted, found = comparable(wanted, found)
    changes = compare(wanted, found)
    # Either may have been printed, read back and printed again.
    same = [*same_meaning(connection, changes), *same_meaning(connection, compare(found, wanted))] if changes else []
    keys = {(change.object.identity, change.property) for change in same}
    return [change for change in changes if (change.object.identity, change.property) not in keys]


def same_meaning(connection: psycopg.Connection, changes: Iterable[Change]) -> list[Change]:
    """Those of the changes that are differences in text only; the database that was found is left as it was.

    Args:
        connection: to the database that was found, as the owner of its objects.
        changes: what a comparison with it gave.
    """
    tried: list[Change] = []
    with connection.transaction(force_rollback=True):
        connection.execute("set local search_path = ''")
        for change in changes:
            statements = _put(change)
            try:
                with connection.transaction():
                    for statement in statements:
                        connection.execute(statement.encode())
            except psycopg.Error:
                continue
            if statements:
                tried.append(change)
        if not tried:
            return []
        now = catalog.read(connection).objects
    return [change for change in tried if _value(now, change) == change.found]


def _value(objects: Mapping[str, Object], change: Change) -> str | None:
    item = objects.get(change.object.identity)
    return item.properties.get(change.property) if item else None


def _put(change: Change) -> list[str]:
    """The statements that give an object its expected text; none where there is no way to do so."""
    if change.expected is None or change.found is None:
        return []
    way = _WAYS.get((change.object.kind, change.property))
    return way(change.object, change.expected) if way else []


def _beside(item: Object, text: str) -> list[str]:
    # The old one stays under another name, because something may depend on it.
    other = "dbtools_" + hashlib.sha256(item.identity.encode()).hexdigest()[:16]
    return [f"alter {item.identity} rename to {other}", text]


def _constraint(item: Object, text: str) -> list[str]:
    if not text.startswith("CHECK "):
        return []
    name = identifier(item.name)
    return [f"alter {item.parent} drop constraint {name}", f"alter {item.parent} add constraint {name} {text}"]


def _column(what: str) -> Callable[[Object, str], list[str]]:
    return lambda item, text: [
        f"alter {item.parent} alter column {identifier(item.name)} "
        + what.format(text.removeprefix("stored ").removeprefix("virtual "))
    ]


_WAYS: dict[tuple[str, str], Callable[[Object, str], list[str]]] = {
    ("constraint", "definition"): _constraint,
    ("index", "definition"): _beside,
    ("trigger", "definition"): _beside,
    ("rule", "definition"): _beside,
    ("policy", "using"): lambda item, text: [f"alter {item.identity} using ({text})"],
    ("policy", "with check"): lambda item, text: [f"alter {item.identity} with check ({text})"],
    ("view", "definition"): lambda item, text: [f"create or replace {item.identity} as {text}"],
    ("materialized view", "definition"): lambda item, text: _beside(
        item, f"create {item.identity} as {text.rstrip(';')} with no data"
    ),
    ("column", "default"): _column("set default {}"),
    ("column", "generated"): _column("set expression as ({})"),
}
