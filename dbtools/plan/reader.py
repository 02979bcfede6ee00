"""Reads the catalog into a `State`: all of it once, then what has changed."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import args_row

from dbtools.plan.state import (
    Column,
    Constraint,
    Enum,
    Extension,
    Index,
    Policy,
    Published,
    Relation,
    Routine,
    Schema,
    State,
    Trigger,
)

HERE = Path(str(files(__package__)))

_PATH = """
select set_config('dbtools.plan_path', current_setting('search_path'), false), set_config('search_path', '', false)
"""

# One file of SQL for each, in `reads/`.
_ROWS: dict[str, type[Any]] = {
    "relations": Relation,
    "columns": Column,
    "constraints": Constraint,
    "indexes": Index,
    "triggers": Trigger,
    "policies": Policy,
    "routines": Routine,
    "enums": Enum,
    "schemas": Schema,
    "extensions": Extension,
    "published": Published,
}


# Of each, the newest version among the rows that it is made of; and the keys of all that are there.
_VERSIONS = {
    "relations": "and greatest({c}, {n})",
    "columns": "and greatest({a}, {c}, {n}, {d})",
    "constraints": "and greatest({k}, {n})",
    "indexes": "and greatest({i}, {c}, {n})",
    "triggers": "and {t}",
    "policies": "and {p}",
    "routines": "and greatest({p}, {n})",
    "enums": "having greatest(max({e}), max({t}), max({n}))",
    "schemas": "and {n}",
    "extensions": "and {e}",
    "published": "and {r}",
}
_KEYS = {
    "relations": "oid from pg_class where oid >= 16384",
    "columns": "attrelid::bigint << 16 | attnum from pg_attribute"
    " where attrelid >= 16384 and attnum > 0 and not attisdropped",
    "constraints": "oid from pg_constraint where oid >= 16384",
    "indexes": "indexrelid from pg_index where indexrelid >= 16384",
    "triggers": "oid from pg_trigger",
    "policies": "oid from pg_policy",
    "routines": "oid from pg_proc where oid >= 16384",
    "enums": "oid from pg_type where oid >= 16384",
    "schemas": "oid from pg_namespace",
    "extensions": "oid from pg_extension",
    "published": "oid from pg_publication_rel",
}


@cache
def _queries() -> dict[str, tuple[str, str]]:
    """By part: all of it; and, up to the transaction's number that comes last, what is newer."""
    found = {}
    for name, condition in _VERSIONS.items():
        query = (HERE / f"reads/{name}.sql").read_text()
        version = re.sub(r"{(\w)}", r"coalesce(\1.xmin::text::bigint, 0)", condition)
        found[name] = query, f"{query} {version} >= "
    return found


def read(connection: psycopg.Connection, last: State | None = None, since: int = 0) -> State:
    """The catalog as the connection's transaction sees it; it is locked by nothing above ACCESS SHARE.

    Args:
        connection: in a database in which nobody else changes anything.
        last: what was read before; what has not changed since is taken from it.
        since: the number of a transaction that had changed nothing when `last` was read, nor had any later one.
    """
    parts: dict[str, dict[Any, Any]] = {}
    with connection.pipeline(), psycopg.Cursor(connection) as settings:
        # Names and expressions are to be printed whole, whatever the revision has set; then its setting is back.
        settings.execute(_PATH)
        rows, keys = {}, {}
        for name, (whole, newer) in _queries().items():
            rows[name] = psycopg.Cursor(connection, row_factory=args_row(_ROWS[name]))
            rows[name].execute((f"{newer}{since}" if last else whole).encode())
            keys[name] = psycopg.Cursor(connection)
            if last:
                keys[name].execute(f"select array(select {_KEYS[name]})".encode())
        for name in _ROWS:
            key = _column_key if name == "columns" else _own_key
            found = {key(row): row for row in rows[name].fetchall()}
            if last:
                [there] = keys[name].fetchone() or ([],)
                before, still = getattr(last, name), set(there)
                kept = {k: row for k, row in before.items() if (k[0] << 16 | k[1] if name == "columns" else k) in still}
                # The same dictionary, so that a rule sees at once that nothing changed.
                unchanged = len(kept) == len(before) and all(before.get(k) == row for k, row in found.items())
                found = before if unchanged else kept | found
            parts[name] = found
        settings.execute("select set_config('search_path', current_setting('dbtools.plan_path'), false)")
    return State(**parts)


def _own_key(row: Any) -> int:
    return int(row.oid)


def _column_key(row: Column) -> tuple[int, int]:
    return row.relation, row.number
