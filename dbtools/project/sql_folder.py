"""`sql/`: the present truth of every object that can be recreated whole, one object per file.

    functions/NAME.sql   triggers/TABLE.NAME.sql   views/NAME.sql   policies/TABLE.sql

What of a name no file can bear everywhere is written as in a URL: `a/b` is `a%2Fb.sql`.

A file one folder deeper belongs to the schema of that folder's name; without one, to `public`. A policies file holds
all of its table's policies and grants. Every file may be applied again, on top of itself.

Beside an object, or anywhere in `sql/`, NAME.check.sql holds no object but what is expected of some; it is played by
`dbtools verify --level live`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import psycopg

from dbtools.errors import ConfigError
from dbtools.model.declared import KINDS, RELATIONS, ROUTINES, Declared, in_order, table_of
from dbtools.model.snapshot import Snapshot
from dbtools.postgres import script
from dbtools.postgres.working_order import run_in_working_order
from dbtools.project.settings import Project

CHECK = ".check.sql"

# No file system takes more than 255 bytes, and a name is longer while its file is being written.
_LONGEST = 240


def declared(project: Project) -> list[Declared]:
    """Every object that `sql/` holds, sorted.

    Raises:
        ConfigError: a file lies where no object belongs.
    """
    return sorted(at(project, path) for path in files(project) if not path.name.endswith(CHECK))


def checks(project: Project) -> list[Path]:
    """The files of `sql/` that say what is expected of its objects, sorted."""
    return sorted(path for path in files(project) if path.name.endswith(CHECK))


def files(project: Project) -> Iterator[Path]:
    """All files of `sql/`; a folder may bear such a name too, being a schema's."""
    return (path for path in project.sql.rglob("*.sql") if path.is_file())


def fits(item: Declared) -> bool:
    """Whether a file can bear the name, which is longer where it had to be encoded."""
    return len(item.path.name.encode()) <= _LONGEST


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
    return Declared(kind, unquote(schema[0]) if schema else "public", unquote(name), unquote(table), path)


def named(project: Project, kind: str, schema: str, name: str, table: str = "") -> Declared:
    """The object of that kind and name, and the file of `sql/` that holds it or would."""
    folder = next(folder for folder, known in KINDS.items() if known == kind)
    stem = f"{_written(table).replace('.', '%2E')}.{_written(name)}" if table else _written(name)
    # A name's own end must not be taken for that of a file of expectations.
    file = f"{stem}.sql" if not stem.endswith(".check") else f"{stem.removesuffix('.check')}%2Echeck.sql"
    return Declared(kind, schema, name, table, project.sql / folder / _folder(schema) / file)


def _folder(schema: str) -> str:
    if schema == "public":
        return ""
    return _written(schema) if schema.strip(".") else schema.replace(".", "%2E")


def _written(name: str) -> str:
    """A name as a file of it is called: what some file system refuses is percent-encoded."""
    return re.sub(r'[%/\\:*?"<>|\x00-\x1f\x7f]', lambda found: f"%{ord(found[0]):02X}", name)


def among(snapshot: Snapshot, project: Project) -> set[Declared]:
    """Every object of a snapshot that could have a file in `sql/`, with the file that it would have."""
    return set(filter(fits, _among(snapshot, project)))


def _among(snapshot: Snapshot, project: Project) -> set[Declared]:
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
    return script.Script.read(item.path).terminated.strip("\n") + "\n"
