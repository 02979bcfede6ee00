"""Is what a contract revision takes away still in use on this database?

Signs of use are cron jobs that run it, other objects that depend on it or name it, and calls counted between two
readings. What cannot be known is said. A thing that is not there is used by nobody.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic.script import Script

from dbtools.errors import MigrationError
from dbtools.runner.observer import Say

# Our word for a kind, and Postgres' own.
_KINDS = {
    "column": "table column",
    "materialized view": "materialized view",
    "policy": "policy",
    "table": "table",
    "trigger": "trigger",
    "view": "view",
}
_NAMED_IN_BODIES = ("column", "function", "materialized view", "table", "view")
_GONE = (psycopg.errors.UndefinedObject, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)

_FUNCTION = """
select 'pg_proc'::regclass::oid, p.oid, 0, array[n.nspname, p.proname]
from pg_proc as p
  inner join pg_namespace as n on p.pronamespace = n.oid
where p.oid = to_regprocedure(%s)
"""
_OTHER = """
select a.classid, a.objid, a.objsubid, n.names
from parse_ident(%s) as n (names), pg_get_object_address(%s, n.names, '{}') as a
"""

_DEPENDENTS = """
select distinct pg_describe_object(d.classid, d.objid, d.objsubid)
from pg_depend as d
where d.deptype = 'n' and d.refclassid = %(class)s and d.refobjid = %(object)s
  and (%(part)s = 0 or d.refobjsubid = %(part)s)
  and not (d.classid, d.objid) in (select * from unnest(%(classes)s::oid[], %(objects)s::oid[]))
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
_CRON_JOBS = "select jobname, schedule, username, command from cron.job where active order by jobid"

# Calls of a function, or rows and scans of a table, counted so far; and whether Postgres counts them at all.
_CALLS = """
select
  case
    when %(class)s = 'pg_proc'::regclass then (select calls from pg_stat_user_functions where funcid = %(object)s)
    else (
      select seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del
      from pg_stat_user_tables where relid = %(object)s
    )
  end,
  case
    when %(class)s = 'pg_proc'::regclass then (
      select case current_setting('track_functions') when 'none' then false when 'all' then true
        else l.lanname not in ('c', 'internal', 'sql') end
      from pg_proc as p inner join pg_language as l on p.prolang = l.oid where p.oid = %(object)s
    )
    else exists (select from pg_stat_user_tables where relid = %(object)s)
  end
"""


@dataclass(frozen=True)
class Contract:
    """Marks a revision that takes something away: `contract = Contract(…)` in its `.py` file.

    It is refused on a database that shows the thing in use, unless it is confirmed by name.

    Attributes:
        takes: what goes, as "KIND NAME": "function public.f(integer)", "table public.t", "view public.v",
            "materialized view public.m", "column public.t.c", "policy public.t.p", "trigger public.t.g", "cron job j".
        replacement: what does the cron jobs' work from now on, in words.
        replacement_works: a query whose one value is true once that is so; without it a job that runs is in use.
    """

    takes: tuple[str, ...]
    replacement: str = ""
    replacement_works: str = ""


@dataclass(frozen=True)
class _Thing:
    """What is taken away, found in the catalog; `said` as the revision says it, `names` from schema to part."""

    said: str
    kind: str
    address: tuple[int, int, int]
    names: Sequence[str]

    @property
    def words(self) -> Sequence[str]:
        """What a text that uses it must hold."""
        return self.names[-2:] if self.kind == "column" else self.names[-1:]

    def is_named_in(self, text: str) -> bool:
        return all(re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", text, re.IGNORECASE) for word in self.words)


def of(revision: Script) -> Contract | None:
    """The contract of a revision; most have none.

    Raises:
        MigrationError: it is something else.
    """
    contract = getattr(revision.module, "contract", None)
    if contract is not None and not isinstance(contract, Contract):
        raise MigrationError(f"{revision.revision}: `contract` must be a Contract of dbtools.revision")
    return contract


def check(session: psycopg.Connection, revision: Script, confirmed: Sequence[str], watch: float, say: Say) -> None:
    """Refuse a contract revision on a database that shows the thing in use, unless it is confirmed by name.

    Args:
        session: autocommitting, or the counters would stand still.
        revision: any revision; most are no contract.
        confirmed: names of contract revisions: what follows the number in their files' names.
        watch: seconds between the two readings of the call counters.
        say: gets what could not be known.

    Raises:
        MigrationError: it is in use; or the contract makes no sense.
    """
    contract = of(revision)
    if contract is None:
        return
    name = Path(revision.path).stem.partition("_")[2]
    used = list(_signs(session, contract, watch, say))
    if used and name not in confirmed:
        raise MigrationError(
            f"{revision.revision} takes away what this database still uses\n  " + "\n  ".join(used),
            hint=f"end that use first; or, if that is meant: alembic -x confirm={name} upgrade head",
        )
    for sign in used:
        say(f"{name} is confirmed, although {sign}")


def _signs(session: psycopg.Connection, contract: Contract, watch: float, say: Say) -> Iterator[str]:
    jobs = [said.removeprefix("cron job ") for said in contract.takes if said.startswith("cron job ")]
    things = [thing for said in contract.takes if not said.startswith("cron job ") for thing in _find(session, said)]
    active = session.execute(_CRON_JOBS).fetchall() if session.execute(_HAS_CRON).fetchone() == (True,) else []
    yield from _running_jobs(session, contract, jobs, active, say)
    classes, objects = [thing.address[0] for thing in things], [thing.address[1] for thing in things]
    bodies = session.execute(_BODIES, [objects]).fetchall()
    for thing in things:
        class_, object_, part = thing.address
        parameters = {"class": class_, "object": object_, "part": part, "classes": classes, "objects": objects}
        for (dependent,) in session.execute(_DEPENDENTS, parameters):
            yield f"{thing.said}: {dependent} depends on it"
        if thing.kind in _NAMED_IN_BODIES:
            yield from (f"{thing.said}: function {other} names it" for other, body in bodies if thing.is_named_in(body))
            for job, schedule, role, command in active:
                if job not in jobs and thing.is_named_in(command):
                    yield f'{thing.said}: cron job "{job}" names it ({schedule}, as {role})'
    yield from _calls(session, things, watch, say)


def _running_jobs(
    session: psycopg.Connection, contract: Contract, jobs: Sequence[str], active: Sequence[tuple[str, ...]], say: Say
) -> Iterator[str]:
    if not jobs:
        return
    works = contract.replacement_works and session.execute(contract.replacement_works.encode()).fetchone() == (True,)
    missing = f", and {contract.replacement} is not there" if contract.replacement_works else ""
    role = session.info.user
    for job in jobs:
        found = [(schedule, owner) for name, schedule, owner, _ in active if name == job]
        if not found:
            say(f'cron job "{job}": none that runs here as {role}; another role\'s could not be seen or removed')
        for schedule, owner in found:
            if not works:
                yield f'cron job "{job}" runs ({schedule}, as {owner}){missing}'


def _calls(session: psycopg.Connection, things: Sequence[_Thing], watch: float, say: Say) -> Iterator[str]:
    counted = [thing for thing in things if thing.kind in {"function", "table", "materialized view"}]
    before = [_count(session, thing) for thing in counted]
    if any(tracked for _, tracked in before):
        say(f"looking for {watch:.0f} s whether what is taken away is still called")
        time.sleep(watch)
    for thing, (calls, tracked) in zip(counted, before, strict=True):
        now, _ = _count(session, thing)
        if (now or 0) > (calls or 0):
            yield f"{thing.said}: used {(now or 0) - (calls or 0)} times within {watch:.0f} s"
        elif not tracked:
            say(f"{thing.said}: whether it is called is unknown, as its calls are not counted here (track_functions)")
    for thing in things:
        if thing not in counted:
            say(f"{thing.said}: whether clients rely on it is unknown, as Postgres counts no use of it")


def _count(session: psycopg.Connection, thing: _Thing) -> tuple[int | None, bool]:
    class_, object_, _ = thing.address
    [(calls, tracked)] = session.execute(_CALLS, {"class": class_, "object": object_})
    return calls, bool(tracked)


def _find(session: psycopg.Connection, said: str) -> Iterator[_Thing]:
    kind = next((kind for kind in (*_KINDS, "function") if said.startswith(f"{kind} ")), None)
    if kind is None:
        kinds = ", ".join(sorted((*_KINDS, "function", "cron job")))
        raise MigrationError(f"a contract cannot take away {said!r}", hint=f"it begins with one of: {kinds}")
    name = said.removeprefix(f"{kind} ")
    try:
        if kind == "function":
            rows = session.execute(_FUNCTION, [name]).fetchall()
        else:
            rows = session.execute(_OTHER, [name, _KINDS[kind]]).fetchall()
    except _GONE:
        return
    except psycopg.Error as error:
        raise MigrationError(f"a contract's {said!r} cannot be read: {error.diag.message_primary}") from error
    for class_, object_, part, names in rows:
        yield _Thing(said, kind, (class_, object_, part), names)
