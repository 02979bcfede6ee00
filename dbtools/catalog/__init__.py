"""A database's catalog as a `Snapshot`: what the project put there, each object with its properties as text.

Which objects are the project's is decided by one rule, applied in `readers/_scope.sql`:

1. What belongs to an extension is the extension's. Of an extension only its name and schema count.
2. In a schema that the platform does not name as its own (`dbtools.platform.SCHEMAS`), everything is the project's. Of
   `public` itself, which is everywhere, only the grants and the comment count.
3. In a schema of the platform's, an object is the project's if its owner is no role of the platform's
   (`dbtools.platform.ROLES`, `pg_*`). A trigger on a table of the platform's is the project's if its function is; a
   policy on such a table is always the project's, because the platform ships none outside extensions. So is a grant to
   a role of the project's, or on a single column. What else is on the platform's tables (columns, indexes, grants to
   the API roles) is the project's where a shadow is born without it: `dbtools.pull.platform_changes`.
4. What has no schema goes by its owner: event triggers, default privileges, foreign servers. Publications that every
   project is born with are the platform's, the project's tables in them the project's. Settings of the database and of
   the API roles, and memberships among the platform's roles, are the project's where they are not as on every project.
5. Nobody's: the table `alembic_version`, a schema that holds nothing else, `supabase_migrations` and the schemas of the
   platform's services (`_realtime` and its like).

One reader for each kind of object lies in `readers/`: SQL that returns kind, schema, parent, name, identity and
properties. A new kind is a new file. All of them go to the server as one query, so that it resolves the scope once: on
a schema of 900 functions that takes less than half the time of one query for each.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from dbtools import platform
from dbtools.model.snapshot import Object, Snapshot

READERS = Path(str(files(__name__))) / "readers"

ARGUMENTS = [list(platform.SCHEMAS), list(platform.ROLES), list(platform.PUBLICATIONS)]

# Read only where asked for: of the platform's, not of the project's.
PLATFORM_READERS = ("platform_table",)

# Expressions are printed with every name qualified, and constants in them the same way whatever the server's settings.
# To compile one large query takes longer than to run it.
_PRINTING = b"""
    set local search_path = '';
    set local quote_all_identifiers = off;
    set local datestyle = 'ISO, YMD';
    set local intervalstyle = 'postgres';
    set local timezone = 'UTC';
    set local bytea_output = 'hex';
    set local extra_float_digits = 1;
    set local row_security = off;
    set local jit = off
"""


def read(connection: psycopg.Connection, readers: Collection[str] | None = None) -> Snapshot:
    """Read what the project put into a database.

    Everything is read from one state: in the transaction that the connection is in (which should be repeatable read),
    or in one of its own. Nothing is written, and no setting outlives the call.

    Args:
        connection: any role; what it may not read is an error, never left out silently.
        readers: names of files in `readers/`, such as `function` or `policy`; by default all but PLATFORM_READERS.

    Raises:
        psycopg.errors.InsufficientPrivilege: a reader needs a table (cron.job, storage.buckets) that it may not read.
    """
    with _one_state(connection), psycopg.RawCursor(connection, row_factory=dict_row) as cursor:
        cursor.execute(_PRINTING)
        names = _queries().keys() - set(PLATFORM_READERS) if readers is None else readers
        chosen = {name: query for name, query in _queries().items() if name in names}
        needs = [query.needs for query in chosen.values() if query.needs]
        lacks = b"select needed from unnest($1::text[]) as needed where to_regclass(needed) is null"
        missing = {row["needed"] for row in cursor.execute(lacks, [needs])} if needs else set()
        texts = [query.text for query in chosen.values() if query.needs not in missing]
        cursor.execute(scoped("\nunion all\n".join(texts)), ARGUMENTS)
        found = [_object(row) for row in cursor]
    return Snapshot(_by_identity(found), connection.info.server_version // 10000)


@contextmanager
def _one_state(connection: psycopg.Connection) -> Iterator[None]:
    own = connection.info.transaction_status == TransactionStatus.IDLE
    # Rolled back, so that the settings made here go with it.
    with connection.transaction(force_rollback=True):
        if own:
            connection.execute("set transaction isolation level repeatable read, read only")
        yield


class _Query(NamedTuple):
    needs: str
    text: str


@cache
def _queries() -> dict[str, _Query]:
    """The readers by name: the relation that one needs to be there, if any, and its query."""
    queries = {}
    for path in sorted(READERS.glob("[!_]*.sql")):
        text = path.read_text()
        first = text.partition("\n")[0]
        needs = first.removeprefix("-- needs: ") if first.startswith("-- needs: ") else ""
        # As a subquery, because a reader may have a WITH of its own.
        queries[path.stem] = _Query(needs, "\n".join(("select * from (", text, ") as reader")))
    return queries


def scoped(query: str) -> bytes:
    """A query that may refer to what `readers/_scope.sql` defines, for a `RawCursor`; its arguments are `ARGUMENTS`."""
    # A statement's parameters must all be used, or their types are unknown.
    scope = (READERS / "_scope.sql").read_text() + ", parameters as (select $1::text[], $2::text[], $3::text[])\n"
    return (scope + query).encode()


def _object(row: Mapping[str, object]) -> Object:
    properties = row["properties"]
    assert isinstance(properties, dict)  # noqa: S101  (every reader returns jsonb)
    return Object(
        kind=str(row["kind"]),
        schema=str(row["schema"]),
        name=str(row["name"]),
        identity=str(row["identity"]),
        parent=str(row["parent"]),
        properties={key: _text(value) for key, value in sorted(properties.items()) if value is not None},
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _by_identity(found: list[Object]) -> dict[str, Object]:
    by_identity: dict[str, Object] = {}
    for item in sorted(found, key=lambda item: (item.identity, list(item.properties.items()))):
        identity, number = item.identity, 2
        # Only jobs without a name can be the same twice.
        while identity in by_identity:
            identity, number = f"{item.identity} #{number}", number + 1
        by_identity[identity] = item if identity == item.identity else _renamed(item, identity)
    return by_identity


def _renamed(item: Object, identity: str) -> Object:
    return Object(item.kind, item.schema, item.name, identity, item.parent, item.properties)
