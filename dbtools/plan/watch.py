"""What a plan watches: each statement of each pending revision, as the runner runs it, and what the server did for it.

Nothing is read from a statement's text. The server is asked: for the catalog before and after, for the locks that the
session holds, for its scans (counted in an empty table too), and, by event triggers, for what was dropped and why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, update_wrapper
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic.runtime.migration import RevisionStep
from psycopg.pq import TransactionStatus

from dbtools.errors import DbtoolsError
from dbtools.plan.reader import read
from dbtools.plan.state import State
from dbtools.plan.trial import Dropped, Moment, Trial
from dbtools.postgres.script import Script, Statement

# From the weakest to the strongest, in the order of what they conflict with.
LOCKS = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
_MARK = "dbtools.plan "

# INFO reaches the client whatever it has asked for. In pg_catalog, where no revision looks for the project's objects.
_TELL = f"""
create function pg_catalog.dbtools_plan() returns event_trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_event = 'sql_drop' then
    raise info '{_MARK}%', (select json_agg(json_build_array(
      d.classid::bigint, d.objid::bigint, d.objsubid, d.original, d.normal, d.object_type, d.object_identity
    )) from pg_event_trigger_dropped_objects() as d where not d.is_temporary);
  else
    raise info '{_MARK}[]';
  end if;
end $$;
create event trigger dbtools_plan_drop on sql_drop execute function pg_catalog.dbtools_plan();
create event trigger dbtools_plan_end on ddl_command_end execute function pg_catalog.dbtools_plan();
"""  # noqa: S608  (nothing of anybody else's in it)

_LOCKS = """
select l.relation::bigint, array_agg(distinct l.mode), bool_or(c.oid is null)
from pg_locks as l
  left join pg_class as c on l.relation = c.oid
where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.granted and l.relation >= 16384
  and l.database = (select oid from pg_database where datname = current_database())
group by l.relation
"""
_SCANS = """
select c.oid::bigint, pg_stat_get_xact_numscans(c.oid),
  (select coalesce(sum(pg_stat_get_xact_numscans(i.indexrelid)), 0) from pg_index as i where i.indrelid = c.oid)::bigint
from pg_class as c
where c.oid >= 16384 and c.relkind in ('r', 'm')
"""


class Watch:
    """Looks on while revisions are run by the runner; given to it in the Alembic configuration's attributes."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self._trial: Trial | None = None
        self._connection: psycopg.Connection | None = None
        self._scripts: list[tuple[Script, Statement]] = []
        self._at = ("", "")
        self._last: State | None = None
        self._since = 0
        self._said: list[Dropped] = []
        self._told = False

    @staticmethod
    def prepare(admin: psycopg.Connection) -> None:
        """Let the server tell what statements drop; and use indexes where there are any, as it would with rows."""
        admin.execute(_TELL.encode())
        admin.execute(f"alter database {admin.info.dbname} set enable_seqscan = off".encode())

    def attach(self, connection: psycopg.Connection) -> None:
        """Look at all that is run on this connection, whoever runs it."""
        self._connection = connection
        connection.cursor_factory = _watched(self)
        connection.add_notice_handler(self._hear)

    def steps(self, plan: Sequence[RevisionStep], _: bool) -> Sequence[RevisionStep]:
        """The runner's steps, of which each is looked at from its first statement to its last."""
        for step in plan:
            if not step.info.is_stamp:
                run = partial(self._run, step, step.migration_fn)
                step.migration_fn = update_wrapper(run, step.migration_fn)
        return plan

    def _run(self, step: RevisionStep, run: Callable[..., None], **words: Any) -> None:
        self._trial = trial = Trial(step.revision, self._read())
        self.trials.append(trial)
        try:
            path = Path(step.revision.path).with_suffix(".up.sql")
            script = Script.read(path) if path.exists() else None
            self._scripts = [(script, statement) for statement in script.statements] if script else []
            run(**words)
        except (DbtoolsError, psycopg.Error, sa.exc.SQLAlchemyError) as error:
            trial.error = trial.error or error
            raise
        finally:
            self._trial = None

    @contextmanager
    def statement(self, cursor: psycopg.Cursor[Any], text: str) -> Iterator[None]:
        """While the block runs a statement, look."""
        if self._trial is None:
            yield
            return
        trial, connection = self._trial, cursor.connection
        self._at = text, self._place(text)
        self._said, self._told = [], False
        within = _in_transaction(connection)
        before, then = trial.end, _activity(connection)
        try:
            yield
        except psycopg.Error as error:
            trial.failed, trial.error = self._at, error
            raise
        if within and not _in_transaction(connection):
            trial.ended_early, within = text, False
        now = _activity(connection)
        new = {oid: mode for oid, mode in now.locks.items() if stronger(mode, then.locks.get(oid))}
        # What changes the catalog is told by an event trigger, or takes a lock; outside of a transaction none is left.
        changed = self._told or not within or any(stronger(mode, "RowExclusiveLock") for mode in new.values())
        trial.moments.append(
            Moment(
                *self._at,
                before,
                after=self._read() if changed else before,
                dropped=tuple(self._said),
                locks=new if within else {},
                held=now.locks if within else {},
                written=frozenset(now.written),
                rewrites=bool(now.gone - then.gone - before.relations.keys() - before.indexes.keys()),
                scans=_more(then.scans, now.scans) if within else {},
                lookups=_more(then.lookups, now.lookups) if within else {},
                transaction=within,
                tag=cursor.statusmessage or "",
            )
        )

    def _read(self) -> State:
        """The catalog now: all of it the first time, then what has changed since."""
        assert self._connection is not None  # noqa: S101  (attached before the plan is asked for)
        if self._last is None:
            with psycopg.Cursor(self._connection) as cursor:
                [(self._since,)] = cursor.execute("select pg_current_xact_id()::text::bigint")
        self._last = read(self._connection, self._last, self._since)
        return self._last

    def _place(self, text: str) -> str:
        """File and line of a statement; the file's statements come in order, beside what else may be run."""
        for at, (script, statement) in enumerate(self._scripts):
            if statement.text == text:
                del self._scripts[: at + 1]
                return script.where(statement)
        return ""

    def _hear(self, said: psycopg.errors.Diagnostic) -> None:
        message = said.message_primary or ""
        if message.startswith(_MARK):
            self._told = True
            self._said += [Dropped(*row) for row in json.loads(message.removeprefix(_MARK)) or ()]
        elif said.sqlstate == "42622" and self._trial is not None:
            self._trial.truncated.append((message, *self._at))


@dataclass(frozen=True)
class _Activity:
    """The session's strongest lock on each relation, which of those are gone or written to, and its scans."""

    locks: Mapping[int, str]
    gone: set[int]
    written: set[int]
    scans: Mapping[int, int]
    lookups: Mapping[int, int]


def _activity(connection: psycopg.Connection) -> _Activity:
    with connection.pipeline(), psycopg.Cursor(connection) as one, psycopg.Cursor(connection) as other:
        one.execute(_LOCKS)
        other.execute(_SCANS)
        locks, counts = one.fetchall(), other.fetchall()
    return _Activity(
        {oid: max(modes, key=LOCKS.index) for oid, modes, _ in locks},
        {oid for oid, _, gone in locks if gone},
        {oid for oid, modes, _ in locks if "RowExclusiveLock" in modes},
        {oid: sequential for oid, sequential, _ in counts},
        {oid: by_index for oid, _, by_index in counts},
    )


def _more(before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, int]:
    return {oid: count - before.get(oid, 0) for oid, count in after.items() if count > before.get(oid, 0)}


def _in_transaction(connection: psycopg.Connection) -> bool:
    return connection.info.transaction_status == TransactionStatus.INTRANS


def stronger(mode: str, than: str | None) -> bool:
    """Whether one lock comes after another in the order of their strength."""
    return than is None or LOCKS.index(mode) > LOCKS.index(than)


def _watched(watch: Watch) -> type[psycopg.Cursor[Any]]:
    class Watched(psycopg.Cursor[Any]):
        def execute(self, query: Any, *words: Any, **more: Any) -> Any:
            with watch.statement(self, _text(query)):
                return super().execute(query, *words, **more)

        def executemany(self, query: Any, *words: Any, **more: Any) -> None:
            with watch.statement(self, _text(query)):
                super().executemany(query, *words, **more)

    return Watched


def _text(query: object) -> str:
    return query.decode() if isinstance(query, bytes) else str(query)
