"""The ground that a project stands on: the platform's own tables, and what the project changed about them.

Columns, constraints and indexes of such a table have no owner of their own. So what a shadow's empty database has,
which is laid from live's platform, is the platform's; the rest is the project's.
"""

from __future__ import annotations

from dataclasses import replace

from dbtools.model.compare import comparable
from dbtools.model.quoting import identifier, last_name
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


def undone(table: str, thing: str, value: str) -> list[str]:
    """What takes from a table of the platform's (`table SCHEMA.NAME`) a thing that it has there."""
    what, _, label = thing.partition(" ")
    if what in {"column", "constraint"}:
        return [f"alter {table} drop {what} {label}"]
    if what == "index":
        schema = table.removeprefix("table ").removesuffix(f".{identifier(last_name(table))}")
        return [f"drop index {schema}.{label}"]
    return revokes(table, label.removeprefix("to "), value) if what == "grant" else []


def grants(what: str, role: str, privileges: str, *, column: str = "") -> list[str]:
    """The statements that grant what a snapshot's `privileges` say: names apart by commas, `*` for the grant option.

    `what` is an object's identity; for a column, `column SCHEMA.TABLE.COLUMN` with the column's name beside it.
    """
    what, of = _columns(what, column)
    made = []
    for option in ("", " with grant option"):
        some = [p.rstrip("*").lower() + of for p in privileges.split(", ") if p.endswith("*") == bool(option)]
        if some and privileges != NONE:
            made.append(f"grant {', '.join(some)} on {what} to {role}{option}")
    return made


def revokes(what: str, role: str, privileges: str, *, column: str = "") -> list[str]:
    """The statements that take that away again.

    One for each: of all at once, Postgres takes only what that role gave who may give most of them.
    """
    what, of = _columns(what, column)
    some = [] if privileges == NONE else privileges.split(", ")
    return [f"revoke {one.rstrip('*').lower()}{of} on {what} from {role}" for one in some]


def _columns(what: str, column: str) -> tuple[str, str]:
    if not what.startswith("column "):
        return what, ""
    return what.removeprefix("column ").removesuffix(f".{identifier(column)}"), f" ({identifier(column)})"
