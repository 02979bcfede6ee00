"""What a database has, and which of its own objects use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dbtools.audit import calls
from dbtools.audit.calls import Call, Kind
from dbtools.model.snapshot import Object, Snapshot

FUNCTIONS = ("function", "procedure", "aggregate")
TABLES = ("table", "foreign table", "view", "materialized view")
# What can use a function or a table. A foreign key is not among them: it refers to a table, and reads nothing of it.
USERS = (*FUNCTIONS, *TABLES, "trigger", "policy", "cron job", "column", "index", "rule", "event trigger")


@dataclass
class Database:
    """Functions and tables as `schema.name`, and what in the database uses them, or calls an edge function."""

    known: Mapping[str, Kind]
    users: dict[Call, list[str]] = field(default_factory=dict)


def read(snapshot: Snapshot) -> Database:
    """Search what the catalog says of every object for the names of the others.

    Where Postgres itself keeps an expression (a trigger, a policy, a view, a body in standard SQL) it prints each name
    with its schema; a body that it keeps as text, and a cron job's command, are searched like any other text.
    """
    known: dict[str, Kind] = {_name(item): "table" for item in snapshot.of(*TABLES)}
    known |= {_name(item): "function" for item in snapshot.of(*FUNCTIONS)}
    found = Database(known)
    for item in snapshot.of(*USERS):
        parent = snapshot.objects.get(item.parent)
        own = {_name(item), _name(parent) if parent else ""}
        text, _ = calls.without_comments("\n".join(item.properties.values()), "postgresql")
        used = {call for _, call in calls.in_sql(text, known) if call.name not in own}
        used |= {call for _, call in calls.in_urls(text) if call.kind == "edge function" and not call.dynamic}
        for call in sorted(used):
            found.users.setdefault(call, []).append(item.identity)
    return found


def _name(item: Object) -> str:
    return f"{item.schema}.{item.name}"
