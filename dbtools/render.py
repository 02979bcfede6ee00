"""Differences for people and for machines. Pure: it prints nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from dbtools.compare import Change

_STYLES = {"missing": "red", "extra": "yellow", "different": "magenta"}


def table(changes: Iterable[Change], *, expected: str = "expected", found: str = "found") -> Table:
    """A table with one row for each change; `expected` and `found` are what the two sides are called."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "object", "property", f"{expected} → {found}"):
        made.add_column(heading, overflow="fold")
    for change in changes:
        made.add_row(
            Text(change.action, _STYLES[change.action]),
            Text(change.object.identity),
            Text(change.property),
            _difference(change, expected, found),
        )
    return made


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


def _difference(change: Change, expected: str, found: str) -> Text:
    if change.action != "different":
        return Text()
    before, after = change.expected, change.found
    if before is None or after is None or "\n" not in before + after:
        return Text(f"{'(none)' if before is None else before} → {'(none)' if after is None else after}")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), expected, found, n=1, lineterm="")
    return Text("\n").join(Text(line, _line_style(line)) for line in lines)


def _line_style(line: str) -> str:
    return {"-": "red", "+": "green", "@": "dim"}.get(line[:1], "")
