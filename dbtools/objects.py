"""`sql/`: the present truth of every object that can be recreated whole, one object per file.

    functions/NAME.sql   triggers/TABLE.NAME.sql   views/NAME.sql   policies/TABLE.sql

A file one folder deeper belongs to the schema of that folder's name; without one, to `public`. A policies file holds
all of its table's policies and grants. Every file may be applied again, on top of itself.

Beside an object, or anywhere in `sql/`, NAME.check.sql holds no object but what is expected of some; it is played by
`dbtools.verify.live`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import psycopg

from dbtools import script
from dbtools.catalog import Object, Snapshot
from dbtools.config import Project
from dbtools.errors import ConfigError, MigrationError
from dbtools.sqltext import unquoted

CHECK = ".check.sql"
KINDS = {"functions": "function", "views": "view", "triggers": "trigger", "policies": "policies"}
ROUTINES = ("function", "procedure", "aggregate")
RELATIONS = ("table", "view", "materialized view", "foreign table")
# Of a table, the file of its policies says only this.
FENCE = ("row level security", "forced row level security")

Task = TypeVar("Task")


@dataclass(frozen=True, order=True)
class Declared:
    """One file of `sql/` and the object it holds; `table` is a trigger's, `policies` are named by their table."""

    kind: str
    schema: str
    name: str
    table: str
    path: Path


def declared(project: Project) -> list[Declared]:
    """Every object that `sql/` holds, sorted.

    Raises:
        ConfigError: a file lies where no object belongs.
    """
    paths = (path for path in project.sql.rglob("*.sql") if not path.name.endswith(CHECK))
    return sorted(at(project, path) for path in paths)


def checks(project: Project) -> list[Path]:
    """The files of `sql/` that say what is expected of its objects, sorted."""
    return sorted(project.sql.rglob(f"*{CHECK}"))


def at(project: Project, path: Path) -> Declared:
    """The object that a file of `sql/` holds, or held before it was deleted.

    Raises:
        ConfigError: no object belongs there.
    """
    root = project.sql
    folder, *schema, _ = path.relative_to(root).parts if path.parent != root else ("", "")
    kind = KINDS.get(folder)
    if kind is None or len(schema) > 1:
        expected = ", ".join(f"{name}/[SCHEMA/]…" for name in KINDS)
        raise ConfigError(f"{path.relative_to(root.parent)} is in no known folder", hint=f"expected one of: {expected}")
    table, name = "", path.stem
    if kind == "trigger":
        table, dot, name = path.stem.partition(".")
        if not dot:
            raise ConfigError(f"{path.relative_to(root.parent)} names no table", hint="triggers/TABLE.NAME.sql")
    return Declared(kind, schema[0] if schema else "public", name, table, path)


def named(project: Project, kind: str, schema: str, name: str, table: str = "") -> Declared:
    """The object of that kind and name, and the file of `sql/` that holds it or would."""
    folder = next(folder for folder, known in KINDS.items() if known == kind)
    file = f"{table}.{name}.sql" if table else f"{name}.sql"
    return Declared(kind, schema, name, table, project.sql / folder / ("" if schema == "public" else schema) / file)


def among(snapshot: Snapshot, project: Project) -> set[Declared]:
    """Every object of a snapshot that could have a file in `sql/`, with the file that it would have."""
    found: set[Declared] = set()
    for one in snapshot.objects.values():
        if one.kind in ROUTINES:
            found.add(named(project, "function", one.schema, one.name))
        elif one.kind == "trigger":
            found.add(named(project, "trigger", one.schema, one.name, _table(one)))
        elif one.kind == "policy":
            found.add(named(project, "policies", one.schema, _table(one)))
        elif one.kind in ("view", "materialized view"):
            found.add(named(project, "view", one.schema, one.name))
        elif one.kind in RELATIONS:
            found.add(named(project, "policies", one.schema, one.name))
    return found


def apply(connection: psycopg.Connection, project: Project) -> None:
    """Apply all of `sql/` in one transaction, in an order that is found by trying.

    Raises:
        MigrationError: a file fails whatever the order; of several, the first one's error, which others may stem from.
    """
    with connection.transaction():
        _, failed = by_trying(
            connection, in_order(declared(project)), lambda item: script.execute(connection, item.path)
        )
        if failed:
            raise failed[0][1]


def text(item: Declared) -> str:
    """The text of an item's file, so that another one may follow it."""
    found = item.path.read_text(encoding="utf-8").strip("\n")
    return found + ("\n" if found.endswith(";") else "\n;\n")


def in_order(items: Iterable[Declared]) -> list[Declared]:
    """Sorted for reading and running: what others are made of comes first, who may do what comes last."""
    return sorted(items, key=lambda item: (list(KINDS.values()).index(item.kind), item))


def by_trying(
    connection: psycopg.Connection, waiting: Iterable[Task], run: Callable[[Task], None]
) -> tuple[list[Task], list[tuple[Task, Exception]]]:
    """Run tasks in an order in which each succeeds: whatever fails is tried again after the others.

    Returns:
        the tasks done, in that order, and those that fail whatever the order, each with the error of its last try.
    """
    waiting = list(waiting)
    done: list[Task] = []
    failed: list[tuple[Task, Exception]] = []
    while waiting:
        failed = []
        for task in waiting:
            try:
                with connection.transaction():
                    run(task)
            except (MigrationError, psycopg.Error) as error:
                failed.append((task, error))
            else:
                done.append(task)
        if len(failed) == len(waiting):
            break
        waiting = [task for task, _ in failed]
    return done, failed


def held(snapshot: Snapshot, item: Declared) -> Snapshot:
    """What of a snapshot the file of one object is responsible for: all that bears its name, and what hangs on that."""
    same = snapshot.called(item.schema, item.name)
    if item.kind == "policies":
        table = [_fence(one) for one in same if one.kind in RELATIONS]
        on_table = [one for relation in table for one in snapshot.on(relation.identity)]
        columns = [one for one in on_table if one.kind == "column"]
        # Comments and columns of the table are the revisions' business.
        policies = [one for one in snapshot.of("policy") if one.schema == item.schema and _table(one) == item.name]
        ours = [*table, *policies]
        hanging = [one for parent in (*table, *columns) for one in snapshot.on(parent.identity) if one.kind == "grant"]
        hanging += [one for policy in policies for one in snapshot.on(policy.identity) if one.kind == "comment"]
    elif item.kind == "trigger":
        ours = [one for one in same if one.kind == "trigger" and _table(one) == item.table]
        hanging = _hanging(snapshot, ours)
    else:
        kinds = ROUTINES if item.kind == "function" else ("view", "materialized view")
        ours = [one for one in same if one.kind in kinds]
        hanging = _hanging(snapshot, ours)
    return replace(snapshot, objects={one.identity: one for one in (*ours, *hanging)})


def is_fence(item: Declared, one: Object) -> bool:
    """Whether an object is the table of a policies file, of which the file says nothing but the fence."""
    return item.kind == "policies" and one.kind in RELATIONS


def _hanging(snapshot: Snapshot, ours: Iterable[Object]) -> list[Object]:
    hanging = [
        one
        for parent in ours
        for one in snapshot.on(parent.identity)
        if one.kind in {"grant", "comment", "index", "rule"}
    ]
    # A view's columns are no objects of their own.
    columns = tuple(f"column {one.identity.removeprefix(one.kind + ' ')}." for one in ours if one.kind in RELATIONS)
    if columns:
        hanging += [one for one in snapshot.of("grant", "comment") if one.parent.startswith(columns)]
    return hanging


def _fence(relation: Object) -> Object:
    return replace(relation, properties={key: relation.properties[key] for key in FENCE if key in relation.properties})


def _table(one: Object) -> str:
    """The name of what a trigger or a policy is on, which may be the platform's and in no snapshot."""
    return unquoted(one.parent.rpartition(".")[2])
