"""What a file of `sql/` declares: one object that can be recreated whole, and all that hangs on it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from dbtools.model.quoting import last_name
from dbtools.model.snapshot import Object, Snapshot

KINDS = {"functions": "function", "views": "view", "triggers": "trigger", "policies": "policies"}
ROUTINES = ("function", "procedure", "aggregate")
RELATIONS = ("table", "view", "materialized view", "foreign table")
# Of a table, the file of its policies says only this.
ROW_SECURITY = ("row level security", "forced row level security")


@dataclass(frozen=True, order=True)
class Declared:
    """One file of `sql/` and the object it holds; `table` is a trigger's, `policies` are named by their table."""

    kind: str
    schema: str
    name: str
    table: str
    path: Path


def in_order(items: Iterable[Declared]) -> list[Declared]:
    """Sorted for reading and running: what others are made of comes first, who may do what comes last."""
    return sorted(items, key=lambda item: (list(KINDS.values()).index(item.kind), item))


def declared_part(snapshot: Snapshot, item: Declared) -> Snapshot:
    """What of a snapshot the file of one object is responsible for: all that bears its name, and what hangs on that."""
    same = snapshot.called(item.schema, item.name)
    if item.kind == "policies":
        table = [_row_security(one) for one in same if one.kind in RELATIONS]
        on_table = [one for relation in table for one in snapshot.on(relation.identity)]
        columns = [one for one in on_table if one.kind == "column"]
        # Comments and columns of the table are the revisions' business.
        policies = snapshot.policies_on(item.schema, item.name)
        whole = [*table, *policies]
        hanging = [one for parent in (*table, *columns) for one in snapshot.on(parent.identity) if one.kind == "grant"]
        hanging += [one for policy in policies for one in snapshot.on(policy.identity) if one.kind == "comment"]
    elif item.kind == "trigger":
        whole = [one for one in same if one.kind == "trigger" and table_of(one) == item.table]
        hanging = _hanging(snapshot, whole)
    else:
        kinds = ROUTINES if item.kind == "function" else ("view", "materialized view")
        whole = [one for one in same if one.kind in kinds]
        hanging = _hanging(snapshot, whole)
    return replace(snapshot, objects={one.identity: one for one in (*whole, *hanging)})


def is_row_security_only(item: Declared, one: Object) -> bool:
    """Whether an object is the table of a policies file, of which the file says nothing but its row security."""
    return item.kind == "policies" and one.kind in RELATIONS


def _hanging(snapshot: Snapshot, whole: Iterable[Object]) -> list[Object]:
    hanging = [
        one
        for parent in whole
        for one in snapshot.on(parent.identity)
        if one.kind in {"grant", "comment", "index", "rule"}
    ]
    indexes = [one for one in hanging if one.kind == "index"]
    hanging += [one for index in indexes for one in snapshot.on(index.identity) if one.kind == "comment"]
    # A view's columns are no objects of their own.
    relations = [one.identity.removeprefix(f"{one.kind} ") for one in whole if one.kind in RELATIONS]
    return hanging + [one for relation in relations for one in snapshot.on_columns_of(relation)]


def _row_security(relation: Object) -> Object:
    return replace(
        relation, properties={key: relation.properties[key] for key in ROW_SECURITY if key in relation.properties}
    )


def bare(relation: str) -> str:
    """The identity of a relation without its kind: its qualified name, as it is written in SQL."""
    kind = next((f"{kind} " for kind in RELATIONS if relation.startswith(f"{kind} ")), "")
    return relation.removeprefix(kind)


def table_of(one: Object) -> str:
    """The name of what a trigger or a policy is on, which may be the platform's and in no snapshot."""
    return last_name(one.parent)
