"""`dbtools export`: every revision as a file of the Supabase CLI's, with both tools' histories kept true.

An exported file notes its revision in `alembic_version`; the other way round, Alembic's runner notes a file's version
where the CLI looks for it (`history`). So what either has applied, the other knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from dbtools.export import folder, history
from dbtools.project import Project
from dbtools.report import counted


@dataclass(frozen=True)
class ExportReport:
    """What there was to do in the folder, and how a database's two histories differ.

    `files` are names with what was (or, if only `checked`, would be) done: `new`, `changed`, `removed`, or `foreign`
    for one that is not ours and stays. `versions` are those that a database's histories differ in, with how
    (see `history.differences`). `mend` is what to do about it all.
    """

    revisions: int
    files: Mapping[str, str]
    versions: Mapping[str, str]
    mend: tuple[str, ...]
    checked: bool

    @property
    def ok(self) -> bool:
        """Whether the folder holds the revisions and nothing else, and the histories agree."""
        return not self.versions and not (self.files if self.checked else "foreign" in self.files.values())

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "folder": str(folder.PATH),
            "revisions": self.revisions,
            "files": dict(self.files),
            "versions": dict(self.versions),
            "mend": list(self.mend),
        }

    def __rich__(self) -> RenderableType:
        """For people: each file that is not as it should be, each version, how to mend it, and a line that sums up."""
        parts = [Text.assemble((f"{state:9}", "yellow"), str(folder.PATH / name)) for name, state in self.files.items()]
        parts += [Text.assemble((f"{version}  ", "yellow"), wrong) for version, wrong in self.versions.items()]
        parts += [Text(f"to mend: {what}", "dim") for what in self.mend]
        verdict = Text("all exported", "green") if self.ok else Text("not as exported", "red")
        return Group(*parts, Text.assemble(f"{counted(self.revisions, 'revision')} in {folder.PATH}: ", verdict))


def export(project: Project, *, check: bool = False, url: str | None = None) -> ExportReport:
    """Bring `supabase/migrations/` in line with the revisions; only look, if `check`.

    Args:
        project: whose revisions.
        check: write nothing.
        url: a database whose two histories are compared; only read.

    Raises:
        ConfigError: a file in the folder has a version that is no time stamp.
        MigrationError: a revision cannot be written as SQL, or the folder's order contradicts the revisions'.
        ConnectError: the database cannot be reached.
    """
    exported = folder.wanted(project)
    states = folder.states(project, exported)
    if not check:
        folder.write(project, exported, states)
    versions, mend = history.differences(project, url, exported) if url else ({}, [])
    if check and set(states.values()) - {"foreign"}:
        mend.insert(0, "dbtools export")
    if "foreign" in states.values():
        mend.append(
            "what a foreign file does belongs into a revision, or it is in the baseline already: remove the file"
        )
    return ExportReport(len(exported), states, versions, tuple(mend), check)
