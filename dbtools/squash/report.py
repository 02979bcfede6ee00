"""What a squash answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from dbtools.catalog.ledger import not_compared
from dbtools.model import render
from dbtools.model.compare import Change
from dbtools.pull.platform_objects import LeftOut
from dbtools.squash.writes import Written


@dataclass(frozen=True)
class SquashReport:
    """What became of the revisions, or why they stay as they are.

    Attributes:
        revisions: the old ones, the newest last.
        written: the files, relative to the project; none if it was refused, or only tried.
        tried: whether it was asked to write nothing.
        data: the statements that write rows.
        rows: how many rows they leave in a new database, by table.
        kept: whether the baseline has these rows.
        refused: what cannot be in the baseline, and why; each of these makes the answer no.
        differences: what the baseline makes (found) otherwise than the old history (expected).
        noted: what is otherwise than it was, and is meant to be.
        major: the version of Postgres that it was proven on; 0 if nothing was.
    """

    revisions: Sequence[str]
    written: Sequence[Path] = ()
    tried: bool = False
    data: Sequence[Written] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    kept: bool = False
    refused: Sequence[LeftOut] = ()
    differences: Sequence[Change] = ()
    noted: Sequence[str] = ()
    major: int = 0

    @property
    def ok(self) -> bool:
        """Whether the baseline makes what the old revisions make."""
        return not self.refused and not self.differences

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "revisions": list(self.revisions),
            "postgres": self.major,
            "written": [path.as_posix() for path in self.written],
            "data": [{"revision": one.revision, "statement": one.statement, "did": one.said} for one in self.data],
            "rows": dict(self.rows),
            "rows_kept": self.kept,
            "refused": [{"object": one.object, "reason": one.reason} for one in self.refused],
            "differences": render.as_dicts(self.differences),
            "noted": list(self.noted),
            "not_compared": list(not_compared()),
        }

    def __rich__(self) -> RenderableType:
        """For people: which statements write rows, what is in the way, and what was written."""
        if len(self.revisions) < 2:
            return Text("nothing to squash: there are not two revisions", "green")
        parts: list[RenderableType] = []
        if self.data:
            parts.append(Text("writes rows:", "bold"))
            parts += [Text(f"  {one.revision}  {one.said}: {one.statement}") for one in self.data]
        if self.rows:
            left = ", ".join(f"{name}: {count}" for name, count in self.rows.items())
            parts.append(Text(f"{'rows in the baseline' if self.kept else 'rows in a new database'}  {left}"))
        parts += [Text(f"noted  {one}", "dim") for one in self.noted]
        if self.refused:
            parts.append(Text("cannot be in the baseline:", "bold red"))
            parts += [Text(f"  {one.object}: {one.reason}") for one in self.refused]
        if self.differences:
            parts.append(Text("the baseline makes something else than the old revisions:", "bold red"))
            parts.append(render.table(self.differences, expected="old", found="baseline"))
        parts += [Text(f"wrote {path}") for path in self.written]
        first, last = self.revisions[0], self.revisions[-1]
        if not self.ok:
            parts.append(Text("nothing was written", "red"))
        else:
            said = "would become one" if self.tried else "are one now, and kept in squashed/, beside versions/"
            parts.append(Text(f"{first} to {last} ({len(self.revisions)} revisions) {said}", "green"))
            parts.append(Text(f"old and new compared on Postgres {self.major}: no difference", "green"))
            parts.append(Text(f"not compared: {'; '.join(not_compared())}", "dim"))
        return Group(*parts)
