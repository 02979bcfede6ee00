"""`loop sentinel`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from loop.errors import ConfigError


def _database_url(flag: str | None) -> str:
    if url := flag or os.environ.get("DATABASE_URL", ""):
        return url
    raise ConfigError(
        "no database given", hint="set DATABASE_URL=postgresql://sentinel:PASSWORD@HOST:5432/postgres, or pass --db-url"
    )


def sentinel(
    db_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The database; default: $DATABASE_URL.", show_default=False)
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The TCP port to listen on (0: any free one).")] = 8700,
    role: Annotated[
        str, typer.Option(help="The database role to act as; the login must be a member.")
    ] = "service_role",
    unsigned: Annotated[
        str, typer.Option(metavar="accept|warn|refuse", help="What becomes of requests without a signature.")
    ] = "refuse",
) -> None:
    """Assign pending chunks to nodes, remove what has expired, and answer the nodes' signed requests.

    Several may run at the same database: one leads, all of them answer.
    The login role needs nothing but membership: create role sentinel login password '...' in role service_role
    """
    from loop.sentinel import SentinelOptions, policy, serve  # noqa: PLC0415

    serve(SentinelOptions(_database_url(db_url), host, port, role, policy(unsigned)))
