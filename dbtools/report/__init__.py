"""What a command found, in one structure that every format is rendered from: Markdown, HTML, SARIF.

`diff`, `plan`, `verify` and `pull` each make a `Summary` of their report; this room knows none of them. Text for a
terminal and JSON come from the reports themselves, because those say what only one command has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from dbtools.model.compare import Change

Level = Literal["error", "warning", "note", "allowed"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note", "allowed")

# What moves a terminal's cursor, or turns the order of what stands beside it: a name may hold either.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Entry:
    """One thing that a report says of one object.

    Attributes:
        level: an error or a warning needs somebody; a note does not; `allowed` is an error that somebody means.
        code: which kind of thing, stable: `missing`, `table-rewrite`.
        object: what it is about, as Postgres names it.
        text: what was seen, in a line or a few.
        detail: code that shows it: a difference, a statement.
        source: the file in the repository, and behind a colon the line; empty where there is none.
        reason: why it is allowed.
    """

    level: Level
    code: str
    object: str
    text: str = ""
    detail: str = ""
    source: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Section:
    """Entries under a title, and lines that belong to all of them."""

    title: str
    entries: Sequence[Entry] = ()
    lines: Sequence[str] = ()


class Said(Protocol):
    """What is said of an object, and why."""

    @property
    def object(self) -> str:
        """What it is about, as Postgres names it."""

    @property
    def reason(self) -> str:
        """Why it is as it is."""


@dataclass(frozen=True)
class Summary:
    """A report as it is shown to people who review.

    Attributes:
        command: the command that made it, `dbtools diff`.
        verdict: the answer in a line.
        exit_code: 0 yes, 1 no, 2 not everything could be said.
        sections: what was found.
        lines: what else is to be known, what was not compared among it.
        pages: where each code has a page, `docs/reference/hazards`; empty if codes have none.
    """

    command: str
    verdict: str
    exit_code: int
    sections: Sequence[Section] = ()
    lines: Sequence[str] = ()
    pages: str = ""

    @property
    def entries(self) -> list[Entry]:
        """All entries, what needs somebody first."""
        return sorted(
            (entry for section in self.sections for entry in section.entries), key=lambda one: LEVELS.index(one.level)
        )


def of_changes(
    changes: Iterable[Change],
    *,
    expected: str,
    found: str,
    level: Level = "error",
    is_allowed: Callable[[Change], bool] = lambda _: False,
) -> list[Entry]:
    """An entry for each change; `expected` and `found` are what the two sides are called."""
    from dbtools.model import render  # noqa: PLC0415  (every command loads this room, few show changes)

    return [
        Entry(
            "allowed" if is_allowed(change) else level,
            change.action,
            change.object.identity,
            text=_said(change, expected, found),
            detail=render.difference(change, expected, found).plain,
            reason="acknowledged" if is_allowed(change) else "",
        )
        for change in changes
    ]


def of_noted(items: Iterable[Said]) -> Section:
    """What a command noted of the platform."""
    return Section("Noted, and needing nothing", [Entry("note", "noted", one.object, one.reason) for one in items])


def filled(*sections: Section) -> list[Section]:
    """Those of the sections that have entries."""
    return [section for section in sections if section.entries]


def _said(change: Change, expected: str, found: str) -> str:
    if change.action == "different":
        return f"{change.property} differs"
    return f"{expected} has it, {found} does not" if change.action == "missing" else f"only {found} has it"


def counted(number: int, one: str, more: str = "") -> str:
    """`1 object`, `2 objects`."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def visible(text: str) -> str:
    """The text with control characters, and those that turn its direction, written out: `\\x1b`, `\\u202e`."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
