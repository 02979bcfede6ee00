"""Is something in the database still in use? Signs of it, and what nobody can know.

Signs are other objects that depend on it or name it, cron jobs that run it, and calls counted between two readings.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from dbtools.errors import MigrationError
from dbtools.model.quoting import identifier
from dbtools.runner.observer import Say
from dbtools.runner.rows import Suspect

# Our word for a kind, and Postgres' own.
_KINDS = {
    "column": "table column",
    "function": "function",
    "materialized view": "materialized view",
    "policy": "policy",
    "table": "table",
    "trigger": "trigger",
    "view": "view",
}
_NAMED_IN_BODIES = {"column", "function", "materialized view", "table", "view"}
_HOLDING_ROWS = {"column", "materialized view", "table"}
_COUNTED = {"function", "materialized view", "table"}
_GONE = (
    psycopg.errors.UndefinedObject,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InvalidSchemaName,
)

_FUNCTION = """
select 'pg_proc'::regclass::oid, p.oid, 0, array[n.nspname, p.proname]
from pg_proc as p
  inner join pg_namespace as n on p.pronamespace = n.oid
where p.oid = to_regprocedure(%(name)s)
"""
_OTHER = """
select a.classid, a.objid, a.objsubid, n.names
from parse_ident(%(name)s) as n (names), pg_get_object_address(%(kind)s, n.names, '{}') as a
"""
_DEPENDENTS = """
select distinct pg_describe_object(d.classid, d.objid, d.objsubid)
from pg_depend as d
where d.deptype = 'n' and d.refclassid = %(class)s and d.refobjid = %(object)s
  and (%(part)s = 0 or d.refobjsubid = %(part)s)
  and (d.classid, d.objid) not in (select * from unnest(%(classes)s::oid[], %(objects)s::oid[]))
order by 1
"""
_BODIES = """
select p.oid::regprocedure::text, p.prosrc
from pg_proc as p
  inner join pg_namespace as n on p.pronamespace = n.oid
where n.nspname <> 'information_schema' and n.nspname !~ '^pg_' and p.oid <> all(%s::oid[])
  and not exists (
    select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
  )
order by 1
"""
_HAS_CRON = "select to_regclass('cron.job') is not null"
_CRON_JOBS = (
    "select coalesce(jobname, jobid::text), schedule, username, command from cron.job where active order by jobid"
)

_HOLDS_ROWS = "select relkind in ('r', 'm') and relispopulated from pg_class where oid = %s"

# Calls of a function, or scans and changes of a table, so far; and whether Postgres counts them at all.
_CALLS_OF_FUNCTION = """
select
  (select s.calls from pg_stat_user_functions as s where s.funcid = p.oid),
  case current_setting('track_functions')
    when 'none' then false
    when 'all' then true
    else l.lanname not in ('c', 'internal', 'sql')
  end
from pg_proc as p
  inner join pg_language as l on p.prolang = l.oid
where p.oid = %s
"""
_CALLS_OF_TABLE = """
select s.seq_scan + coalesce(s.idx_scan, 0) + s.n_tup_ins + s.n_tup_upd + s.n_tup_del, true
from pg_stat_user_tables as s
where s.relid = %s
"""


@dataclass(frozen=True)
class _Thing:
    """What a contract speaks of, found in the catalog; `said` as it says it, `names` from the schema to the part."""

    said: str
    kind: str
    address: tuple[int, int, int]
    names: Sequence[str]

    def is_named_in(self, text: str) -> bool:
        # A word is looked for, nothing is parsed: what a body puts together and executes has no grammar to go by.
        words = self.names[-2:] if self.kind == "column" else self.names[-1:]
        return all(re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", text, re.IGNORECASE) for word in words)


class Usage:
    """The use of some things on one database; each of its questions answers with sentences for people.

    Args:
        session: autocommitting.
        things: as in `Contract.takes`.

    Attributes:
        unknown: what nobody could know.

    Raises:
        MigrationError: one of `things` cannot be understood.
    """

    def __init__(self, session: psycopg.Connection, things: Sequence[str]) -> None:
        self.unknown: list[str] = []
        self._session = session
        self._jobs = [said.removeprefix("cron job ") for said in things if said.startswith("cron job ")]
        self._things = [thing for said in things if not said.startswith("cron job ") for thing in self._find(said)]
        has_cron = session.execute(_HAS_CRON).fetchone() == (True,)
        self._cron = session.execute(_CRON_JOBS).fetchall() if has_cron else []

    def mentions(self) -> Iterator[str]:
        """Other objects that depend on the things or name them, and cron jobs that name them."""
        classes, objects = [t.address[0] for t in self._things], [t.address[1] for t in self._things]
        bodies = self._session.execute(_BODIES, [objects]).fetchall()
        for thing in self._things:
            address = dict(zip(("class", "object", "part"), thing.address, strict=True))
            for (other,) in self._session.execute(_DEPENDENTS, {**address, "classes": classes, "objects": objects}):
                yield f"{thing.said}: {other} depends on it"
            if thing.kind not in _NAMED_IN_BODIES:
                continue
            for function, body in bodies:
                if thing.is_named_in(body):
                    yield f"{thing.said}: function {function} names it"
            for job, schedule, role, command in self._cron:
                if job not in self._jobs and thing.is_named_in(command):
                    yield f'{thing.said}: cron job "{job}" names it ({schedule}, as {role})'

    def calls(self, watch: float, say: Say) -> Iterator[str]:
        """Things that are called while we look, for `watch` seconds."""
        counted = [thing for thing in self._things if thing.kind in _COUNTED]
        before = [self._count(thing) for thing in counted]
        if any(tracked for _, tracked in before):
            say(f"looking for {watch:g} s whether what goes is still called")
            time.sleep(watch)
        for thing, (calls, tracked) in zip(counted, before, strict=True):
            more = self._count(thing)[0] - calls
            if more > 0:
                yield f"{thing.said}: used {more} times within {watch:g} s"
            elif not tracked:
                self.unknown.append(f"{thing.said}: whether it is called is unknown (track_functions is off here)")
        for thing in self._things:
            if thing not in counted:
                self.unknown.append(
                    f"{thing.said}: whether clients rely on it is unknown, Postgres does not count that"
                )

    def holdings(self) -> Iterator[str]:
        """The rows and values that go with the things."""
        for thing in self._things:
            if thing.kind not in _HOLDING_ROWS:
                continue
            if self._session.execute(_HOLDS_ROWS, [thing.address[1]]).fetchone() != (True,):
                continue
            names = [identifier(name) for name in thing.names]
            relation, column = (names[:-1], names[-1]) if thing.kind == "column" else (names, "*")
            yield from Suspect(thing.said, ".".join(relation), column, 0).losses(self._session)

    def running_jobs(self) -> Iterator[str]:
        """Those of the things that are cron jobs and run."""
        for job in self._jobs:
            found = [(schedule, role) for name, schedule, role, _ in self._cron if name == job]
            yield from (f'cron job "{job}" runs ({schedule}, as {role})' for schedule, role in found)
            if not found:
                role = self._session.info.user
                self.unknown.append(f'cron job "{job}": {role} has none; of another role\'s it could not know')

    def _count(self, thing: _Thing) -> tuple[int, bool]:
        question = _CALLS_OF_FUNCTION if thing.kind == "function" else _CALLS_OF_TABLE
        calls, tracked = self._session.execute(question, [thing.address[1]]).fetchone() or (0, False)
        return calls or 0, tracked

    def _find(self, said: str) -> Iterator[_Thing]:
        kind = next((kind for kind in _KINDS if said.startswith(f"{kind} ")), "")
        name = said.removeprefix(f"{kind} ")
        if not kind or (kind == "function" and not name.endswith(")")):
            kinds = ", ".join(sorted((*_KINDS, "cron job")))
            hint = f"KIND NAME, the kind being one of {kinds}; a function with the types of its arguments"
            raise MigrationError(f"a contract speaks of {said!r}, which is nothing to look for", hint=hint)
        try:
            question = _FUNCTION if kind == "function" else _OTHER
            found = self._session.execute(question, {"name": name, "kind": _KINDS[kind]}).fetchall()
        except _GONE:
            found = []
        except psycopg.Error as error:
            raise MigrationError(f"a contract speaks of {said!r}: {error.diag.message_primary}") from error
        for class_, object_, part, names in found:
            yield _Thing(said, kind, (class_, object_, part), names)
        if not found:
            self.unknown.append(f"{said} is not here")
