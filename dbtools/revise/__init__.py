"""`dbtools revise`: from what `sql/` holds and head does not to a revision, complete, frozen and proven.

What `sql/` holds is built, not parsed: in a shadow at head, everything that has a file is moved aside, then all files
are applied. Read back and part down to each file, that is what head is to become; how to get there, and back, is found
by trying (`dbtools.revise.plan`). Before anything is written, all of it is run once more: up gives what `sql/` holds,
`sql/` on top changes nothing, down gives the start.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import psycopg

from dbtools.catalog.normalise import differences
from dbtools.errors import MigrationError, ReviseError
from dbtools.model import renames, render
from dbtools.model.compare import Change, compare
from dbtools.model.declared import Declared, declared_part, in_order, is_row_security_only
from dbtools.model.definition import BY_HAND, definition
from dbtools.model.renames import Rename
from dbtools.model.snapshot import Snapshot
from dbtools.postgres.connection import connect
from dbtools.project import Project, sql_folder
from dbtools.revise import provenance, removals
from dbtools.revise.answers import Answers, settle
from dbtools.revise.plan import Texts, plan, read, roots, run
from dbtools.revise.provenance import History

# What a file of sql/ says when it needs what head does not have.
_NOT_THERE = {"42703": "column", "42P01": "table", "42704": "type", "3F000": "schema"}
_AGAIN = "a file is written so that it can be applied on top of itself: create or replace, drop policy if exists"


@dataclass(frozen=True)
class Revision:
    """A revision before it is a file: the SQL both ways, and what it does.

    `changes` hold head (found) against what it becomes (expected); `from_sql` are the files of `sql/` whose text is in
    `up`, or that are gone, relative to the project; `contract` names what is taken away from whoever uses it; `renamed`
    comes before all of it.
    """

    up: str
    down: str
    changes: tuple[Change, ...] = ()
    from_sql: tuple[str, ...] = ()
    contract: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()


def pending(url: str, project: Project, answers: Answers | None = None) -> Revision | None:
    """The revision that brings head to what `sql/` holds, proven; None if head is there.

    Args:
        url: a database at head, as the owner of its objects; left as it is.
        project: where `sql/` and the revisions are.
        answers: what was renamed; None if that is of no account, as what looks renamed is dropped and made then.

    Raises:
        RenamesError: something looks renamed, and nobody says whether it was.
        ReviseError: there is no way, or a file of `sql/` does not load on head.
        ConfigError: a file lies where no object belongs.
    """
    past = provenance.read(project)
    try:
        with connect(url) as connection, connection.transaction(force_rollback=True):
            return _pending(connection, project, past, answers)
    except psycopg.Error as error:
        raise ReviseError(str(error).strip(), hint=BY_HAND) from error


def _pending(
    connection: psycopg.Connection, project: Project, past: History, answers: Answers | None
) -> Revision | None:
    head = start = read(connection)
    parts = _changed_by_sql(connection, project, start, past.known)
    if not parts:
        return None
    renamed = settle(connection, becomes(start, parts), answers) if answers else []
    changed = set(parts)
    if renamed:
        start = read(connection)
        parts = _changed_by_sql(connection, project, start, past.known)
        changed |= set(parts)
    wanted = becomes(start, parts)
    texts = {item: sql_folder.text(item) for item in parts if item.path.exists()}
    if renamed:
        run(connection, renames.UNCHECKED)
    up, down = both_ways(connection, start, wanted, texts, past)
    up, down = renames.before(renamed, up), renames.back_after(renamed, down)
    for one in reversed(renamed):
        run(connection, one.down)
    if left := differences(connection, head, read(connection)) if renamed else []:
        raise ReviseError("the old names do not come back:\n" + "\n".join(render.lines(left)), hint=BY_HAND)
    run(connection, up)
    run(connection, renames.CHECKED)
    _prove_complete(connection, project)
    same = {one.old.identity for one in renamed if one.old.kind == "policy"}
    gone = [one for one in removals.gone(head, wanted) if one.identity not in same]
    return Revision(
        up=up,
        down=down,
        changes=tuple(compare(wanted, start)),
        contract=tuple(removals.name(one) for one in gone),
        from_sql=tuple(item.path.relative_to(project.root).as_posix() for item in in_order(changed)),
        renamed=tuple(renamed),
    )


def _changed_by_sql(
    connection: psycopg.Connection, project: Project, start: Snapshot, known: Collection[Declared]
) -> dict[Declared, Snapshot]:
    built = _held_by_sql(connection, project, start, known)
    return {item: part for item, part in built.items() if differences(connection, part, declared_part(start, item))}


def both_ways(
    connection: psycopg.Connection, start: Snapshot, wanted: Snapshot, texts: Texts, past: History
) -> tuple[str, str]:
    """The SQL from `start` to `wanted`, and the SQL back; both were run, and led exactly there.

    Args:
        connection: to a database at `start`, in a transaction; left as it is.
        start: what its catalog says.
        wanted: what it is to say.
        texts: the SQL of each object that changes or is new.
        past: what may be dropped, for good or to be made again, and the texts that once made objects: where one would
            still change nothing, it is the way back, else what the catalog says.

    Raises:
        ReviseError: there is no such way.
    """
    changed = [item for item in past.known if compare(declared_part(wanted, item), declared_part(start, item))]
    printed = {item: definition(start, item) for item in changed if declared_part(start, item).objects}
    old = {item: _if_true(connection, start, past.texts.get(item)) or text for item, text in printed.items()}
    with connection.transaction(force_rollback=True):
        up = plan(connection, wanted, texts, past.known, lambda one: removals.drop(one, wanted))
        run(connection, up)
        try:
            down = plan(connection, start, old, past.known)
        except ReviseError:
            # A frozen text may lack what another revision added, which nobody sees as long as it is applied on top.
            down = plan(connection, start, printed, past.known)
        run(connection, down)
        left = differences(connection, start, read(connection))
    if left:
        raise ReviseError("the way back does not end at the start:\n" + "\n".join(render.lines(left)), hint=BY_HAND)
    return up, down


def becomes(start: Snapshot, parts: Mapping[Declared, Snapshot]) -> Snapshot:
    """`start` with what files are responsible for put in the place of what was theirs."""
    changed = dict(start.objects)
    for item, part in parts.items():
        for identity, one in declared_part(start, item).objects.items():
            if not is_row_security_only(item, one):
                changed.pop(identity, None)
        for identity, one in part.objects.items():
            if not is_row_security_only(item, one):
                changed[identity] = one
            elif identity in changed:
                properties = {**changed[identity].properties, **one.properties}
                changed[identity] = replace(changed[identity], properties=properties)
    return replace(start, objects=dict(sorted(changed.items())))


def _held_by_sql(
    connection: psycopg.Connection, project: Project, start: Snapshot, known: Collection[Declared]
) -> dict[Declared, Snapshot]:
    """What each file of `sql/` makes, applied where nothing of it was before; the database is left as it is.

    What tables depend on cannot be dropped, so everything that has a file is moved to other schemas instead.
    """
    aside: dict[str, str] = {}
    with connection.transaction(force_rollback=True):
        everything = {one.identity: one for item in known for one in roots(start, item)}.values()
        for one in everything:
            if one.kind in {"policy", "trigger"}:
                # A trigger on a table of the platform's is its owner's to drop, but anybody's to replace.
                with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    run(connection, f"drop {one.identity}")
        for one in everything:
            if one.kind not in {"policy", "trigger"}:
                schema = aside.setdefault(one.schema, f"dbtools_aside_{len(aside)}")
                run(connection, f"create schema if not exists {schema}; alter {one.identity} set schema {schema}")
        try:
            sql_folder.apply(connection, project)
        except MigrationError as error:
            raise _does_not_load(error, project, start, known) from error
        built = read(connection)
    parts = {item: declared_part(built, item) for item in known if item.path.exists()}
    for item, part in parts.items():
        if not part.objects:
            path = item.path.relative_to(project.root)
            raise ReviseError(f"{path} does not make {item.schema}.{item.name}", hint="a file bears its object's name")
    ours = start.objects.keys() | {identity for part in parts.values() for identity in part.objects}
    others = [one for one in built.objects.values() if not {one.schema, one.name} & {*aside.values()}]
    for one in others:
        if one.identity not in ours and one.kind not in {"grant", "comment"}:
            raise ReviseError(
                f"a file of sql/ makes {one.identity}, whose name it does not bear",
                hint=f"one object in a file, and no tables or columns: for those, {BY_HAND}",
            )
    return parts | {item: _what_stays(declared_part(start, item), item) for item in known if item not in parts}


def _does_not_load(
    error: MigrationError, project: Project, start: Snapshot, known: Collection[Declared]
) -> ReviseError:
    missing = _NOT_THERE.get(getattr(error.__cause__, "sqlstate", ""))
    hint = f"if head lacks a {missing}, add it first; {BY_HAND}" if missing else error.hint
    failed = [one for one in known if missing and error.message.startswith(one.path.name)]
    if len(failed) == 1:
        [one] = failed
        path = one.path.relative_to(project.root)
        # Whose text is no longer true may still be there, under head's new names.
        if declared_part(start, one).objects:
            hint += f"\n  if a revision has renamed it, edit {path}; head has it as\n{definition(start, one)}"
        else:
            hint += f"\n  if a revision has renamed or dropped it, rename {path} and what it says, or delete it"
    return ReviseError(f"sql/ cannot be applied to head: {error.message}", hint=hint)


def _prove_complete(connection: psycopg.Connection, project: Project) -> None:
    """`sql/` on top of the revision changes nothing."""
    before = read(connection)
    try:
        with connection.transaction(force_rollback=True):
            sql_folder.apply(connection, project)
            changes = differences(connection, before, read(connection))
    except MigrationError as error:
        raise ReviseError(f"sql/ cannot be applied twice: {error.message}", hint=_AGAIN) from error
    if changes:
        raise ReviseError("applied twice, sql/ changes again:\n" + "\n".join(render.lines(changes)), hint=_AGAIN)


def _what_stays(part: Snapshot, item: Declared) -> Snapshot:
    """What stays of what a file held once the file is gone: of a table, all but the policies."""
    policies = {one.identity for one in part.of("policy")}
    kept = {
        identity: one
        for identity, one in part.objects.items()
        if item.kind == "policies" and identity not in policies and one.parent not in policies
    }
    return replace(part, objects=kept)


def _if_true(connection: psycopg.Connection, start: Snapshot, text: str | None) -> str | None:
    """The text if, applied to the start, it changes nothing."""
    if text is None:
        return None
    try:
        with connection.transaction(force_rollback=True):
            run(connection, text)
            return None if differences(connection, start, read(connection)) else text
    except psycopg.Error:
        return None
