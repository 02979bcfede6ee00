"""What a later pull answers with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from dbtools.model import render
from dbtools.model.compare import Change
from dbtools.model.renames import Rename
from dbtools.platform.ownership import Noted
from dbtools.pull.platform_objects import LeftOut
from dbtools.report import Entry, Section, Summary, counted, filled, of_changes, of_noted

_BY_HAND = """put that into the .up.sql of a revision, and the way back into its .down.sql: alembic revision -m "…"
what no revision can hold stays different: diff goes on saying so"""
_BROKEN = "what it makes is broken in live since the rename"


@dataclass(frozen=True)
class AgainReport:
    """What was written, relative to the project; what live (expected) has otherwise than head (found).

    `left` is what it still has otherwise than head with the new revision; `noted` what live's platform has otherwise
    than the project's platform folder, which needs nothing. `renamed` is what has a new name in live; `changes` are
    those beside it. `broken` are files of `sql/` that cannot be applied since: what they make is broken in live.
    `lines` is SQL to write by hand for what is left; `fills` says in which file rows are to be given values.
    `left_out` is what no revision can hold and nobody has acknowledged.
    """

    written: Sequence[Path]
    changes: Sequence[Change]
    left: Sequence[Change]
    noted: Sequence[Noted] = ()
    renamed: Sequence[Rename] = ()
    broken: Sequence[Path] = ()
    lines: Sequence[str] = ()
    fills: Sequence[str] = ()
    left_out: Sequence[LeftOut] = ()

    @property
    def ok(self) -> bool:
        """Whether head is now what live is, `sql/` holds it, and nothing is to be written by hand."""
        return not (self.left or self.broken or self.fills or self.left_out)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "written": [path.as_posix() for path in self.written],
            "renamed": [one.as_dict() for one in self.renamed],
            "changes": render.as_dicts(self.changes),
            "differences": render.as_dicts(self.left),
            "lines": list(self.lines),
            "fills": list(self.fills),
            "broken": [path.as_posix() for path in self.broken],
            "left_out": [{"object": item.object, "reason": item.reason} for item in self.left_out],
            "noted": [{"object": item.object, "reason": item.reason} for item in self.noted],
        }

    @property
    def verdict(self) -> str:
        """The answer in a line."""
        if not (self.changes or self.renamed):
            return "nothing changed: live is what head says"
        if self.left:
            return f"{counted(len(self.left), 'difference')} not captured; write a revision for that by hand"
        if self.broken:
            return f"{counted(len(self.broken), 'file')} of sql/ cannot be applied since a rename"
        if self.fills:
            return f"{counted(len(self.fills), 'column')} to be filled by hand before rows get it"
        if self.left_out:
            return f"with this revision, head is what live is, but for {counted(len(self.left_out), 'thing')} left out"
        return "with this revision, head is what live is"

    def summary(self) -> Summary:
        """For people who review: what is not captured, what is, and what was written."""
        gone = {(one.object.identity, one.property) for one in self.left}
        captured = [one for one in self.changes if (one.object.identity, one.property) not in gone]
        renamed = [Entry("note", "renamed", one.old.identity, f"is {one.new.identity} now") for one in self.renamed]
        broken = [Entry("error", "broken", path.as_posix(), _BROKEN, source=path.as_posix()) for path in self.broken]
        left_out = [Entry("error", "left out", one.object, one.reason) for one in self.left_out]
        sections = filled(
            Section("Left out", left_out),
            Section("Cannot be applied", broken),
            Section("Not captured", of_changes(self.left, expected="live", found="head")),
            Section("Renamed", renamed),
            Section("Captured", of_changes(captured, expected="live", found="head", level="note")),
            of_noted(self.noted),
        )
        written = [*(f"wrote {path.as_posix()}" for path in self.written), *self.fills]
        return Summary("dbtools pull", self.verdict, 0 if self.ok else 1, sections, written)

    def __rich__(self) -> RenderableType:
        """What to print for people."""
        parts: list[RenderableType] = []
        noted = [Text(f"noted  {item.object}: {item.reason}", "dim") for item in self.noted]
        if not (self.changes or self.renamed):
            parts = [*noted, *(Text(f"wrote {path}") for path in self.written)]
            return Group(*parts, Text("nothing changed: live is what head says", "green"))
        parts = [*noted, *(Text(f"renamed  {one.old.identity} → {one.new.identity}") for one in self.renamed)]
        parts += [render.blocks(self.changes, expected="live", found="head")] if self.changes else []
        parts += [Text(f"wrote {path}") for path in self.written]
        parts += [Text(f"{path} cannot be applied: {_BROKEN}", "bold red") for path in self.broken]
        if self.left:
            parts += [Text("not captured; write a revision for this by hand:", "bold red")]
            parts += [render.table(self.left, expected="live", found="head")]
            if self.lines:
                parts += [Text("".join(["in the words of SQL:\n", *self.lines]).rstrip())]
            parts += [Text(_BY_HAND)]
        else:
            parts += [Text("with this revision, head is what live is", "green")]
        parts += [Text(line, "bold red") for line in self.fills]
        parts += [Text(f"left out  {item.object}: {item.reason}", "bold red") for item in self.left_out]
        parts += [Text("live has it already, so there: alembic stamp head")]
        return Group(*parts)
