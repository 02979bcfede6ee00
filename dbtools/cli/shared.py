"""What the commands share: options, and how an answer is printed."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Literal, NoReturn, Protocol

import typer
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

from dbtools.cli.progress import current, say
from dbtools.project import URL_VARIABLE, database_url
from dbtools.report import Summary, visible

__all__ = [
    "DbUrl",
    "Form",
    "Format",
    "Json",
    "NotRenamed",
    "Renamed",
    "Report",
    "Reviewed",
    "answer",
    "print_as",
    "print_report",
    "say",
    "target",
]

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
        "--no-rename",
        metavar="OLD",
        help="OLD is gone, whatever is like it; may be given several times.",
        show_default=False,
    ),
]


Form = Literal["text", "markdown", "html", "json", "sarif"]
Format = Annotated[
    Form,
    typer.Option(
        "--format",
        help="For a terminal; a comment on a pull request; one HTML file; scripts (as --json); code scanning.",
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


class Reviewed(Report, Protocol):
    """What a command answers with that is shown where people review."""

    def summary(self) -> Summary:
        """What the other formats are rendered from."""


def target(url: str | None) -> str:
    """The database that a command works on; where it waits for a lock there, that is told.

    Raises:
        ConfigError: none is named.
    """
    current.url = database_url(url)
    return current.url


def answer(report: Report, *, as_json: bool) -> NoReturn:
    """Print a report and exit: with 0 if the answer is yes, 1 if it is no."""
    print_report(report, as_json=as_json)
    sys.exit(0 if report.ok else 1)


def print_report(report: Report, *, as_json: bool) -> None:
    """Print a report to stdout, as a table for people or as JSON."""
    current.done()
    if as_json:
        _print_json(report.as_dict())
    else:
        # A pipe has no width to wrap at, and no use for the spaces that fill a table's last column.
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 1000)
        with console.capture() as captured:
            console.print(_Visible(report))
        # Whether there is colour was decided by NO_COLOR, FORCE_COLOR and the terminal.
        typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()), color=True)


def print_as(report: Reviewed, form: Form, *, as_json: bool = False) -> None:
    """Print a report to stdout in one of the formats; each is rendered from one structure, `Summary`."""
    current.done()
    if form in {"text", "json"} or as_json:
        print_report(report, as_json=as_json or form == "json")
    elif form == "sarif":
        from dbtools.report.sarif import sarif  # noqa: PLC0415  (each format loads only what it needs)

        _print_json(sarif(report.summary()))
    elif form == "html":
        from dbtools.report.html import html  # noqa: PLC0415  (as above)

        typer.echo(html(report.summary()))
    else:
        from dbtools.report.markdown import markdown  # noqa: PLC0415  (as above)

        typer.echo(markdown(report.summary()))


def print_text(text: str) -> None:
    """Print to stdout what a program will read: to the letter, unless it is a terminal that gets it."""
    current.done()
    typer.echo(visible(text) if sys.stdout.isatty() else text)


def _print_json(answer: object) -> None:
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))


class _Visible:
    """A report as a terminal may have it: what a name holds of control characters is written out."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._report, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
