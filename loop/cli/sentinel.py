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


def _operator_token() -> str:
    if token := os.environ.get("LOOP_OPERATOR_TOKEN", ""):
        return token
    raise ConfigError(
        "the operator's pages need a token", hint="set LOOP_OPERATOR_TOKEN, for instance to: openssl rand -base64 24"
    )


def sentinel(  # noqa: PLR0913, PLR0917 -- one argument for each option
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
    operator_port: Annotated[
        int | None,
        typer.Option(
            help="Serve the operator's pages on this port, to whoever has $LOOP_OPERATOR_TOKEN.", show_default=False
        ),
    ] = None,
    operator_host: Annotated[str, typer.Option(help="The address on which to serve them.")] = "127.0.0.1",
) -> None:
    """Assign pending chunks to nodes, remove what has expired, and answer the nodes' signed requests.

    Several may run at the same database: one leads, all of them answer.
    The login role needs nothing but membership: create role sentinel login password '...' in role service_role
    """
    from loop.sentinel import OperatorOptions, SentinelOptions, policy, serve  # noqa: PLC0415

    operator = None
    if operator_port is not None:
        database_url = os.environ.get("LOOP_OPERATOR_DATABASE_URL", "")
        operator = OperatorOptions(_operator_token(), operator_port, operator_host, database_url)
    serve(SentinelOptions(_database_url(db_url), host, port, role, policy(unsigned), operator))
