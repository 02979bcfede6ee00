"""Level *sound*: what is there could work.

Rules over the catalog lie in `rules/`, one file each: SQL that returns kind, schema, name, identity, property,
expected, found and the statement that mends it, for what breaks the rule. A new rule is a new file. Expressions of
policies are parsed (`policies.py`). Bodies are resolved by the server: of SQL functions by its own validator, of
PL/pgSQL functions by plpgsql_check.

Everything happens in one transaction that is rolled back; if the server has plpgsql_check, it is created in there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from dbtools import catalog
from dbtools.model.compare import Change
from dbtools.model.snapshot import Object, Snapshot
from dbtools.verify import policies
from dbtools.verify.report import Finding

Arguments = list[list[str]]

HERE = Path(str(files(__package__)))


def findings(connection: psycopg.Connection, found: Snapshot) -> list[Finding]:
    """Everything in the database that breaks a rule, and one finding for each body.

    Args:
        connection: outside of a transaction.
        found: what `catalog.read` said of the same database.
    """
    with connection.transaction(force_rollback=True), psycopg.RawCursor(connection, row_factory=dict_row) as cursor:
        arguments = catalog.ownership_of(connection).arguments
        cursor.execute((HERE / "bodies.sql").read_bytes())
        checker, without = _checker(connection)
        cursor.execute(b"set local search_path = ''")
        return [
            *_rules(cursor, arguments),
            *policies.findings(cursor, found),
            *_bodies(cursor, arguments, checker, without),
        ]


def _rules(cursor: psycopg.RawCursor[dict[str, Any]], arguments: Arguments) -> Iterator[Finding]:
    rules = [path.read_text() for path in sorted((HERE / "rules").glob("[!_]*.sql"))]
    query = (HERE / "rules/_exposed.sql").read_text() + "\nunion all\n".join(rules)
    for row in cursor.execute(catalog.scoped(query), arguments):
        change = Change("different", _object(row), row["property"], row["expected"], row["found"])
        yield Finding(change.object, [change], mend=row["mend"], level="sound")


def _checker(connection: psycopg.Connection) -> tuple[str, str]:
    """The schema of plpgsql_check, quoted; or none, and why."""
    where = b"select extnamespace::regnamespace::text from pg_extension where extname = 'plpgsql_check'"
    try:
        with connection.transaction():
            connection.execute("create extension if not exists plpgsql_check")
    except psycopg.Error as error:
        return "", f"plpgsql_check is not to be had here: {error.diag.message_primary}"
    [schema] = connection.execute(where).fetchone() or ("",)
    return schema, ""


def _bodies(
    cursor: psycopg.RawCursor[dict[str, Any]], arguments: Arguments, checker: str, without: str
) -> Iterator[Finding]:
    query = catalog.scoped((HERE / "bodies_of.sql").read_text())
    for _, rows in groupby(cursor.execute(query, [*arguments, checker]), lambda row: row["body"]):
        first, *more = rows
        item = _object(first)
        changes = [
            Change("different", item, f"body {row['place']}".rstrip(), "resolves", row["problem"])
            for row in (first, *more)
            if row["problem"]
        ]
        unchecked = first["unchecked"] or (without if first["language"] == "plpgsql" else "")
        yield Finding(item, changes, unchecked, mend="correct the body" if changes else "", level="sound")


def _object(row: Mapping[str, Any]) -> Object:
    return Object(row["kind"], row["schema"], row["name"], row["identity"])
