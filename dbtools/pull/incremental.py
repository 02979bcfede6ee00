"""`dbtools pull` where there are revisions already: what was changed by hand in production, as one more revision.

Head is brought to where live is, in a shadow, and back; what that takes is the revision. What live has and the shadow
then has not is reported, and the answer is no.
"""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.script import Script
from alembic.util import CommandError

from dbtools import alembic_env, catalog
from dbtools.diff import drift
from dbtools.diff.way import in_the_words_of
from dbtools.errors import PullError
from dbtools.model import renames, render
from dbtools.model.compare import Change, compare
from dbtools.model.declared import Declared, in_order
from dbtools.model.definition import BY_HAND
from dbtools.model.snapshot import Object, Snapshot
from dbtools.platform.facts import FILE
from dbtools.platform.ground import folder, of_project, read_ground_with_stand_ins, reviewed
from dbtools.platform.split import Ground
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project, revisions
from dbtools.pull import cron_jobs, fills, labels, moved_files, roles
from dbtools.pull.by_dump import Dumps, first_detached
from dbtools.pull.files import Files
from dbtools.pull.incremental_report import AgainReport
from dbtools.pull.on_platform import PlatformTables
from dbtools.pull.platform_objects import is_acknowledged
from dbtools.pull.table_changes import by_alembic
from dbtools.pull.way import Way
from dbtools.revise import Revision, pending, removals
from dbtools.revise.answers import Answers, settle
from dbtools.revise.plan import run
from dbtools.runner.head import at_head

# A revision's title, the revision, and the files of `sql/` that go with it.
_Step = tuple[str, Revision, Mapping[Declared, str]]


def pull_again(  # noqa: PLR0913  (what it works on, and what it is told)
    url: str,
    project: Project,
    message: str,
    *,
    answers: Answers | None = None,
    shadow: Shadow | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> AgainReport:
    """Write the revision that brings head to what live is, and the files of `sql/` with it.

    Args:
        url: the live database, at head by its own account; only read.
        project: whose head.
        message: the revision's title.
        answers: what was renamed, and whom to ask.
        shadow: a running shadow to work in; by default one is started for the purpose.
        progress: called with one line for each step.

    Raises:
        ConnectError: live cannot be reached.
        PullError: live is not at head, or `sql/` is not; or there is no way back. Nothing was written.
        RenamesError: something looks renamed, and nobody says whether it was. Nothing was written.
        MigrationError: head cannot be built.
    """
    progress("reading the live schema")
    live, tables, ground = _read(url, project)
    progress("building head in a shadow")
    with catalog.owned_by(ground.ownership), at_head(project, shadow) as head_url:
        with connect(head_url) as connection:
            head = catalog.read(connection)
            changes = drift(connection, live, head)
            on_platform = tables.drift(connection)
        if not (changes or on_platform):
            return AgainReport(_keep(project, ground), (), (), ground.noted)
        if pending(head_url, project):
            raise PullError("sql/ holds what no revision has", hint="first: dbtools revise -m MESSAGE")
        live = in_the_words_of(head, live, changes)
        born = head
        with connect(head_url) as connection:
            # What a rename takes with it, it takes in the shadow too; the rest is compared after it.
            if renamed := settle(connection, live, answers or Answers()):
                head = catalog.read(connection)
                changes = drift(connection, live, head)
                live = in_the_words_of(head, live, changes)
        more = labels.new(changes, renamed)
        first, head = _labelled(head_url, more, head)
        progress("finding the way there and back")
        there, back, dumps = _known_steps(url, head_url, live, head, changes)
        with connect(head_url) as connection, connection.transaction(force_rollback=True):
            there, back = (one + more for one, more in zip((there, back), tables.ways(connection), strict=True))
            bodies = (renames.UNCHECKED, renames.CHECKED) if renamed else ("", "")
            run(connection, bodies[0])
            up = Way(connection, project, cron_jobs.possible(live, ground.platform.owner), there)
            run(connection, bodies[1])
            left = drift(connection, live, catalog.read(connection))
            left_there = tables.drift(connection)
            lines = [*dumps.lines(left), *tables.ways(connection)[0]]
            texts = up.texts()
            moved, broken = moved_files.after(connection, project, renamed, texts) if renamed else ({}, [])
            texts |= moved
            run(connection, bodies[0])
            down = Way(connection, project, head, back)
            for one in reversed(renamed):
                run(connection, one.down)
            lost = [
                change
                for change in labels.without(drift(connection, born, catalog.read(connection)), more)
                # A column that comes back comes last.
                if change.property != "position"
            ]
            lost += tables.lost(connection, on_platform)
    if lost:
        hint = f"if something has another name that was not asked for, say so with --rename OLD=NEW; or {BY_HAND}"
        raise PullError("the way back does not end at head:\n" + "\n".join(render.lines(lost)), hint=hint)
    changes, left = [*changes, *on_platform], [*left, *left_there]
    revision = Revision(
        up=renames.before(renamed, "\n".join(up.steps)),
        down=renames.back_after(renamed, "\n".join(down.steps)),
        from_sql=tuple(item.path.relative_to(project.root).as_posix() for item in in_order(texts)),
        # The target still has the old names.
        contract=tuple(
            removals.name(renames.original(one, renamed))
            for one in (*_dropped(head, live, left), *removals.gone(head, live))
        ),
    )
    steps: list[_Step] = [(labels.TITLE.format(message), first, {})] if more else []
    steps += [(message, revision, texts)] if up.steps or renamed else []
    written = (*_write(project, steps), *_keep(project, ground))
    filled, passwords = fills.wanted(up.steps, written), roles.passwords(roles.new(live, born))
    left_out = [one for one in passwords if not is_acknowledged(one.object, project.acknowledged)]
    return AgainReport(
        written,
        changes,
        left,
        ground.noted,
        renamed,
        [item.path.relative_to(project.root) for item in broken],
        lines,
        filled,
        left_out,
    )


def _labelled(head_url: str, more: Sequence[Change], head: Snapshot) -> tuple[Revision, Snapshot]:
    """The revision that brings new labels, and what head is after it."""
    first = Revision(*labels.make(head_url, more))
    if not more:
        return first, head
    with connect(head_url) as connection:
        return first, catalog.read(connection)


def _known_steps(
    url: str, head_url: str, live: Snapshot, head: Snapshot, changes: Sequence[Change]
) -> tuple[list[str], list[str], Dumps]:
    """Steps from head to live and back that are known before any is tried, and what pg_dump prints of both."""
    try:
        there, back = by_alembic(url, head_url, live, head)
    except sa.exc.SQLAlchemyError as error:
        raise PullError(f"the tables cannot be compared: {str(error).strip()}", hint=BY_HAND) from error
    dumps = Dumps.of(url, head_url, changes)
    more_there, more_back = dumps.ways(live, head)
    of_roles, of_roles_back = roles.ways(live, head)
    return [*of_roles, *first_detached(there, more_there)], [*first_detached(back, more_back), *of_roles_back], dumps


def _read(url: str, project: Project) -> tuple[Snapshot, PlatformTables, Ground]:
    """What live is, and what it stands on; refused where it lacks a revision, because that would look like a change."""
    try:
        with connect(url, application_name="dbtools-pull") as connection:
            at = set(revisions.recorded(connection, project))
            heads = alembic_env.heads(project)
            if at != set(heads):
                raise PullError(
                    f"live is at {', '.join(sorted(at)) or 'no revision'}, head is {', '.join(sorted(heads))}",
                    hint="alembic upgrade head; or, where live has all of that already: alembic stamp head",
                )
            connection.rollback()
            with catalog.reading_one_state(connection):
                ground = read_ground_with_stand_ins(connection, reviewed(project.migrations))
                with catalog.owned_by(ground.ownership):
                    tables = catalog.read(connection, catalog.PLATFORM_READERS)
                    on_platform = PlatformTables(tables, of_project(project.migrations), ground.platform)
                    return catalog.read(connection), on_platform, ground
    except psycopg.Error as error:
        raise PullError(f"the live schema cannot be read: {str(error).strip()}", hint="pull as its owner") from error


def _dropped(head: Snapshot, live: Snapshot, left: Sequence[Change]) -> list[Object]:
    """The tables and columns that the revision takes away."""
    kept = {change.object.identity for change in left}
    extra = [change.object for change in compare(live, head) if change.action == "extra"]
    return [one for one in extra if one.kind in {"table", "column"} and one.identity not in kept]


def _write(project: Project, steps: Sequence[_Step]) -> list[Path]:
    """Revisions one after the other, with their titles and files; all of them, or none."""
    written: list[Path] = []
    versions = project.migrations / "versions"
    with Files() as files:
        files.filled(versions)
        for message, revision, texts in steps:
            for item, text in texts.items():
                if text:
                    files.write(item.path, text)
                    files.put([item.path])
                else:
                    files.remove(item.path)
            path = _revision(project, message, revision)
            made = (path.with_suffix(ending) for ending in (".py", ".up.sql", ".down.sql"))
            written += [*made, *sorted(item.path for item in texts)]
    return [path.relative_to(project.root) for path in written]


def _revision(project: Project, message: str, revision: Revision) -> Path:
    """Let Alembic write a revision."""
    configuration = revisions.configuration(project)
    configuration.stdout, configuration.cmd_opts = io.StringIO(), Namespace(quiet=True, x=None)
    configuration.attributes["revision"] = revision
    # It writes what lies beside the .py file, and not every project asks for it.
    configuration.set_main_option("revision_environment", "true")
    try:
        with alembic_env.own_environment():
            made = command.revision(configuration, message)
    except CommandError as error:
        raise PullError(str(error)) from error
    assert isinstance(made, Script)  # noqa: S101  (one message gives one revision)
    return Path(made.path)


def _keep(project: Project, ground: Ground) -> tuple[Path, ...]:
    """Bring the project's platform folder, if it has one, to what live stands on by now."""
    before = reviewed(project.migrations)
    if before is None or before == ground.platform:
        return ()
    there = folder(project.migrations)
    ground.platform.write(there)
    return ((there / FILE).relative_to(project.root),)
