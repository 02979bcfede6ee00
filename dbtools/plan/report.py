"""What a plan says: for people, for machines, for those who review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dbtools.plan.hazards import Finding
from dbtools.report import Entry, Level, Section, Summary

_STYLES = {"error": "red", "warning": "yellow", "note": "dim"}
PAGES = "docs/reference/hazards"


@dataclass(frozen=True)
class Lock:
    """The strongest lock that a revision holds on a table of the target's until its commit."""

    table: str
    mode: str
    size: str


@dataclass(frozen=True)
class Planned:
    """One revision: its title, how many statements it has, the locks it takes, its hazards."""

    revision: str
    title: str
    statements: int
    locks: Sequence[Lock]
    findings: Sequence[Finding]


@dataclass(frozen=True)
class PlanReport:
    """What will happen on the target.

    Attributes:
        at: its revisions now.
        revisions: those that are pending, as far as they could be tried.
        untried: those that could not, because one before them failed.
        unknown: what could not be found out, in words.
        remarks: what is otherwise to be known, in words.
    """

    at: Sequence[str]
    revisions: Sequence[Planned] = ()
    untried: Sequence[str] = ()
    unknown: Sequence[str] = ()
    remarks: Sequence[str] = ()

    @property
    def findings(self) -> list[Finding]:
        """The hazards of all revisions."""
        return [finding for planned in self.revisions for finding in planned.findings]

    @property
    def ok(self) -> bool:
        """Whether nothing hazardous was found, and everything could be looked at."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0: nothing hazardous that is not allowed; 1: something; 2: not all could be said."""
        if any(finding.stops for finding in self.findings):
            return 1
        return 2 if self.unknown or self.untried else 0

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "at": list(self.at),
            "revisions": [
                {
                    "revision": planned.revision,
                    "title": planned.title,
                    "statements": planned.statements,
                    "locks": [asdict(lock) for lock in planned.locks],
                    "hazards": [{"severity": one.severity, **asdict(one)} for one in planned.findings],
                }
                for planned in self.revisions
            ],
            "untried": list(self.untried),
            "unknown": list(self.unknown),
            "remarks": list(self.remarks),
        }

    def __rich__(self) -> RenderableType:
        """For people: a revision after the other."""
        parts: list[RenderableType] = []
        for planned in self.revisions:
            parts.append(Text(f"{planned.revision}  {planned.title}", "bold"))
            table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
            for lock in planned.locks:
                table.add_row(Text("lock", "dim"), lock.mode, Text(f"{lock.table} ({lock.size})"))
            for one in planned.findings:
                style = "dim" if one.allowed else _STYLES[one.severity]
                reason = f"{one.object}: {one.reason}"
                if one.allowed:
                    reason += f"\nallowed: {one.allowed}"
                if one.statement:
                    reason += f"\n{f'{one.where}: ' if one.where else ''}{one.statement}"
                table.add_row(Text("allowed" if one.allowed else one.severity, style), one.code, Text(reason))
            if table.row_count:
                parts.append(table)
        parts += [Text(line, "yellow") for line in self._lines()]
        parts.append(Text(self.verdict, "green" if self.ok else "red"))
        return Group(*parts)

    @property
    def verdict(self) -> str:
        """The answer in a line."""
        if not self.revisions and not self.untried:
            return "nothing is pending" if not self.unknown else "it cannot be said what would happen"
        stops = [finding for finding in self.findings if finding.stops]
        number, tried = len(stops), len(self.revisions)
        if stops:
            return (
                f"{number} hazard{'s' * (number > 1)} in {tried} revision{'s' * (tried > 1)}; "
                f"what each means and the safe way: {PAGES}/CODE.md"
            )
        what = f"{tried} revision{'s' * (tried > 1)}: nothing hazardous"
        return f"{what} was found, but not everything could be looked at" if self.exit_code else what

    def summary(self) -> Summary:
        """For people who review: a section for each revision."""
        return Summary(
            "dbtools plan",
            self.verdict,
            self.exit_code,
            [
                Section(
                    f"{planned.revision} {planned.title}",
                    [_entry(one) for one in planned.findings],
                    [f"{lock.mode} on {lock.table} ({lock.size})" for lock in planned.locks],
                )
                for planned in self.revisions
            ],
            self._lines(),
            PAGES,
        )

    def _lines(self) -> list[str]:
        untried = [f"not tried: {', '.join(self.untried)}"] if self.untried else []
        return [*self.remarks, *untried, *(f"cannot be said: {one}" for one in self.unknown)]


def _entry(one: Finding) -> Entry:
    level: Level = "allowed" if one.allowed else one.severity
    return Entry(level, one.code, one.object, one.reason, one.statement, one.where, one.allowed)
