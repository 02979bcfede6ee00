"""Make the stand-in for the live database: the schema as it was before the first revision, and data that shows why."""

from __future__ import annotations

from pathlib import Path

import psycopg

from dbtools.postgres.shadow import Shadow

HERE = Path(__file__).parent
SCHEMA = HERE / "live_schema.sql"
DATA = HERE / "live_data.sql"


def load(url: str, *, data: bool = True) -> None:
    """Put the stand-in into an empty Supabase-shaped database, all of it or nothing.

    Args:
        url: the database, as its project's owner `postgres`.
        data: 400 jobs and their 4,900 chunks as well; without it the tables stay empty.
    """
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA.read_bytes())
        if data:
            connection.execute(DATA.read_bytes())


def create(shadow: Shadow, *, data: bool = True, name: str | None = None) -> str:
    """Make a database on the shadow's server, load the stand-in, and return the database's URL.

    Without a name the database gets one of its own.
    """
    url = shadow.create(name)
    with psycopg.connect(url, user=shadow.admin) as connection:
        # This project had them off.
        connection.execute("drop extension pg_stat_statements, pgjwt, supabase_vault")
    load(url, data=data)
    return url
