"""From one state of a database to another: the SQL that leads there, found by trying, proven by reading back.

Everything happens in a transaction that is rolled back. What can be replaced in place is; what cannot is dropped first,
with what depends on it, and made again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import psycopg

from dbtools import catalog
from dbtools.catalog.normalise import differences
from dbtools.errors import ReviseError
from dbtools.model import render
from dbtools.model.compare import Change, compare
from dbtools.model.declared import Declared, declared_part, in_order
from dbtools.model.definition import BY_HAND, definition
from dbtools.model.snapshot import Object, Snapshot
from dbtools.postgres.working_order import run_in_working_order
from dbtools.project import sql_folder

# What an object of these kinds is, its own file says; everything else hangs on one of them.
ROOTS = ("function", "procedure", "aggregate", "trigger", "view", "materialized view", "policy")

# The server's ways to say that something is in the way of a `create or replace`, or a plain `create`.
_IN_THE_WAY = {
    "42P13",  # invalid function definition: another return type, another argument's name, a default less
    "42P16",  # invalid table definition: a view that loses a column
    "42809",  # a function in the place of a procedure
    "42710",  # exists already: policy, trigger
    "42723",  # exists already: function
    "42P07",  # exists already: view
}

Texts = Mapping[Declared, str]
Step = list[tuple[Object | Declared, str]]
Failures = Sequence[tuple[Object | Declared, Exception]]


def plan(
    connection: psycopg.Connection,
    wanted: Snapshot,
    texts: Texts,
    known: Collection[Declared],
    drop: Callable[[Object], str] = lambda one: f"drop {one.identity};\n",
) -> str:
    """The SQL that brings a database to `wanted`.

    Args:
        connection: to the database, as the owner of its objects; left as it is.
        wanted: what its catalog is to say.
        texts: of each object that changes or is new, the SQL that makes it; applied as it is.
        known: every object that may be dropped, for good or to be made again; nothing else is touched.
        drop: an object to the statement that drops it.

    Raises:
        ReviseError: there is no such way; says what stands in it.
    """
    start = read(connection)
    texts = dict(texts)
    gone = [item for item in known if item not in texts and _superfluous(start, wanted, item)]
    last = [one for item in gone for one in _superfluous(start, wanted, item)]
    stale = [one for item in texts for one in _superfluous(start, wanted, item)]
    while True:
        first = _with_dependents(connection, start, stale, known)
        dropped = {one.identity for one in first}
        for item in set(known) - texts.keys() - set(gone):
            if _is_touched(declared_part(start, item), dropped):
                texts[item] = _again(start, item)
        with connection.transaction(force_rollback=True):
            steps: list[Step] = [
                [(one, drop(one)) for one in first],
                [(item, texts[item]) for item in in_order(texts)],
                [(one, drop(one)) for one in last if one.identity not in dropped],
            ]
            sql, failed = _attempt(connection, steps)
            changes = [] if failed else differences(connection, wanted, read(connection))
        if not failed and not changes:
            return sql
        more = [one for item in _in_the_way(failed, changes, start, wanted, texts) for one in roots(start, item)]
        more = [one for one in more if one.identity not in dropped]
        if not more:
            raise _no_way(failed, changes)
        stale += more


def roots(snapshot: Snapshot, item: Declared) -> list[Object]:
    """Of what the file of an object is responsible for, that which can be dropped by itself."""
    return (
        declared_part(snapshot, item).of(*ROOTS)
        if item.kind != "policies"
        else declared_part(snapshot, item).of("policy")
    )


def _superfluous(start: Snapshot, wanted: Snapshot, item: Declared) -> list[Object]:
    return [one for one in roots(start, item) if one.identity not in wanted.objects]


def _again(start: Snapshot, item: Declared) -> str:
    return sql_folder.text(item) if item.path.exists() else definition(start, item)


def _attempt(connection: psycopg.Connection, steps: Iterable[Step]) -> tuple[str, Failures]:
    """Run it all: the SQL in an order that works, or what of the first step that does not work fails, and why."""
    parts: list[str] = []
    for step in steps:
        done, failed = run_in_working_order(connection, step, lambda task: run(connection, task[1]))
        if failed:
            return "", [(what, error) for (what, _), error in failed]
        if done:
            parts.append(("\n" if isinstance(done[0][0], Declared) else "").join(text for _, text in done))
    return "\n".join(parts), []


def read(connection: psycopg.Connection) -> Snapshot:
    """The catalog without schemas: one with only Alembic's table in it is nobody's, so it goes with its last object."""
    snapshot = catalog.read(connection)
    kept = {
        identity: one
        for identity, one in snapshot.objects.items()
        if one.kind != "schema" and not one.parent.startswith("schema ")
    }
    return replace(snapshot, objects=kept)


def run(connection: psycopg.Connection, text: str) -> None:
    """Run a text of any number of statements."""
    connection.execute(text.encode())


def _with_dependents(
    connection: psycopg.Connection, start: Snapshot, stale: Collection[Object], known: Collection[Declared]
) -> list[Object]:
    """What must be dropped so that `stale` can be: Postgres' own answer, by a cascade that is rolled back.

    Raises:
        ReviseError: something depends on it that no file of `sql/` makes again.
    """
    if not stale:
        return []
    with connection.transaction(force_rollback=True):
        for one in stale:
            run(connection, f"drop {one.kind} if exists {one.identity.removeprefix(one.kind + ' ')} cascade")
        left = read(connection)
    lost = [change for change in compare(start, left) if change.object not in stale]
    ours = {identity for item in known for identity in declared_part(start, item).objects}
    foreign = [change for change in lost if change.action != "missing" or change.object.identity not in ours]
    if foreign:
        names = ", ".join(dict.fromkeys(change.object.identity for change in foreign))
        raise ReviseError(
            f"{', '.join(one.identity for one in stale)} must be dropped, but is needed by {names}",
            hint=f"sql/ does not hold that, so change it first; {BY_HAND}",
        )
    return [*stale, *(change.object for change in lost if change.object.kind in ROOTS)]


def _is_touched(cut: Snapshot, dropped: Collection[str]) -> bool:
    return any(one.identity in dropped or one.parent in dropped for one in cut.objects.values())


def _in_the_way(
    failed: Failures, changes: Iterable[Change], start: Snapshot, wanted: Snapshot, texts: Texts
) -> list[Declared]:
    """The objects that must be dropped before their texts can be applied, or before these give what is wanted."""
    refused = [what for what, error in failed if getattr(error, "sqlstate", "") in _IN_THE_WAY]
    identities = {change.object.identity for change in changes}
    return [
        item
        for item in texts
        if item in refused
        or identities & (declared_part(start, item).objects.keys() | declared_part(wanted, item).objects.keys())
    ]


def _no_way(failed: Failures, changes: list[Change]) -> ReviseError:
    for what, error in failed:
        name = what.identity if isinstance(what, Object) else f"{what.kind} {what.schema}.{what.name}"
        return ReviseError(f"{name}: {str(error).strip()}", hint=BY_HAND)
    differences = "\n".join(f"  {line}" for line in render.lines(changes))
    return ReviseError(f"the way there was found, but does not lead there:\n{differences}", hint=BY_HAND)
