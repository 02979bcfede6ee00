"""A database's catalog as a `Snapshot`: what the project put there, each object with its properties as text.

Which objects are the project's is decided by one rule, that of `dbtools.platform.ownership`, applied in
`readers/_scope.sql`: by the names of the platform's schemas, roles, publications and single things that `Ownership`
has. Beside it: the table `alembic_version` and a schema that holds nothing else are nobody's. Of an extension only
its name and schema count, of `public` only the grants and the comment. What of the platform's tables is the project's
(columns, indexes, grants to the API roles) is said by `dbtools.pull.platform_changes`.

One reader for each kind of object lies in `readers/`: SQL that returns kind, schema, parent, name, identity and
properties. A new kind is a new file. All of them go to the server as one query, so that it resolves the scope once: on
a schema of 900 functions that takes less than half the time of one query for each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from dbtools.catalog.rows import Rows, by_identity
from dbtools.model.snapshot import Snapshot
from dbtools.platform.ground import read_ground
from dbtools.platform.ownership import Ownership
from dbtools.platform.read import for_major

READERS = Path(str(files(__name__))) / "readers"

# What is read of an object: kind, schema, parent, name, identity and properties, the last as JSON that is yet text.
_ROW = "select kind, schema, parent, name, identity, properties::text from ("

_SAID: ContextVar[Ownership | None] = ContextVar("ownership", default=None)

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


# What a reader needs counts only if it is an extension's or the platform's: a project may have such a name of its own.
_HAS = b"""
    select needed
    from unnest($1::text[]) as needed
      inner join pg_class as c on c.oid = to_regclass(needed)
      inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname = any($2::text[]) or exists (
      select from pg_depend as d
      where d.classid = c.tableoid and d.objid = c.oid and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
    )
"""


@contextmanager
def reading_one_state(connection: psycopg.Connection) -> Iterator[None]:
    """For the length of the block, read one state: that of the connection's transaction, or of one of its own."""
    own = connection.info.transaction_status == TransactionStatus.IDLE
    # Rolled back, so that the settings made here go with it.
    with connection.transaction(force_rollback=True):
        if own:
            connection.execute("set transaction isolation level repeatable read, read only")
        yield


@contextmanager
def owned_by(ownership: Ownership) -> Iterator[None]:
    """For the length of the block, every database is read with the same eyes: a shadow with those of live."""
    token = _SAID.set(ownership)
    try:
        yield
    finally:
        _SAID.reset(token)


def ownership_of(connection: psycopg.Connection) -> Ownership:
    """Whose the objects of a database are: as it was said; in a shadow as it was laid; else told from itself."""
    if said := _SAID.get():
        return said
    with connection.cursor(row_factory=tuple_row) as cursor:
        laid = cursor.execute("select current_setting('dbtools.ownership', true)").fetchone()
    return Ownership.loads(laid[0]) if laid and laid[0] else read_ground(connection).ownership


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
    names = _queries().keys() - set(PLATFORM_READERS) if readers is None else readers
    read = _read(connection, names)
    return Snapshot(by_identity(read.objects), read.major, read.api_roles)


def read_with_platform(connection: psycopg.Connection) -> Rows:
    """What `read` reads, and what PLATFORM_READERS do; all with one query."""
    return _read(connection, _queries().keys())


def _read(connection: psycopg.Connection, names: Collection[str]) -> Rows:
    with reading_one_state(connection), psycopg.RawCursor(connection, row_factory=tuple_row) as cursor:
        ownership = ownership_of(connection)
        cursor.execute(_PRINTING)
        chosen = {name: query for name, query in _queries().items() if name in names}
        needs = [query.needs for query in chosen.values() if query.needs]
        has = {needed for (needed,) in cursor.execute(_HAS, [needs, list(ownership.schemas)])} if needs else set()
        texts = [query.text for query in chosen.values() if not query.needs or query.needs in has]
        major = connection.info.server_version // 10000
        cursor.execute(scoped(for_major("\nunion all\n".join(texts), major)), ownership.arguments)
        return Rows(major, ownership.api_roles, tuple(sorted(cursor)))


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
        queries[path.stem] = _Query(needs, "\n".join((_ROW, text, ") as reader")))
    return queries


def scoped(query: str) -> bytes:
    """A query that may refer to what `readers/_scope.sql` defines, for a `RawCursor` and `Ownership.arguments`."""
    # A statement's parameters must all be used, or their types are unknown.
    parameters = ", ".join(f"${number}::text[]" for number in range(1, 8))
    scope = (READERS / "_scope.sql").read_text() + f", parameters as (select {parameters})\n"
    return (scope + query).encode()
