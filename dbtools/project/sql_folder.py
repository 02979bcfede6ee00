"""`sql/`: the present truth of every object that can be recreated whole, one object per file.

    functions/NAME.sql   triggers/TABLE.NAME.sql   views/NAME.sql   policies/TABLE.sql

A file one folder deeper belongs to the schema of that folder's name; without one, to `public`. A policies file holds
all of its table's policies and grants. Every file may be applied again, on top of itself.

Beside an object, or anywhere in `sql/`, NAME.check.sql holds no object but what is expected of some; it is played by
`dbtools verify --level live`.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from dbtools.errors import ConfigError
from dbtools.model.declared import KINDS, RELATIONS, ROUTINES, Declared, in_order, table_of
from dbtools.model.snapshot import Snapshot
from dbtools.postgres import script
from dbtools.postgres.working_order import run_in_working_order
from dbtools.project.settings import Project

CHECK = ".check.sql"


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
            found.add(named(project, "trigger", one.schema, one.name, table_of(one)))
        elif one.kind == "policy":
            found.add(named(project, "policies", one.schema, table_of(one)))
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
        _, failed = run_in_working_order(
            connection, in_order(declared(project)), lambda item: script.execute(connection, item.path)
        )
        if failed:
            raise failed[0][1]


def text(item: Declared) -> str:
    """The text of an item's file, so that another one may follow it."""
    found = item.path.read_text(encoding="utf-8").strip("\n")
    return found + ("\n" if found.endswith(";") else "\n;\n")
