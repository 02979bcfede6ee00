"""Reading a platform from a live database: by SELECT alone, as any role, in one statement and so in one snapshot."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg

from dbtools.platform.facts import Facts, required

HERE = Path(str(files("dbtools.platform")))

# Where the services note which of their migrations ran: that tells which release they are. The times are no facts.
_MIGRATIONS = {
    "auth_migration": ("auth.schema_migrations", ("version",)),
    "storage_migration": ("storage.migrations", ("id", "name", "hash")),
    "realtime_migration": ("realtime.schema_migrations", ("version",)),
}

# By name and not by ::regclass, which is refused to whoever may not look into the schema.
_READABLE = """
  select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
  from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
  where n.nspname = %s and c.relname = %s and (
    select count(*) from pg_attribute as a where a.attrelid = c.oid and a.attname = any (%s) and not a.attisdropped
  ) = %s
"""

# A setting whose value is a secret by its name or by how it looks. Its name is kept, its value never.
_SECRET = re.compile(
    r"""^app\.settings\.|^[^=]*(secret|passw|token|api_?key|private_?key|credential|jwt)
    |=.*(\beyJ[\w-]{8,}|://[^/\s:]+:[^@\s]+@|-----BEGIN|\bsb_secret_|\bsk_live_)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)

# What a shadow has as the value of a setting that is not in the file.
NOT_KEPT = "dbtools: not kept"

# The first line of a body that a shadow has in place of one that it cannot have, and the language of that one.
STANDS_IN = "/* stands in for {} */"
_STANDS_IN = re.compile(r"/\* stands in for (\w+) \*/")


def read(connection: psycopg.Connection[Any], *, schemas: Collection[str] | None = None) -> Facts:
    """Everything in a database that could be a platform's: all but Postgres' own and the members of extensions.

    Runs in the caller's transaction, or in one of its own, and writes nothing. Partitions of a day or a month are not
    read. What has no kind of its own among the facts (operators, foreign servers, aggregates …) is named as `not_read`.

    Args:
        connection: any role's.
        schemas: read schemas, and what lies in them, of these names only.
    """
    major = connection.info.server_version // 10000
    names = None if schemas is None else list(schemas)
    with connection.transaction(), connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        before = cursor.execute("select current_setting('search_path')").fetchone()
        cursor.execute("select set_config('search_path', 'pg_catalog', true)")
        rows = cursor.execute(_statement(major).encode(), {"schemas": names}).fetchall()
        facts = [*(_fact(kind, found) for kind, found in rows), *_migrations(cursor)]
        cursor.execute("select set_config('search_path', %s, true)", before)
    return Facts.of_rows(facts, major=major)


def usual_cost(language: str) -> int:
    """What a function costs that does not say."""
    return 1 if language in {"c", "internal"} else 100


def for_major(text: str, major: int) -> str:
    """A query without its parts between `-- since 15` and `-- until here`, where a server is older than that."""
    return text if major >= 15 else re.sub(r"(?s)-- since 15\n.*?-- until here\n", "", text)


@cache
def _statement(major: int) -> str:
    text = (HERE / "read.sql").read_text("utf-8").replace("{granted}", (HERE / "granted.sql").read_text("utf-8"))
    text = for_major(text, major)
    _, *parts = re.split(r"(?m)^-- == (\w+)\n", text)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    shared = sections.pop("shared")
    union = "\nunion all\n".join(
        f"select '{kind}', to_jsonb(q) from (\n{query}) as q" for kind, query in sections.items()
    )
    return f"with {shared}\n{union}"


def _fact(kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    fact = {"kind": kind} | {k: v for k, v in found.items() if v is not None or k in required(kind)}
    if kind == "setting":
        entries = [(entry.partition("=")[0], entry) for entry in fact["config"]]
        secret = sorted(name for name, entry in entries if _SECRET.search(entry) or entry.endswith(f"={NOT_KEPT}"))
        fact["config"] = [entry for name, entry in entries if name not in secret]
        if secret:
            fact["secret"] = secret
    if kind == "function" and (stands := _STANDS_IN.match(fact["body"] or "")):
        cost = fact.pop("cost", 100)
        fact |= {"language": stands[1], "body": None} | ({} if cost == usual_cost(stands[1]) else {"cost": cost})
    return fact


def _migrations(cursor: psycopg.Cursor[Any]) -> Iterator[dict[str, Any]]:
    for kind, (table, columns) in _MIGRATIONS.items():
        readable = cursor.execute(_READABLE, [*table.split("."), list(columns), len(columns)]).fetchone()
        if readable and readable[0]:
            rows = cursor.execute(f"select {', '.join(columns)} from {table} limit 10000".encode()).fetchall()
            yield from ({"kind": kind} | dict(zip(columns, row, strict=True)) for row in rows)
