"""What the doctor says: each thing that was looked at, and for each command whether it could work here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dbtools.report import counted

State = Literal["ok", "note", "missing"]
Need = Literal[
    "", "catalog", "database", "pg_dump", "platform", "project", "reads", "revisions", "server", "sql", "writes"
]

# What each command cannot do without.
NEEDS: dict[str, tuple[Need, ...]] = {
    "dbtools init": (),
    "dbtools pull": ("database", "catalog", "platform", "reads", "pg_dump", "server"),
    "dbtools revise": ("project", "revisions", "server", "sql"),
    "dbtools plan": ("project", "revisions", "database", "catalog", "reads", "server"),
    "alembic upgrade": ("project", "revisions", "database", "writes"),
    "dbtools verify": ("project", "revisions", "database", "catalog", "server", "sql"),
    "dbtools diff": ("project", "revisions", "database", "catalog", "platform", "server"),
    "dbtools export": ("project", "revisions"),
    "dbtools docs": ("database", "catalog"),
    "dbtools audit": ("database", "catalog"),
    "dbtools shadow": ("server",),
}
_STYLES = {"ok": "green", "note": "yellow", "missing": "red"}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        about: `here`, `project` or `database`.
        name: what it is.
        state: `missing` keeps the commands that need it from working; a `note` is good to know.
        found: what it is like, in words.
        hint: what to do about it.
        need: under which name commands need it; empty if none does.
    """

    about: str
    name: str
    state: State
    found: str
    hint: str = ""
    need: Need = ""


@dataclass(frozen=True)
class DoctorReport:
    """All that was looked at."""

    checks: Sequence[Check]

    @property
    def ok(self) -> bool:
        """Whether every command could work here."""
        return not any(self.commands.values())

    @property
    def commands(self) -> dict[str, list[str]]:
        """For each command what it lacks; nothing if it could work."""
        missing = [check for check in self.checks if check.state == "missing"]
        return {
            command: [f"{check.name}: {check.found}" for check in missing if check.need in needs]
            for command, needs in NEEDS.items()
        }

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "checks": [
                {name: value for name, value in asdict(check).items() if name != "need"} for check in self.checks
            ],
            "commands": [
                {"command": command, "ok": not lacks, "missing": lacks} for command, lacks in self.commands.items()
            ],
        }

    def __rich__(self) -> RenderableType:
        """For people: what there is, what each command lacks, and a line that sums up."""
        checks = Table(box=None, pad_edge=False, show_header=False)
        before = ""
        for check in self.checks:
            about = check.about if check.about != before else ""
            found = Text(check.found)
            if check.hint:
                found.append(f"\n{check.hint}", "dim")
            checks.add_row(Text(about, "bold"), Text(check.state, _STYLES[check.state]), check.name, found)
            before = check.about
        commands = Table(box=None, pad_edge=False, show_header=False)
        for command, lacks in self.commands.items():
            able = Text("cannot work", "red") if lacks else Text("could work", "green")
            # What each is like stands above.
            names = ", ".join(lack.partition(":")[0] for lack in lacks)
            commands.add_row(command, able, Text(f"without: {names}" if names else ""))
        unable = sum(map(bool, self.commands.values()))
        verdict = (
            Text(f"{counted(unable, 'command')} could not work here", "red")
            if unable
            else Text("every command could work here", "green")
        )
        return Group(checks, Text(), commands, Text(), verdict)
