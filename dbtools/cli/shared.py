"""What the commands share: options, and how an answer is printed."""

from __future__ import annotations

import json
import sys
from typing import Annotated, NoReturn, Protocol

import typer
from rich.console import Console, RenderableType

from dbtools.project import URL_VARIABLE

DbUrl = Annotated[
    str | None,
    typer.Option("--db-url", metavar="URL", help=f"The database; default: ${URL_VARIABLE}.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
Renamed = Annotated[
    list[str],
    typer.Option(
        "--rename", metavar="OLD=NEW", help="OLD is now called NEW; may be given several times.", show_default=False
    ),
]
NotRenamed = Annotated[
    list[str],
    typer.Option(
        "--no-rename", metavar="OLD", help="OLD is gone, whatever is like it; may be given.", show_default=False
    ),
]


class Report(Protocol):
    """What a command answers with."""

    @property
    def ok(self) -> bool:
        """Whether the answer is yes."""

    def as_dict(self) -> dict[str, object]:
        """The answer for machines."""

    def __rich__(self) -> RenderableType:
        """The answer for people."""


def say(text: str) -> None:
    """Print progress to stderr, and only for people: a pipe gets the result alone."""
    if sys.stderr.isatty():
        Console(stderr=True, highlight=False).print(text, style="dim", markup=False)


def answer(report: Report, *, as_json: bool) -> NoReturn:
    """Print a report and exit: with 0 if the answer is yes, 1 if it is no."""
    print_report(report, as_json=as_json)
    sys.exit(0 if report.ok else 1)


def print_report(report: Report, *, as_json: bool) -> None:
    """Print a report to stdout, as a table for people or as JSON."""
    if as_json:
        typer.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        # A pipe has no width to wrap at, and no use for the spaces that fill a table's last column.
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 1000)
        with console.capture() as captured:
            console.print(report)
        typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))
