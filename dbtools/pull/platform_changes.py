"""The ground that a project stands on: the platform's own tables, and what the project changed about them.

Columns, constraints and indexes of such a table have no owner of their own. So what a shadow's empty database has is
the platform's, and so is whatever else is on tables that a shadow does not know; the rest is the project's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg

from dbtools.model.compare import comparable
from dbtools.model.quoting import identifier
from dbtools.model.snapshot import Object, Snapshot

KIND = "platform table"
NONE = "none"


def changed(found: Snapshot, known: Snapshot) -> Snapshot:
    """The platform's tables cut down to what the project changed about them.

    What the platform adds in one version and takes away in another is not missed where it is not there.
    """
    found, known = comparable(found, known)
    ours = {item.identity: replace(item, properties=_of_project(item, known)) for item in found.of(KIND)}
    return replace(found, objects={identity: item for identity, item in ours.items() if item.properties})


def _of_project(item: Object, known: Snapshot) -> dict[str, str]:
    born = known.objects.get(item.identity)
    if born is None:
        return {}
    return {name: value for name, value in item.properties.items() if born.properties.get(name) != value}


def lay(connection: psycopg.Connection, found: Snapshot, known: Snapshot) -> None:
    """Make the platform's tables of `found` that a shadow does not have, as far as a project's objects need them.

    Args:
        connection: as the shadow's admin; one statement that fails leaves out that table.
    """
    for item in found.of(KIND):
        if item.identity not in known.objects:
            try:
                with connection.transaction():
                    for statement in _table(item):
                        connection.execute(statement.encode())
            except psycopg.Error:
                # Whatever of the project's needs this table will fail to load, and is reported for that.
                continue


def _table(item: Object) -> Iterator[str]:
    name = item.identity.removeprefix("platform ")
    things = [(what.split(" ", 1), value) for what, value in item.properties.items() if " " in what]
    columns = ", ".join(f"{label[1]} {value}" for label, value in things if label[0] == "column")
    yield f"create schema if not exists {identifier(item.schema)}"
    yield f"create {name} ({columns})"
    for (what, label), value in things:
        if what == "constraint" and value.startswith(("PRIMARY KEY", "UNIQUE")):
            yield f"alter {name} add constraint {label} {value}"
        elif what == "grant":
            yield from grants(name, label.removeprefix("to "), value)
    yield f"grant all on {name} to postgres"


def statements(item: Object) -> dict[str, list[str]]:
    """What makes a table of the platform's, as it is born, into what the project made of it, thing by thing."""
    name = item.identity.removeprefix("platform ")
    made: dict[str, list[str]] = {}
    for thing, value in item.properties.items():
        what, _, label = thing.partition(" ")
        if what == "column":
            made[thing] = [f"alter {name} add column if not exists {label} {value}"]
        elif what == "constraint":
            made[thing] = [f"alter {name} add constraint {label} {value}"]
        elif what == "index":
            made[thing] = [value]
        elif what == "grant":
            role = label.removeprefix("to ")
            made[thing] = [f"revoke all on {name} from {role}", *grants(name, role, value)]
        elif thing == "row level security":
            made[thing] = [f"alter {name} {'enable' if value == 'true' else 'disable'} row level security"]
    return made


def grants(what: str, role: str, privileges: str, *, column: str = "") -> list[str]:
    """The statements that grant what a snapshot's `privileges` say: names apart by commas, `*` for the grant option.

    `what` is an object's identity; for a column, `column SCHEMA.TABLE.COLUMN` with the column's name beside it.
    """
    of = ""
    if what.startswith("column "):
        of = f" ({identifier(column)})"
        what = what.removeprefix("column ").removesuffix(f".{identifier(column)}")
    made = []
    for option in ("", " with grant option"):
        some = [p.rstrip("*").lower() + of for p in privileges.split(", ") if p.endswith("*") == bool(option)]
        if some and privileges != NONE:
            made.append(f"grant {', '.join(some)} on {what} to {role}{option}")
    return made
