"""The proof that a replay is the live schema again, by two observers: the catalog, and a fresh pg_dump of both."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import psycopg
from pglast import ast
from pglast.parser import ParseError, parse_sql
from psycopg.rows import tuple_row

from dbtools import catalog
from dbtools.catalog.normalise import same_meaning
from dbtools.errors import PullError
from dbtools.model import keywords
from dbtools.model.compare import Change, comparable, compare, is_across
from dbtools.model.quoting import identifier
from dbtools.model.snapshot import Object, Snapshot
from dbtools.platform.ownership import Ownership
from dbtools.postgres.connection import connect
from dbtools.pull import platform_changes
from dbtools.pull.dump import Entry, dump
from dbtools.pull.ownership import MEMBERS, project_entries

OLDEST_MAJOR = 14
LOCK_TIMEOUT = "5s"

# What pg_dump prints for a table's ALL where it shows the privileges one by one.
_ALL_BEFORE_17 = "SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE"

_LIKELY_OWN = """
select distinct x.schema
from (
    select schema, platform from relation
    union all select schema, platform from routine
    union all select schema, platform from data_type
  ) as x
where not x.platform and x.schema = any($1)
"""

Key = tuple[str, ...]


@dataclass(frozen=True)
class Observation:
    """One state of a database, seen twice: through the catalog, and through pg_dump (the project's entries only).

    `platform` are the platform's tables; `dumped_by` is the major version of that pg_dump; `ownership` says whose
    what is.
    """

    snapshot: Snapshot
    platform: Snapshot
    entries: tuple[Entry, ...]
    dumped_by: int
    ownership: Ownership

    def ours(self, known: Snapshot) -> Snapshot:
        """The project's objects, and what it changed about the platform's tables, as they are in `known` at birth."""
        changed = platform_changes.changed(self.platform, known)
        return replace(self.snapshot, objects={**self.snapshot.objects, **changed.objects})


def observe(url: str, own: Collection[str] | None = None) -> Observation:
    """As `observe_over`, with a connection of its own.

    Raises:
        ConnectError: the database cannot be reached.
    """
    with connect(url, application_name="dbtools-pull") as connection:
        begin(connection)
        return observe_over(connection, url, own)


def begin(connection: psycopg.Connection) -> None:
    """Let a new connection read one state, and nothing but read."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def observe_over(connection: psycopg.Connection, url: str, own: Collection[str] | None = None) -> Observation:
    """Read a database in one read-only transaction, by both observers.

    Args:
        connection: one to the database that `begin` was called for; its transaction stays open.
        url: the database's.
        own: the platform's schemas that the project has something in, if that is known.

    Raises:
        ConnectError: pg_dump cannot reach it.
        PullError: it is too old, or something in it may not be read.
    """
    major = connection.info.server_version // 10000
    if major < OLDEST_MAJOR:
        raise PullError(f"the server is Postgres {major}", hint=f"pull needs {OLDEST_MAJOR} or newer")
    try:
        connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'".encode())
        ownership = catalog.ownership_of(connection)
        likely = _likely_own(connection, ownership) if own is None else set(own)
        with dump(connection, url, likely, ownership) as printed:
            read = catalog.read_with_platform(connection)
            snapshot, tables = read.snapshot, read.on_platform
            members = _members(connection, ownership)
            right = _own_schemas(snapshot, ownership) if own is None else likely
            if right == likely:
                entries, dumped_by = printed()
        if right != likely:
            with dump(connection, url, right, ownership) as printed:
                entries, dumped_by = printed()
    except psycopg.errors.InsufficientPrivilege as error:
        raise PullError(
            f"the live schema cannot be read: {error.diag.message_primary}",
            hint=f"pull as the project's owner, or grant this to {connection.info.user}",
        ) from error
    except psycopg.OperationalError as error:
        raise PullError(f"the live schema cannot be read: {str(error).strip()}", hint="try again") from error
    except psycopg.errors.CharacterNotInRepertoire as error:
        raise not_text(error) from error
    if major < keywords.SINCE:
        entries = [_as_newer(entry) for entry in entries]
    ours = project_entries(snapshot, entries, ownership, members)
    return Observation(snapshot, tables, tuple(ours), dumped_by, ownership)


def _as_newer(entry: Entry) -> Entry:
    name, text = keywords.quoted_in_signature(entry.name), keywords.quoted_in_statements(entry.text)
    return replace(entry, name=name, text=text)


def not_text(error: psycopg.Error) -> PullError:
    """The error of a database whose names or texts are in no encoding that it knows of."""
    return PullError(
        f"the live schema cannot be read: {str(error).strip()}",
        hint="an SQL_ASCII database keeps any bytes; write that text again, as UTF-8",
    )


def _members(connection: psycopg.Connection, ownership: Ownership) -> set[tuple[str, str]]:
    with connection.transaction(force_rollback=True), psycopg.RawCursor(connection, row_factory=tuple_row) as cursor:
        cursor.execute(b"set local search_path = ''")
        return set(cursor.execute(MEMBERS, [list(ownership.roles)]))


def _likely_own(connection: psycopg.Connection, ownership: Ownership) -> set[str]:
    """What `_own_schemas` will say of all but the rarest projects, so that pg_dump need not wait for the catalog."""
    with connection.transaction(force_rollback=True), psycopg.RawCursor(connection, row_factory=tuple_row) as cursor:
        return {name for (name,) in cursor.execute(catalog.scoped(_LIKELY_OWN), ownership.arguments)}


def _own_schemas(snapshot: Snapshot, ownership: Ownership) -> set[str]:
    """The platform's schemas that the project has something in which hangs on nothing else."""
    roots = (item for item in snapshot.objects.values() if not item.parent and item.kind != "default privileges")
    return {item.schema for item in roots} & ownership.schemas


def prove(live: Observation, url: str, known: Snapshot) -> list[Change]:
    """How the replay at `url` differs from what was observed; empty means that both observers find them the same.

    `known` are the platform's tables as a project is born with them.

    The second observer is left out where another pg_dump was used than for live: two versions print differently.
    """
    found = observe(url, _own_schemas(live.snapshot, live.ownership))
    expected, got = live.ours(known), found.ours(known)
    changes = compare(expected, got)
    same: list[Change] = []
    if changes:
        with connect(url) as connection:
            same = same_meaning(connection, changes)
        explained = {(change.object.identity, change.property) for change in same}
        changes = [
            change
            for change in compare(*comparable(expected, got))
            if (change.object.identity, change.property) not in explained
        ]
    if live.dumped_by != found.dumped_by:
        return changes
    across = is_across(live.snapshot.major, found.snapshot.major, 17)
    bare = keywords.without_quotes if across else str
    wanted = _texts((_reworded(entry, same, bare) for entry in live.entries), without_maintain=across)
    seen = _texts((replace(entry, text=bare(entry.text)) for entry in found.entries), without_maintain=across)
    return changes + [change for change in _entry_changes(wanted, seen) if not _is_named(change, changes)]


def _entry_changes(expected: Mapping[Key, str], found: Mapping[Key, str]) -> list[Change]:
    """The second observer: entries of the one dump that the other has not, or has with another text."""
    changes: list[Change] = []
    for key in sorted(expected.keys() | found.keys()):
        name, kind, schema, *_ = key
        identity = f"pg_dump entry {kind} {schema + '.' if schema else ''}{name}"
        item = Object("pg_dump entry", schema, name, identity)
        if key not in found:
            changes.append(Change("missing", item))
        elif key not in expected:
            changes.append(Change("extra", item))
        elif expected[key] != found[key]:
            changes.append(Change("different", item, "text", expected[key], found[key]))
    return changes


def _reworded(entry: Entry, same: Iterable[Change], bare: Callable[[str], str]) -> Entry:
    """The entry with what means the same put in the found words; `bare` takes quotes away that mean nothing."""
    text = bare(entry.text)
    for change in same:
        if change.expected and change.found and change.object.schema == entry.schema:
            text = text.replace(bare(change.expected).rstrip(";"), bare(change.found).rstrip(";"))
    return replace(entry, text=text)


def _texts(entries: Iterable[Entry], *, without_maintain: bool) -> dict[Key, str]:
    texts: dict[Key, str] = {}
    for entry in entries:
        key: Key = (entry.name, entry.type, entry.schema, entry.owner)
        while key in texts:
            key += ("again",)
        text = entry.text
        if entry.type in ("ACL", "DEFAULT ACL"):
            if without_maintain:
                text = text.replace("MAINTAIN,", "").replace(_ALL_BEFORE_17, "ALL")
            # The order in which grants were made shows in an ACL, and means nothing.
            text = "\n".join(sorted(text.splitlines()))
        if entry.type == "POLICY":
            text = _with_roles_sorted(text)
        texts[key] = text if entry.access_method == "heap" else f"{text}\nusing {entry.access_method}"
    return texts


def _with_roles_sorted(text: str) -> str:
    """A policy with its roles by name: pg_dump prints them as they were created, which differs between two servers."""
    if "," not in text:
        return text
    try:
        [policy] = [raw.stmt for raw in parse_sql(text) if isinstance(raw.stmt, ast.CreatePolicyStmt)]
    except (ParseError, ValueError):
        return text
    roles = [identifier(role.rolename) for role in policy.roles or () if role.rolename]
    return text.replace(f" TO {', '.join(roles)}", f" TO {', '.join(sorted(roles))}", 1) if roles[1:] else text


def _is_named(change: Change, named: list[Change]) -> bool:
    """Whether one of the catalog's changes is about the same object as a dump's entry."""
    name = change.object.name
    bare = name.partition(" ")[2] if name.split(" ")[0].isupper() else name
    return any(
        other.object.schema == change.object.schema and (other.object.name in name or bare in other.object.parent)
        for other in named
    )
