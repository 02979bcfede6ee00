"""The command line of `dbtools`: one file for each command, which parses, calls and prints.

Exit codes: 0 fine; 1 the answer is no (a difference, something missing); 2 the work could not be done.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from dbtools import __version__
from dbtools.cli.audit import audit
from dbtools.cli.diff import diff
from dbtools.cli.docs import docs
from dbtools.cli.doctor import doctor
from dbtools.cli.export import export
from dbtools.cli.init import init
from dbtools.cli.plan import plan
from dbtools.cli.progress import begin, current, show_sql
from dbtools.cli.pull import pull
from dbtools.cli.revise import revise
from dbtools.cli.shadow import shadow
from dbtools.cli.squash import squash
from dbtools.cli.verify import verify
from dbtools.errors import DbtoolsError
from dbtools.report import visible

app = typer.Typer(
    name="dbtools",
    help="Database-first migrations for Supabase and Postgres.",
    epilog="To begin: dbtools init, dbtools doctor, dbtools pull, alembic stamp 0001.\n\n"
    "To change something: edit sql/, dbtools revise -m TITLE, dbtools plan, alembic upgrade head, dbtools verify.\n\n"
    "Revisions are plain Alembic: alembic upgrade, alembic current, alembic history.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print the SQL that is sent to the databases.")]


def _with_verbose(command: Callable[..., None]) -> Callable[..., None]:
    """The command with -v behind its name as well, which is the same as before it."""

    @wraps(command)
    def run(*arguments: object, verbose: bool, **options: object) -> None:
        if verbose:
            show_sql()
        command(*arguments, **options)

    taken = signature(command, eval_str=True)
    verbose = Parameter("verbose", Parameter.KEYWORD_ONLY, default=False, annotation=Verbose)
    run.__signature__ = taken.replace(parameters=[*taken.parameters.values(), verbose])  # type: ignore[attr-defined]
    run.__annotations__ = {name: one.annotation for name, one in run.__signature__.parameters.items()}  # type: ignore[attr-defined]
    return run


for command in (init, doctor, pull, revise, plan, diff, verify, export, squash, docs, audit, shadow):
    app.command()(_with_verbose(command))


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dbtools {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001  (its callback has done it)
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    begin()
    if verbose:
        show_sql()


def main() -> None:
    """The entry point of `dbtools`; turns every expected error into a message, a hint and an exit code."""
    # A terminated command cleans up like an interrupted one: the embedded server must not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except DbtoolsError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        current.done()


def _fail(error: DbtoolsError) -> NoReturn:
    current.done()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("error: ", "red"), visible(error.message)))
    if error.hint:
        console.print(Text.assemble(("hint:  ", "yellow"), visible(error.hint)))
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
