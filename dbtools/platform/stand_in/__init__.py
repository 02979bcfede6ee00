"""Stand-ins for extensions, written from the catalog of a database that has them.

What a project has made of an extension (a column of its type, an index by its operator class, a default that calls its
function) can be made again only where the extension is. A shadow's server has few of them, so `generate` writes each
one of live's as a script of its own: the same members under the same names, in whatever schema they are now, made from
what the catalog says of them. It reads with SELECT only, as any role, and writes the same text each time.

Where a server's library exports all that a script needs, the script runs on that library and is live's own version of
the extension; elsewhere its C functions are played by others (`functions`) and its values are text (`types`). `fitted`
tells the two apart when the script is laid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg

from dbtools.model.quoting import literal
from dbtools.platform.stand_in import script
from dbtools.platform.stand_in.extension import read


def generate(connection: psycopg.Connection, names: Iterable[str]) -> dict[str, str]:
    """Write stand-ins for extensions of a database.

    Args:
        connection: to the database that has them, as any role; only read, in its transaction if it is in one.
        names: of extensions that are created there; `plpgsql`, which every server has, is passed over.

    Returns:
        the text of `NAME.control` and `NAME--VERSION.sql` for each, by file name, sorted.

    Raises:
        ShadowError: an extension is not there.
    """
    texts: dict[str, str] = {}
    with _names_in_full(connection):
        for name in sorted(set(names) - {"plpgsql"}):
            extension = read(connection, name)
            texts[f"{name}.control"] = extension.control()
            texts[f"{name}--{extension.version}.sql"] = extension.script()
    return dict(sorted(texts.items()))


def fitted(connection: psycopg.Connection, text: str) -> str:
    """The script as this server can run it: on its own library if that has every symbol, else without.

    Args:
        connection: as a superuser to any database of the server; nothing is left behind.
        text: of a script that `generate` wrote; one without C functions comes back as it is.
    """
    return text if available(connection, text) else script.without_library(text)


def available(connection: psycopg.Connection, text: str) -> bool:
    """Whether the server's libraries export all that a script's C functions need."""
    needed = script.symbols(text)
    try:
        with connection.transaction(force_rollback=True):
            for library, symbol in needed:
                # Postgres looks the symbol up whenever a function in C is made.
                where = f"{literal(library)}, {literal(symbol)}"
                probe = f"create or replace function pg_temp.dbtools_probe() returns void language c as {where}"
                connection.execute(probe.encode())
    except psycopg.Error:
        if connection.closed:
            raise
        return False
    return bool(needed)


@contextmanager
def _names_in_full(connection: psycopg.Connection) -> Iterator[None]:
    with connection.transaction():
        [before] = connection.execute("select current_setting('search_path')").fetchone() or ("",)
        # What is not built in is printed with its schema.
        connection.execute("select set_config('search_path', 'pg_catalog', true)")
        yield
        connection.execute("select set_config('search_path', %s, true)", [before])
