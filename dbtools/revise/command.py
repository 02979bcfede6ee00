"""What `dbtools revise` runs: `alembic revision --autogenerate` in a shadow, and a report of it."""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.script import Script
from alembic.util import CommandError
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dbtools import alembic_env
from dbtools.errors import RenamesError, ReviseError
from dbtools.model import render
from dbtools.model.compare import Change
from dbtools.model.renames import Rename
from dbtools.project import Project, revisions
from dbtools.revise import Revision
from dbtools.revise.answers import Answers
from dbtools.runner.head import at_head

# The changes hold head against what sql/ holds.
_WORDS = {"missing": "new", "extra": "dropped", "different": "changed"}


@dataclass(frozen=True)
class ReviseReport:
    """The files that were written, relative to the project, and what the revision changes; both may be none."""

    written: Sequence[Path]
    changes: Sequence[Change]
    renamed: Sequence[Rename] = ()
    ok: bool = True

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "written": [path.as_posix() for path in self.written],
            "renamed": [one.as_dict() for one in self.renamed],
            "changes": render.as_dicts(self.changes),
        }

    def __rich__(self) -> RenderableType:
        """For people: what becomes of each object, and where to read it."""
        if not self.written:
            return Text("nothing to revise: head is what sql/ holds", "green")
        objects: dict[tuple[str, str], list[str]] = {}
        for change in self.changes:
            objects.setdefault((_WORDS[change.action], change.object.identity), []).append(change.property)
        table = Table(box=None, pad_edge=False, show_header=False)
        for one in self.renamed:
            table.add_row(Text("renamed", "bold"), one.old.identity, Text(f"to {one.new.identity}", "dim"))
        for (word, identity), properties in objects.items():
            table.add_row(Text(word, "bold"), identity, Text(", ".join(filter(None, properties)), "dim"))
        return Group(table, *(Text(f"wrote {path}") for path in self.written))


def revise(
    project: Project,
    message: str,
    *,
    head: str | None = None,
    answers: Answers | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> ReviseReport:
    """Write the revision that brings head to what `sql/` holds; no file if there is nothing to do.

    Args:
        project: where `sql/` and the revisions are.
        message: the revision's title.
        head: the URL of a database at head to work in, which is left as it is; by default one is made in a shadow.
        answers: what was renamed, and whom to ask; by default nothing was.
        say: told what is being done, line by line.

    Raises:
        RenamesError: something looks renamed, and nobody says whether it was; nothing was written.
        ReviseError: there is no such revision; nothing was written.
        MigrationError: head cannot be built.
    """
    say("building a shadow at head")
    with nullcontext(head) if head else at_head(project) as url:
        configuration = revisions.configuration(project)
        configuration.stdout, configuration.cmd_opts = io.StringIO(), Namespace(quiet=True, x=None)
        configuration.attributes |= {"head": url, "url": url, "answers": answers}
        say("comparing it with sql/, and trying the way there and back")
        try:
            with alembic_env.own_environment():
                made = command.revision(configuration, message, autogenerate=True)
        except CommandError as error:
            if isinstance(error.__cause__, RenamesError):
                raise error.__cause__ from None
            # Alembic's command line has one text for a message and its hint.
            text, _, hint = str(error).partition("\n  hint: ")
            raise ReviseError(text, hint=hint) from error
    if not isinstance(made, Script):
        return ReviseReport((), ())
    path = Path(made.path).relative_to(project.root)
    written = [path, path.with_suffix(".up.sql"), path.with_suffix(".down.sql")]
    revision = configuration.attributes["found"]
    assert isinstance(revision, Revision)  # noqa: S101  (or nothing had been written)
    return ReviseReport(written, revision.changes, revision.renamed)
