"""`dbtools squash`: many revisions become one baseline of the present, proven to make the same.

The old history runs in one shadow, the baseline in another, and the two are compared as a pull compares. In a third one
the old history runs again, step by step in the squashed repository, as a database takes it that is further back.
Nothing is written before all of that has been proven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import psycopg
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env, catalog
from dbtools.errors import MigrationError, ShadowError, SquashError
from dbtools.model.compare import Change, compare
from dbtools.model.declared import declared_part
from dbtools.model.snapshot import Snapshot
from dbtools.platform.ground import of_project, reviewed
from dbtools.postgres.programs import binaries
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.project.revisions import replaced
from dbtools.pull import unexplained
from dbtools.pull.baseline import build
from dbtools.pull.platform_objects import LeftOut
from dbtools.pull.proof import Observation, observe, prove
from dbtools.revise import provenance
from dbtools.runner import contract
from dbtools.squash import files, rows
from dbtools.squash.baseline import Data, text
from dbtools.squash.files import Stage
from dbtools.squash.report import SquashReport
from dbtools.squash.rows import Rows
from dbtools.squash.writes import Writes

__all__ = ["SquashReport", "squash"]

Say = Callable[[str], None]


@dataclass(frozen=True)
class _Place:
    """A new database: its URL, a superuser's session in it, the platform's tables and all rows as it was born."""

    url: str
    admin: psycopg.Connection
    known: Snapshot
    born: Rows


def squash(  # noqa: PLR0913  (one argument for each option)
    project: Project,
    message: str = "",
    *,
    keep_data: bool = False,
    dry_run: bool = False,
    shadow: Shadow | None = None,
    say: Say = lambda _: None,
) -> SquashReport:
    """Replace the revisions by one that makes the same.

    Args:
        project: whose revisions.
        message: the new revision's title.
        keep_data: put the rows that the old revisions leave in a new database into the baseline.
        dry_run: prove it, and write nothing.
        shadow: a running shadow to work in, for histories that make no roles; by default several are started.
        say: told what is being done, line by line.

    Raises:
        SquashError: the revisions are not one history in one folder.
        MigrationError: an old revision does not load, or the new one cannot be exported. Nothing was written.
    """
    directory = _directory(project)
    revisions = [script.revision for script in directory.walk_revisions()][::-1]
    if len(revisions) < 2:
        return SquashReport(revisions)
    files.refuse_what_cannot_be_moved(project, directory._version_locations)
    labels = sorted({label for script in directory.walk_revisions() for label in script.branch_labels})
    confirmed = [contract.name(script) for script in directory.walk_revisions()]
    before = [name for name in replaced(directory) if name not in revisions]
    say(f"running the {len(revisions)} old revisions in a shadow")
    with _place(project, shadow) as there:
        writes = Writes()
        _run(project, there.url, writes)
        old = observe(there.url)
        title = message or f"Revisions {revisions[0]} to {revisions[-1]} as one"
        from_sql = _from_sql(project, old.snapshot)
        with files.staged(project, title, "squashed", [*before, *revisions], from_sql) as stage:
            say("running them once more, one by one, in the squashed repository")
            again, differences = _run_kept(stage, revisions, confirmed, old, shadow)
            data = Data.of(old, rows.read(there.admin), there.born, again, keep=keep_data)
            report = SquashReport(
                revisions,
                tried=dry_run,
                data=writes.found,
                rows=data.counts,
                kept=keep_data and bool(data.filled),
                noted=[*(f"branch label {label}: it ends with the squash" for label in labels), *data.noted()],
                major=old.snapshot.major,
            )
            baseline = build(old.ours(there.known), old.entries, old.ownership)
            refused = [*data.refused(), *_unacknowledged(project, baseline.left_out)]
            if refused or differences:
                return replace(report, refused=refused, differences=differences)
            say("running the baseline in a shadow, and comparing the two")
            stage.write(text(baseline, old, data, there.admin, f"{revisions[0]} to {revisions[-1]}"))
            with _place(project, shadow) as new:
                try:
                    alembic_env.upgrade(stage.project, new.url)
                except MigrationError as error:
                    failed = LeftOut("the baseline", f"it does not load: {error.message}")
                    return replace(report, refused=[failed])
                differences = [
                    *unexplained(prove(old, new.url, there.known), baseline.left_out, old),
                    *data.differences(there.admin, new.admin),
                ]
            report = replace(report, differences=differences)
            if report.ok and not dry_run:
                report = replace(report, written=files.put_in_place(project, stage))
            return report


def _directory(project: Project) -> ScriptDirectory:
    try:
        directory = alembic_env.scripts(project)
        heads = directory.get_heads()
    except CommandError as error:
        raise MigrationError(str(error)) from error
    if len(heads) > 1:
        raise SquashError(
            f"there is more than one head: {', '.join(sorted(heads))}",
            hint='merge them into one history first: alembic merge heads -m "…"',
        )
    return directory


@contextmanager
def _place(project: Project, shadow: Shadow | None) -> Iterator[_Place]:
    """A new database on the project's platform, of live's major version where that is on this machine.

    On a server of its own, because roles that a history makes belong to the server.
    """
    own = reviewed(project.migrations)
    major = own.major if own else 18
    try:
        binaries(major)
    except ShadowError:
        major = 18
    with nullcontext(shadow) if shadow else Shadow(major=major, platform=of_project(project.migrations)) as running:
        url = running.create()
        name = str(conninfo_to_dict(url)["dbname"])
        try:
            with closing(psycopg.connect(running.url(name, user=running.admin), autocommit=True)) as admin:
                yield _Place(url, admin, catalog.read(admin, catalog.PLATFORM_READERS), rows.read(admin))
        finally:
            running.drop(name)


def _run(project: Project, url: str, writes: Writes) -> None:
    configuration = alembic_env.config(project, url)
    configuration.attributes["watch"] = writes
    try:
        with alembic_env.own_environment():
            command.upgrade(configuration, "head")
    except CommandError as error:
        raise MigrationError(str(error)) from error


def _run_kept(
    stage: Stage, revisions: Sequence[str], confirmed: Sequence[str], old: Observation, shadow: Shadow | None
) -> tuple[Rows, list[Change]]:
    """The old revisions from where they are kept, as a database takes them that stops at each of them.

    Returns:
        the rows that are there then, and what is otherwise than after the old history.
    """
    # In a shadow nobody calls anything, however long one looks.
    project = replace(stage.project, limits=replace(stage.project.limits, call_watch=0))
    with _place(stage.project, shadow) as there:
        for revision in revisions:
            alembic_env.upgrade(project, there.url, revision, confirm=confirmed)
        with psycopg.connect(there.url) as connection:
            return rows.read(there.admin), compare(old.snapshot, catalog.read(connection))


def _unacknowledged(project: Project, left_out: Sequence[LeftOut]) -> list[LeftOut]:
    """What would be lost with the old revisions; as for a pull, what is acknowledged may be."""
    return [item for item in left_out if not any(fnmatchcase(item.object, pattern) for pattern in project.acknowledged)]


def _from_sql(project: Project, head: Snapshot) -> list[str]:
    """The files of `sql/` whose objects the old revisions took from there, and which there still are."""
    taken = (item for item in provenance.read(project).taken if declared_part(head, item).objects)
    return sorted(item.path.relative_to(project.root).as_posix() for item in taken)
