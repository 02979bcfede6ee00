"""Differences for people and for machines. Pure: it prints nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import groupby

from rich.table import Table
from rich.text import Text

from dbtools.model.compare import Change

# Of one difference; --json has all.
_MOST_LINES = 20
_STYLES = {"missing": "red", "extra": "yellow", "different": "magenta"}


def table(changes: Iterable[Change], *, expected: str = "expected", found: str = "found", header: bool = True) -> Table:
    """A table with one row for each change; `expected` and `found` are what the two sides are called."""
    made = Table(box=None, pad_edge=False, header_style="bold", show_header=header)
    for heading in ("", "object", "property", f"{expected} → {found}"):
        made.add_column(heading, overflow="fold")
    for change in changes:
        made.add_row(
            Text(change.action, _STYLES[change.action]),
            Text(change.object.identity),
            Text(change.property),
            difference(change, expected, found),
        )
    return made


def blocks(changes: Iterable[Change], *, expected: str, found: str) -> Text:
    """One block for each object: what is wrong with it, and under it each property with both of its values."""
    text = Text()
    for (action, identity), group in groupby(changes, lambda change: (change.action, change.object.identity)):
        text.append(f"{action:9} ", _STYLES[action]).append(identity + "\n", "bold")
        for change in group:
            if change.action == "different":
                what = difference(change, expected, found)
                between = "\n" if "\n" in what.plain else " "
                text.append(f"{'':10}{change.property}:").append(between).append_text(_indented(what, between))
                text.append("\n")
    return text


def _indented(text: Text, between: str) -> Text:
    indent = " " * 12 if between == "\n" else ""
    return Text("\n").join(Text(indent).append_text(line) for line in text.split("\n"))


def lines(changes: Iterable[Change]) -> list[str]:
    """One plain line for each change, for where there is no table: what is otherwise, not how."""
    return [" ".join(filter(None, (change.action, change.object.identity, change.property))) for change in changes]


def as_dicts(changes: Iterable[Change]) -> list[dict[str, str | None]]:
    """The changes as plain values for JSON: `action`, `kind`, `object`; if different, `property, expected, found`."""
    dicts: list[dict[str, str | None]] = []
    for change in changes:
        made: dict[str, str | None] = {
            "action": change.action,
            "kind": change.object.kind,
            "object": change.object.identity,
        }
        if change.action == "different":
            made |= {"property": change.property, "expected": change.expected, "found": change.found}
        dicts.append(made)
    return dicts


def difference(change: Change, expected: str, found: str) -> Text:
    """How a property differs: `before → after`, or a diff of the first lines; empty for a whole object."""
    if change.action != "different":
        return Text()
    before, after = change.expected, change.found
    if before is None or after is None or "\n" not in before + after:
        return Text(f"{'(none)' if before is None else before} → {'(none)' if after is None else after}")
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), expected, found, n=1, lineterm=""))
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"… {len(lines) - _MOST_LINES} more lines"]
    return Text("\n").join(Text(line, _line_style(line)) for line in lines)


def _line_style(line: str) -> str:
    return {"-": "red", "+": "green", "@": "dim"}.get(line[:1], "")
