"""The command line of `loop`: parse, call, print, with a file for each part. No logic lives here.

Exit codes: 0 fine; 1 the answer is no (a job that failed); 2 the work could not be done.
"""

from __future__ import annotations

import signal
import sys
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from loop import __version__
from loop.cli import node, portal, sentinel
from loop.errors import ConfigError, LoopError

app = typer.Typer(
    name="loop",
    help="The programs of a distributed simulation service: sentinel, node, and what a portal does.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command()(sentinel.sentinel)
app.command(epilog=node.EPILOG)(node.node)
app.command()(portal.claim)
app.command()(portal.submit)
app.command()(portal.follow)

# What the optional parts of the distribution import, and the extra that brings it.
EXTRAS = {
    "starlette": "sentinel",
    "uvicorn": "sentinel",
    "prometheus_client": "sentinel",
    "psycopg": "sentinel",
    "cryptography": "node",
    "httpx": "node",
    "psutil": "node",
    "supabase": "portal",
}


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"loop {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """The entry point of `loop`; turns every expected error into a message, a hint and an exit code."""
    # A terminated command cleans up like an interrupted one: what it started must not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        _fail(ConfigError(f"{error.name} is not installed", hint=f"pip install 'simulation-loop[{extra}]'"))
    except LoopError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: LoopError) -> NoReturn:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("error: ", "red"), error.message))
    if error.hint:
        console.print(Text.assemble(("hint:  ", "yellow"), error.hint))
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
