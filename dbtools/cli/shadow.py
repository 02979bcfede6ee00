"""The command `dbtools shadow`."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from dbtools.cli.shared import say


def shadow(
    port: Annotated[
        int | None, typer.Option(help="Listen on 127.0.0.1 at this port too (0: any free one).", show_default=False)
    ] = None,
) -> None:
    """Start a fresh, Supabase-shaped database, print its URL, and keep it until Ctrl-C."""
    from dbtools.postgres.shadow import Shadow  # noqa: PLC0415  (each command imports only what it needs)

    with Shadow(port=port) as running:
        typer.echo(running.url(tcp=port is not None))
        say("a Supabase-shaped database, as its owner `postgres`; Ctrl-C ends and deletes it")
        signal.pause()
