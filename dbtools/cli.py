"""The command line: parse, call, print. No logic lives here.

Exit codes: 0 fine; 1 the answer is no (a difference, something missing); 2 the work could not be done.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from dbtools import config
from dbtools.errors import DbtoolsError

app = typer.Typer(
    name="dbtools",
    help="Database-first migrations for Supabase and Postgres.",
    epilog="Revisions are plain Alembic: `alembic upgrade head`, `alembic current`, `alembic history`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DbUrl = Annotated[
    str | None,
    typer.Option("--db-url", metavar="URL", help=f"The database; default: ${config.URL_VARIABLE}.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]


def _say(text: str) -> None:
    """Progress goes to stderr, and only to people: a pipe gets the result alone."""
    if sys.stderr.isatty():
        Console(stderr=True, highlight=False).print(text, style="dim", markup=False)


def _print(result: Any, text: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(result, indent=2, default=str) if as_json else text)


@app.command()
def shadow(
    port: Annotated[
        int | None, typer.Option(help="Listen on 127.0.0.1 at this port too (0: any free one).", show_default=False)
    ] = None,
) -> None:
    """Start a fresh, Supabase-shaped database, print its URL, and keep it until Ctrl-C."""
    from dbtools.shadow import Shadow  # noqa: PLC0415  (each command imports only what it needs)

    with Shadow(port=port) as running:
        typer.echo(running.url(tcp=port is not None))
        _say("a Supabase-shaped database, as its owner `postgres`; Ctrl-C ends and deletes it")
        signal.pause()


def main() -> None:
    """The entry point of `dbtools`; turns every expected error into a message, a hint and an exit code."""
    # A terminated command cleans up like an interrupted one: the embedded server must not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except DbtoolsError as error:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(Text.assemble(("error: ", "red"), error.message))
        if error.hint:
            console.print(Text.assemble(("hint:  ", "yellow"), error.hint))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
