"""`dbtools diff`: a live database compared with head, in everything that the project put into either.

Head is built in a shadow; live is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from rich.console import Group, RenderableType
from rich.text import Text

from dbtools import catalog
from dbtools.catalog.ledger import not_compared
from dbtools.catalog.normalise import differences, may_mean_the_same
from dbtools.catalog.rows import Rows
from dbtools.diff import platform_tables
from dbtools.diff.head import Head
from dbtools.errors import DiffError, MigrationError
from dbtools.model import render
from dbtools.model.compare import Change, comparable, compare
from dbtools.model.snapshot import Snapshot
from dbtools.model.stays import STAYS
from dbtools.platform.facts import Facts
from dbtools.platform.ground import of_project, read_ground, reviewed
from dbtools.platform.ownership import Noted
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project, revisions
from dbtools.report import Entry, Section, Summary, counted, filled, of_changes, of_noted


@dataclass(frozen=True)
class DiffReport:
    """How live (found) differs from head (expected), and the SQL that would end it if that was asked for.

    `noted` needs nothing: what live's platform has otherwise than the project's platform folder, and what no revision
    brings or ends. `next` is what to do about the changes, in a line.
    """

    changes: Sequence[Change]
    sql: str | None = None
    noted: Sequence[Noted] = ()
    next: str = ""

    @property
    def ok(self) -> bool:
        """Whether live is what head says."""
        return not self.changes

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        answer: dict[str, object] = {
            "ok": self.ok,
            "differences": render.as_dicts(self.changes),
            "noted": [{"object": item.object, "reason": item.reason} for item in self.noted],
            "not_compared": list(not_compared()),
            "next": self.next,
        }
        return answer if self.sql is None else {**answer, "sql": self.sql}

    def __rich__(self) -> RenderableType:
        """For people: an object after the other; or the SQL alone, so that it can be sent to a file."""
        if self.sql is not None:
            return Text(self.sql.rstrip())
        said = [Text(f"noted  {item.object}: {item.reason}", "dim") for item in self.noted]
        said.append(Text(f"not compared: {'; '.join(not_compared())}", "dim"))
        if self.ok:
            return Group(Text(self.verdict, "green"), *said)
        blocks = render.blocks(self.changes, expected="head", found="live")
        then = [Text(self.next)] if self.next else []
        return Group(blocks, Text(self.verdict, "red"), *then, *said)

    @property
    def verdict(self) -> str:
        """The answer in a line."""
        if self.ok:
            return "live is what head says"
        number = len({change.object.identity for change in self.changes})
        return f"{counted(number, 'object')} missing, extra or different"

    def summary(self) -> Summary:
        """For people who review."""
        found = of_changes(self.changes, expected="head", found="live")
        sections = filled(Section("What live has otherwise than head", found), of_noted(self.noted))
        if self.sql:
            way = Entry("note", "sql", "the database", "the SQL that would bring it to head", self.sql)
            sections.append(Section("The way to head", [way]))
        return Summary(
            "dbtools diff",
            self.verdict,
            0 if self.ok else 1,
            sections,
            [*filter(None, [self.next]), f"not compared: {'; '.join(not_compared())}"],
        )


def diff(
    url: str,
    project: Project,
    *,
    with_sql: bool = False,
    shadow: Shadow | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> DiffReport:
    """Hold a live database against head.

    Args:
        url: the live database; only read.
        project: whose head.
        with_sql: work out the SQL that would bring live to head, too.
        shadow: a running shadow to build head in; by default one is started for the purpose.
        say: told what is being done, line by line.

    Raises:
        ConnectError: the live database cannot be reached.
        DiffError: its catalog cannot be read.
        MigrationError: head cannot be built.
    """
    say("reading the live database")
    try:
        with connect(url) as connection:
            at = _revision(connection, project)
            connection.rollback()
            with catalog.reading_one_state(connection):
                ground = read_ground(connection, reviewed(project.migrations))
                with catalog.owned_by(ground.ownership):
                    live = catalog.read_with_platform(connection)
    except psycopg.Error as error:
        raise DiffError(f"the catalog cannot be read: {str(error).strip()}", hint="read it as its owner") from error
    with catalog.owned_by(ground.ownership), Head(project, ground.ownership, shadow, say) as head:
        # Row by row the same is the same, whatever is made of the rows.
        found = [] if head.read == live else _differences(head, live, of_project(project.migrations), ground.platform)
        changes = [change for change in found if _is_drift(change)]
        noted = (_noted(change) for change in found if not _is_drift(change))
        sql = _to_head(head, project, live.snapshot, changes) if with_sql else None
        return DiffReport(changes, sql, (*ground.noted, *noted), _next(at, project) if changes else "")


def _differences(head: Head, live: Rows, before: Facts, now: Facts) -> list[Change]:
    """What differs in meaning; a database at head is asked only where the texts alone do not say."""
    changes = compare(*comparable(head.read.snapshot, live.snapshot))
    if any(map(may_mean_the_same, changes)):
        changes = differences(head.connection, head.read.snapshot, live.snapshot)
    return changes + compare(*platform_tables.otherwise(head.read.on_platform, live.on_platform, before, now))


def _to_head(head: Head, project: Project, live: Snapshot, changes: Sequence[Change]) -> str:
    from dbtools.diff.way import to_head  # noqa: PLC0415  (it loads all that writes revisions)

    return to_head(head.connection, project, live, changes)


def _revision(connection: psycopg.Connection, project: Project) -> list[str] | str:
    """Where live is by its own account; or, in words, why that is not known."""
    try:
        return sorted(revisions.recorded(connection, project))
    except psycopg.Error:
        return ""
    except MigrationError as error:
        return f"{error.message}; {error.hint}"


def _next(at: list[str] | str, project: Project) -> str:
    """What to do about a database that is not what head says: that depends on where it is."""
    if isinstance(at, str):
        return at
    heads = sorted(revisions.heads(project))
    if at != heads:
        where = f"live is at {', '.join(at) or 'no revision'}, head is {', '.join(heads) or 'no revision'}"
        return f"{where}: alembic upgrade head; or, where live has all of that already: alembic stamp head"
    return 'to keep what was changed by hand: dbtools pull -m "…"; to take it back: dbtools diff --sql'


def _noted(change: Change) -> Noted:
    what = f"another {change.property}" if change.property else change.action
    return Noted(change.object.identity, f"{what}; no revision brings or ends that")


def drift(connection: psycopg.Connection, expected: Snapshot, found: Snapshot) -> list[Change]:
    """What differs in meaning; but what is no part of a schema, no revision brings."""
    return [change for change in differences(connection, expected, found) if _is_drift(change)]


def _is_drift(change: Change) -> bool:
    return change.object.kind not in STAYS and change.object.parent != "database"
