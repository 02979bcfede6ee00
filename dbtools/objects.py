"""`sql/`: the present truth of every object that can be recreated whole, one object per file.

    functions/NAME.sql   triggers/TABLE.NAME.sql   views/NAME.sql   policies/TABLE.sql

A file one folder deeper belongs to the schema of that folder's name; without one, to `public`. A policies file holds
all of its table's policies and grants. Every file may be applied again, on top of itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg

from dbtools import script
from dbtools.config import Project
from dbtools.errors import ConfigError, MigrationError

KINDS = {"functions": "function", "triggers": "trigger", "views": "view", "policies": "policies"}


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
    return sorted(_declared(project.sql, path) for path in project.sql.rglob("*.sql"))


def _declared(root: Path, path: Path) -> Declared:
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


def apply(connection: psycopg.Connection, project: Project) -> None:
    """Apply all of `sql/` in one transaction, in an order that is found by trying.

    Raises:
        MigrationError: a file fails whatever the order; the error is the one of its last try.
    """
    waiting = [item.path for item in declared(project)]
    with connection.transaction():
        while waiting:
            failed: list[Path] = []
            last: MigrationError | None = None
            for path in waiting:
                try:
                    with connection.transaction():
                        script.execute(connection, path)
                except MigrationError as error:
                    failed.append(path)
                    last = error
            if last is not None and len(failed) == len(waiting):
                raise last
            waiting = failed
