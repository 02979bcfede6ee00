"""`dbtools diff`: a live database compared with head, in everything that the project put into either.

Head is built in a shadow; live is only read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import psycopg
from rich.console import Group, RenderableType
from rich.text import Text

from dbtools import catalog
from dbtools.catalog.ledger import not_compared
from dbtools.diff import platform_tables
from dbtools.errors import DiffError, MigrationError, ReviseError
from dbtools.model import render
from dbtools.model.compare import Change, compare
from dbtools.model.declared import RELATIONS, Declared, declared_part, in_order
from dbtools.model.definition import definition
from dbtools.model.snapshot import Snapshot
from dbtools.platform.ground import of_project, read_ground, reviewed
from dbtools.platform.ownership import Noted
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project, revisions, sql_folder
from dbtools.pull.baseline import STAYS
from dbtools.report import Entry, Section, Summary, counted, filled, of_changes, of_noted
from dbtools.revise import becomes, both_ways, provenance
from dbtools.revise.plan import differences, read
from dbtools.revise.provenance import History
from dbtools.runner.head import at_head


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
                    live = catalog.read(connection)
                    on_platform = catalog.read(connection, catalog.PLATFORM_READERS)
    except psycopg.Error as error:
        raise DiffError(f"the catalog cannot be read: {str(error).strip()}", hint="read it as its owner") from error
    say("building head in a shadow")
    with (
        catalog.owned_by(ground.ownership),
        at_head(project, shadow) as head_url,
        connect(head_url) as connection,
    ):
        ours, theirs = platform_tables.otherwise(
            catalog.read(connection, catalog.PLATFORM_READERS),
            on_platform,
            of_project(project.migrations),
            ground.platform,
        )
        found = [*differences(connection, catalog.read(connection), live), *compare(ours, theirs)]
        changes = [change for change in found if _is_drift(change)]
        noted = (_noted(change) for change in found if not _is_drift(change))
        sql = _sql(connection, project, live, changes) if with_sql else None
        return DiffReport(changes, sql, (*ground.noted, *noted), _next(at, project) if changes else "")


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


def _sql(connection: psycopg.Connection, project: Project, live: Snapshot, changes: Sequence[Change]) -> str:
    """The way from live to head: in the shadow, head is brought to where live is, and the way back is the answer."""
    head = read(connection)
    live = in_the_words_of(head, live, changes)
    items = in_order(sql_folder.among(head, project) | sql_folder.among(live, project))
    past = History(tuple(items), provenance.read(project).texts)
    whole = {item: about(item, head, live, changes) for item in items}
    wrong = [item for item, some in whole.items() if some]
    recreated = [change for some in whole.values() for change in some]
    by_hand = [f"-- To be changed by hand: {line}" for line in render.lines(c for c in changes if c not in recreated)]
    try:
        ways = [both_ways_to(connection, head, live, wrong, past)[1]] if wrong else []
    except ReviseError:
        ways = [_back_or_why(connection, head, live, item, past) for item in wrong]
    return "\n".join(["\n".join(by_hand) + "\n", *ways]) if by_hand else "\n".join(ways)


def in_the_words_of(head: Snapshot, live: Snapshot, changes: Sequence[Change]) -> Snapshot:
    """Live as a server of head's version would print it: what differs in nothing but words is as head has it."""
    keys = {(change.object.identity, change.property) for change in changes}
    said = {}
    for identity, one in live.objects.items():
        there = head.objects[identity].properties if identity in head.objects else {}
        same = {name: text for name, text in there.items() if (identity, name) not in keys}
        said[identity] = replace(one, properties={**one.properties, **same})
    return replace(live, objects=said)


def about(item: Declared, head: Snapshot, live: Snapshot, changes: Sequence[Change]) -> list[Change]:
    """Which of the changes are in what an item's file would be responsible for, as long as there is a table for it."""
    ours, theirs = declared_part(head, item), declared_part(live, item)
    if item.kind == "policies" and len(ours.of(*RELATIONS)) != len(theirs.of(*RELATIONS)):
        return []
    keys = {(change.object.identity, change.property) for change in compare(ours, theirs)}
    return [change for change in changes if (change.object.identity, change.property) in keys]


def both_ways_to(
    connection: psycopg.Connection, start: Snapshot, live: Snapshot, items: Collection[Declared], past: History
) -> tuple[str, str]:
    """The SQL that brings the objects of some items to where live is, and the SQL back, both proven.

    Args:
        connection: to a database at `start`, in a transaction; left as it is.
        start: what its catalog says.
        live: what is wanted of the items.
        items: which ones.
        past: as for `both_ways`.

    Raises:
        ReviseError: there is no such way.
    """
    parts = {item: declared_part(live, item) for item in items}
    texts = {item: definition(live, item) for item, part in parts.items() if part.objects}
    return both_ways(connection, start, becomes(start, parts), texts, past)


def _back_or_why(connection: psycopg.Connection, head: Snapshot, live: Snapshot, item: Declared, past: History) -> str:
    try:
        return both_ways_to(connection, head, live, [item], past)[1]
    except ReviseError as error:
        why = error.message.replace("\n", "\n-- ")
        return f"-- To be changed by hand: {item.kind} {item.schema}.{item.name}, because\n-- {why}\n"
