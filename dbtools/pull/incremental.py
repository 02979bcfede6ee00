"""`dbtools pull` where there are revisions already: what was changed by hand in production, as one more revision.

Head is brought to where live is, in a shadow, and back; what that takes is the revision. What live has and the shadow
then has not is reported, and the answer is no.
"""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import Script
from alembic.util import CommandError
from psycopg import sql
from rich.console import Group, RenderableType
from rich.text import Text

from dbtools import alembic_env, catalog
from dbtools.diff import about, both_ways_to, drift, in_the_words_of
from dbtools.errors import PullError, ReviseError
from dbtools.model import render
from dbtools.model.compare import Change, compare
from dbtools.model.declared import Declared, declared_part, in_order
from dbtools.model.definition import BY_HAND, definition
from dbtools.model.snapshot import Snapshot
from dbtools.platform.facts import FILE
from dbtools.platform.ground import folder, read_ground_with_stand_ins, reviewed
from dbtools.platform.ownership import Noted
from dbtools.platform.split import Ground
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import Shadow
from dbtools.postgres.working_order import run_in_working_order
from dbtools.project import Project, sql_folder
from dbtools.pull import layout
from dbtools.pull.by_dump import Dumps
from dbtools.pull.table_changes import by_alembic, by_catalog
from dbtools.revise import Revision, at_head, pending, provenance, removals
from dbtools.revise.plan import read, run
from dbtools.revise.provenance import History


@dataclass(frozen=True)
class AgainReport:
    """What was written, relative to the project; what live (expected) has otherwise than head (found).

    `left` is what it still has otherwise than head with the new revision; `noted` what live's platform has otherwise
    than the project's platform folder, which needs nothing. `lines` is SQL to write by hand for what is left.
    """

    written: Sequence[Path]
    changes: Sequence[Change]
    left: Sequence[Change]
    noted: Sequence[Noted] = ()
    lines: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether head is now what live is."""
        return not self.left

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "written": [path.as_posix() for path in self.written],
            "changes": render.as_dicts(self.changes),
            "differences": render.as_dicts(self.left),
            "lines": list(self.lines),
            "noted": [{"object": item.object, "reason": item.reason} for item in self.noted],
        }

    def __rich__(self) -> RenderableType:
        """What to print for people."""
        parts: list[RenderableType] = []
        noted = [Text(f"noted  {item.object}: {item.reason}", "dim") for item in self.noted]
        if not self.changes:
            parts = [*noted, *(Text(f"wrote {path}") for path in self.written)]
            return Group(*parts, Text("nothing changed: live is what head says", "green"))
        parts = [*noted, render.blocks(self.changes, expected="live", found="head")]
        parts += [Text(f"wrote {path}") for path in self.written]
        if self.left:
            parts += [Text("not captured; write a revision for this by hand:", "bold red")]
            parts += [render.table(self.left, expected="live", found="head")]
            parts += [Text("".join(["in the words of SQL:\n", *self.lines]).rstrip())] if self.lines else []
        else:
            parts += [Text("with this revision, head is what live is", "green")]
            parts += [Text("live has it already, so there: alembic stamp head")]
        return Group(*parts)


def pull_again(
    url: str,
    project: Project,
    message: str,
    *,
    shadow: Shadow | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> AgainReport:
    """Write the revision that brings head to what live is, and the files of `sql/` with it.

    Args:
        url: the live database, at head by its own account; only read.
        project: whose head.
        message: the revision's title.
        shadow: a running shadow to work in; by default one is started for the purpose.
        progress: called with one line for each step.

    Raises:
        ConnectError: live cannot be reached.
        PullError: live is not at head, or `sql/` is not; or there is no way back. Nothing was written.
        MigrationError: head cannot be built.
    """
    progress("reading the live schema")
    live, ground = _read(url, project)
    progress("building head in a shadow")
    with catalog.owned_by(ground.ownership), at_head(project, shadow) as head_url:
        with connect(head_url) as connection:
            head = catalog.read(connection)
            changes = drift(connection, live, head)
        if not changes:
            return AgainReport(_keep(project, ground), (), (), ground.noted)
        if pending(head_url, project):
            raise PullError("sql/ holds what no revision has", hint="first: dbtools revise -m MESSAGE")
        live = in_the_words_of(head, live, changes)
        progress("finding the way there and back")
        try:
            there, back = by_alembic(url, head_url, live, head)
        except sa.exc.SQLAlchemyError as error:
            raise PullError(f"the tables cannot be compared: {str(error).strip()}", hint=BY_HAND) from error
        dumps = Dumps.of(url, head_url, changes)
        there, back = (one + more for one, more in zip((there, back), dumps.ways(live, head), strict=True))
        with connect(head_url) as connection, connection.transaction(force_rollback=True):
            up = _Way(connection, project, live, there)
            left = drift(connection, live, catalog.read(connection))
            texts = up.texts()
            down = _Way(connection, project, head, back)
            lost = [
                change
                for change in drift(connection, head, catalog.read(connection))
                # A column that comes back comes last.
                if change.property != "position"
            ]
    if lost:
        raise PullError("the way back does not end at head:\n" + "\n".join(render.lines(lost)), hint=BY_HAND)
    if not up.steps:
        return AgainReport(_keep(project, ground), changes, left, ground.noted, dumps.lines(left))
    revision = Revision(
        up="\n".join(up.steps),
        down="\n".join(down.steps),
        from_sql=tuple(item.path.relative_to(project.root).as_posix() for item in in_order(texts)),
        contract=(*_dropped(head, live, left), *removals.names(head, live)),
    )
    written = _write(project, message, revision, texts)
    return AgainReport((*written, *_keep(project, ground)), changes, left, ground.noted, dumps.lines(left))


def _read(url: str, project: Project) -> tuple[Snapshot, Ground]:
    """What live is, and what it stands on; refused where it lacks a revision, because that would look like a change."""
    table = sql.Identifier(project.version_table_schema, "alembic_version")
    try:
        with connect(url, application_name="dbtools-pull") as connection:
            at: set[str] = set()
            if connection.execute("select to_regclass(%s)", [table.as_string()]).fetchone() != (None,):
                at = {row[0] for row in connection.execute(sql.SQL("select version_num from {}").format(table))}
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
                    return catalog.read(connection), ground
    except psycopg.Error as error:
        raise PullError(f"the live schema cannot be read: {str(error).strip()}", hint="pull as its owner") from error


class _Way:
    """The way from where a database is to another state, gone step by step in the connection's transaction.

    Tables and objects need each other, so whatever fails is tried again once something else has worked. What fails for
    good is left as it is. `steps` is the SQL that worked.
    """

    def __init__(
        self, connection: psycopg.Connection, project: Project, wanted: Snapshot, waiting: Sequence[str]
    ) -> None:
        self.steps: list[str] = []
        self._connection, self._project, self._wanted = connection, project, wanted
        self._texts = provenance.read(project).texts
        self._items: set[Declared] = set()
        self._start = catalog.read(connection)
        before = -1
        while len(self.steps) > before:
            before = len(self.steps)
            self._try(by_catalog(wanted, catalog.read(connection), first=True))
            waiting = self._try(waiting)
            self._make_objects()
            self._try(by_catalog(wanted, catalog.read(connection), first=False))

    def texts(self) -> dict[Declared, str]:
        """The files of `sql/` for what was changed; empty where the object is gone."""
        texts = {
            item: definition(self._wanted, item) for item in self._items if declared_part(self._wanted, item).objects
        }
        lost = (item for item in sql_folder.declared(self._project) if declared_part(self._start, item).objects)
        gone = {item: "" for item in lost if not declared_part(self._wanted, item).objects}
        # The grants of materialized views had files of their own once.
        beside = (
            sql_folder.named(self._project, "policies", one.schema, one.name) for one in texts if one.kind == "view"
        )
        gone |= {item: "" for item in beside if item.path.exists()}
        wrong = layout.unproven(self._connection, catalog.read(self._connection), texts)
        return gone | {item: text for item, text in texts.items() if item not in wrong}

    def _try(self, waiting: Sequence[str]) -> list[str]:
        done, failed = run_in_working_order(self._connection, waiting, lambda step: run(self._connection, step))
        self.steps += done
        return [step for step, _ in failed]

    def _make_objects(self) -> None:
        start, wanted = read(self._connection), self._wanted
        items = in_order(sql_folder.among(start, self._project) | sql_folder.among(wanted, self._project))
        changes = compare(wanted, start)
        wrong = [item for item in items if about(item, start, wanted, changes)]
        past = History(tuple(items), self._texts)
        # All at once; or, if that fails, one after the other in the rounds to come.
        for some in (wrong, *([item] for item in wrong)) if wrong else ():
            try:
                step, _ = both_ways_to(self._connection, start, wanted, some, past)
            except ReviseError:
                continue
            run(self._connection, step)
            self.steps.append(step)
            self._items.update(some)
            return


def _dropped(head: Snapshot, live: Snapshot, left: Sequence[Change]) -> list[str]:
    """The tables and columns that the revision takes away, as a `Contract` names them."""
    kept = {change.object.identity for change in left}
    extra = [change.object for change in compare(live, head) if change.action == "extra"]
    return [one.identity for one in extra if one.kind in {"table", "column"} and one.identity not in kept]


def _write(project: Project, message: str, revision: Revision, texts: Mapping[Declared, str]) -> list[Path]:
    """The revision and the files, or none of them."""
    before = {item.path: item.path.read_bytes() if item.path.exists() else None for item in texts}
    versions = project.migrations / "versions"
    revisions = set(versions.iterdir())
    configuration = Config(
        toml_file=project.root / "pyproject.toml",
        stdout=io.StringIO(),
        cmd_opts=Namespace(quiet=True, x=None),
        attributes={"revision": revision},
    )
    try:
        for item, text in texts.items():
            _put(item.path, text.encode() or None)
        with alembic_env.own_environment():
            made = command.revision(configuration, message)
    except BaseException as error:
        for path, content in before.items():
            _put(path, content)
        for path in set(versions.glob("*.*")) - revisions:
            path.unlink()
        if isinstance(error, CommandError):
            raise PullError(str(error)) from error
        raise
    assert isinstance(made, Script)  # noqa: S101  (one message gives one revision)
    path = Path(made.path)
    written = [path, path.with_suffix(".up.sql"), path.with_suffix(".down.sql"), *sorted(before)]
    return [one.relative_to(project.root) for one in written]


def _keep(project: Project, ground: Ground) -> tuple[Path, ...]:
    """Bring the project's platform folder, if it has one, to what live stands on by now."""
    before = reviewed(project.migrations)
    if before is None or before == ground.platform:
        return ()
    there = folder(project.migrations)
    ground.platform.write(there)
    return ((there / FILE).relative_to(project.root),)


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
