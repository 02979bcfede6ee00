"""What a pull says: what was captured, and everything that was not, or could not be proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from dbtools.catalog.ledger import not_compared
from dbtools.model import render
from dbtools.model.compare import Change, is_across
from dbtools.pull.platform_objects import LeftOut, is_acknowledged
from dbtools.pull.secrets import Secret
from dbtools.report import Entry, Level, Section, Summary, counted, filled, of_changes, of_noted


@dataclass(frozen=True)
class PullReport:
    """What was captured: objects, by kind; and in four words what else there is to say.

    `left_out` was seen and not captured, `unproven` captured and not tried, `differences` tried and found different;
    `noted` is known and needs nothing. `secrets` was captured and looks like a key: no answer is yes until that is
    acknowledged too. `acknowledged` are patterns of what may be; `objects` is the number of files laid
    out under `sql/`; `majors` are the versions of Postgres, live's and the replay's, or None if nothing was proven.
    """

    path: Path
    captured: dict[str, int]
    left_out: tuple[LeftOut, ...]
    differences: tuple[Change, ...]
    unproven: tuple[LeftOut, ...] = ()
    noted: tuple[LeftOut, ...] = ()
    secrets: tuple[Secret, ...] = ()
    acknowledged: tuple[str, ...] = ()
    objects: int = 0
    majors: tuple[int, int] | None = None

    @property
    def ok(self) -> bool:
        """Whether the baseline makes the same schema, but for what was acknowledged."""
        said = (*(item.object for item in self._to_answer), *map(_named, self.differences))
        return all(map(self._is_acknowledged, said))

    @property
    def _to_answer(self) -> tuple[LeftOut | Secret, ...]:
        return (*self.left_out, *self.unproven, *self.secrets)

    def _is_acknowledged(self, name: str) -> bool:
        return is_acknowledged(name, self.acknowledged)

    @property
    def stale(self) -> list[str]:
        """The acknowledgements that nothing needs any more."""
        said = [item.object for item in (*self._to_answer, *self.noted)] + list(map(_named, self.differences))
        return [pattern for pattern in self.acknowledged if not any(fnmatchcase(name, pattern) for name in said)]

    def _not_compared(self) -> list[str]:
        """What the proof cannot say; see docs/decisions/0015."""
        if self.majors is None:
            return []
        unseen = []
        if is_across(*self.majors, 17):
            unseen.append(f"the privilege MAINTAIN, which Postgres {min(self.majors)} does not have")
        return [*not_compared()[:1], *unseen, "; ".join(not_compared()[1:])]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "path": str(self.path),
            "proven": self.majors is not None,
            "not_compared": self._not_compared(),
            "captured": self.captured,
            "objects": self.objects,
            "left_out": self._as_dicts(self.left_out),
            "unproven": self._as_dicts(self.unproven),
            "secrets": self._as_dicts(self.secrets),
            "differences": render.as_dicts(self.differences),
            "noted": [{"object": item.object, "reason": item.reason} for item in self.noted],
            "acknowledged_in_vain": self.stale,
        }

    def _as_dicts(self, items: Sequence[LeftOut | Secret]) -> list[dict[str, object]]:
        return [
            {"object": item.object, "reason": item.reason, "acknowledged": self._is_acknowledged(item.object)}
            for item in items
        ]

    def _lines(self, word: str, items: Sequence[LeftOut | Secret]) -> list[RenderableType]:
        lines = [
            Text(f"  {item.object}: {item.reason}", "dim" if self._is_acknowledged(item.object) else "")
            for item in items
        ]
        return [Text(f"{word}:", "bold"), *lines] if lines else []

    @property
    def verdict(self) -> str:
        """The answer in a line."""
        if self.differences:
            return f"the replay differs in {counted(len({_named(one) for one in self.differences}), 'object')}"
        if self.majors is None:
            return "captured, and not replayed: nothing was proven"
        if not self.ok:
            unanswered = [item for item in self._to_answer if not self._is_acknowledged(item.object)]
            return f"the replay is no different, but {counted(len(unanswered), 'thing')} must be acknowledged"
        return f"replayed into an empty shadow (Postgres {self.majors[1]}): no difference"

    def summary(self) -> Summary:
        """For people who review: the loss report."""
        counts = ", ".join(f"{kind}: {count}" for kind, count in self.captured.items())
        different = of_changes(
            self.differences,
            expected="live",
            found="the replay",
            is_allowed=lambda one: self._is_acknowledged(_named(one)),
        )
        sections = filled(
            Section("Different in the replay", different),
            Section("Left out", self._entries("left-out", self.left_out)),
            Section("Unproven", self._entries("unproven", self.unproven)),
            Section("Captured, and perhaps secret", self._entries("secret", self.secrets)),
            of_noted(self.noted),
        )
        lines = [f"captured in {self.path}: {counts}"]
        lines += [f"acknowledged in vain: {pattern}" for pattern in self.stale]
        lines += [f"not compared: {what}" for what in self._not_compared()]
        return Summary("dbtools pull", self.verdict, 0 if self.ok else 1, sections, lines)

    def _entries(self, code: str, items: Sequence[LeftOut | Secret]) -> list[Entry]:
        levels: dict[bool, Level] = {True: "allowed", False: "error"}
        acknowledged = [self._is_acknowledged(item.object) for item in items]
        return [
            Entry(levels[said], code, item.object, item.reason, reason="acknowledged" if said else "")
            for item, said in zip(items, acknowledged, strict=True)
        ]

    def __rich__(self) -> RenderableType:
        """What to print for people."""
        counts = ", ".join(f"{kind}: {count}" for kind, count in self.captured.items())
        parts: list[RenderableType] = [Text(f"wrote {self.path}"), Text(f"captured  {counts}")]
        if self.objects:
            parts.insert(1, Text(f"wrote {self.objects} files of sql/"))
        parts += self._lines("left out", self.left_out)
        parts += self._lines("unproven", self.unproven)
        parts += self._lines("captured, and perhaps secret", self.secrets)
        parts += self._lines("noted", self.noted)
        if self.stale:
            parts += [Text(f"acknowledged in vain: {pattern}", "yellow") for pattern in self.stale]
        if self.differences:
            parts += [Text("replayed into an empty shadow, it differs:", "bold red")]
            parts += [render.table(self.differences, expected="live", found="replay")]
        elif self.majors is None:
            parts.append(Text("not replayed: nothing was proven", "yellow"))
        else:
            parts.append(Text(f"replayed into an empty shadow (Postgres {self.majors[1]}): no difference", "green"))
            parts += [Text(f"not compared: {what}") for what in self._not_compared()]
        return Group(*parts)


def _named(change: Change) -> str:
    return change.object.identity
