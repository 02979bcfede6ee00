"""What a hosted server's extensions let the owner do beyond its privileges, in a shadow, which has no such extensions.

supautils lets `postgres` write policies on the services' tables and drop triggers of theirs, and runs the platform's
event triggers as superuser. Membership and SECURITY DEFINER are the nearest that plain Postgres has. Up to 15,
CREATEROLE was a right over every role but superusers; from 16 on it takes an admin option.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from dbtools.model.quoting import identifier
from dbtools.platform.facts import Facts
from dbtools.postgres.embedded import EmbeddedServer

# What takes a superuser where no hook looks away.
NEEDED_BY = re.compile(r"\bevent trigger\b|\b(create|alter|drop) foreign data wrapper\b", re.IGNORECASE)

# A library of every Postgres that does nothing when it is loaded.
_IDLE = "utf8_and_win"


def imitate(connection: psycopg.Connection[Any], facts: Facts) -> None:
    """Give the owner of a platform that was laid what the hooks of its server would, and a login."""
    major = connection.info.server_version // 10000
    owner = identifier(facts.owner)
    with connection.transaction():
        for role in sorted(set(_table_owners(facts))):
            connection.execute(f"grant {identifier(role)} to {owner}".encode())
        supers = {row["name"] for row in facts.of("role") if row["super"]}
        if facts.of("server_setting"):
            called = {row["function"] for row in facts.of("event_trigger")}
            for row in facts.of("function"):
                if row["name"] in called and row["owner"] in supers:
                    connection.execute(f"alter function {row['name']} security definer".encode())
        connection.execute(f"alter role {owner} login".encode())
        role_of_owner = facts.by_key["role", facts.owner]
        if facts.major < 16 <= major and role_of_owner["createrole"] and not role_of_owner["super"]:
            for role in facts.roles:
                if role not in supers and role != facts.owner:
                    grant = f"grant {identifier(role)} to {owner} with admin option"
                    also = "" if _is_member(facts, role) else ", inherit false, set false"
                    connection.execute(f"{grant.replace('admin option', 'admin true')}{also}".encode())


@contextmanager
def owner_privileged(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """For the length of the block, let the owner of a shadow make event triggers and wrappers, as a hosted server does.

    Plain Postgres keeps them for superusers, so the owner is one meanwhile, one session at a time.
    """
    there = connection.info
    with connection.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute("select rolname, current_user from pg_roles where oid = 10").fetchone()
    assert found is not None  # noqa: S101  (every server has a bootstrap superuser)
    admin, owner = found
    with psycopg.connect(
        host=there.host, port=there.port, user=admin, password=there.password, dbname="postgres", autocommit=True
    ) as other:
        other.execute("select pg_advisory_lock(hashtext('dbtools event triggers'))")
        is_superuser = other.execute("select rolsuper from pg_roles where rolname = %s", [owner]).fetchone() == (True,)
        try:
            if not is_superuser:
                other.execute(f"alter role {identifier(owner)} superuser".encode())
                _notice(connection)
            yield
        finally:
            if not is_superuser:
                other.execute(f"alter role {identifier(owner)} nosuperuser".encode())


def _notice(connection: psycopg.Connection[Any]) -> None:
    """Let a session see what another one changed of its role: it looks whenever it takes a lock anew."""
    with connection.transaction(force_rollback=True):
        connection.execute("select from pg_catalog.pg_shseclabel limit 0")


def _is_member(facts: Facts, role: str) -> bool:
    members = {row["role"] for row in facts.of("membership") if row["member"] == facts.owner}
    return role in members or role in set(_table_owners(facts))


def _table_owners(facts: Facts) -> Iterator[str]:
    """The owners of the tables that supautils lets the project's owner put policies on."""
    owners = {row["name"]: row["owner"] for row in facts.of("relation")}
    for row in facts.of("server_setting"):
        if row["name"] in {"supautils.policy_grants", "supautils.drop_trigger_grants"}:
            for table in json.loads(row["value"]).get(facts.owner, []):
                if table in owners:
                    yield owners[table]


def offer_libraries(server: EmbeddedServer, facts: Facts) -> None:
    """Libraries that a role's settings load at login, idle ones: without them the role could not log in.

    To be called before the server starts.
    """
    entries = [entry.partition("=") for row in facts.of("setting") for entry in row["config"]]
    lists = [value for name, _, value in entries if name in {"session_preload_libraries", "local_preload_libraries"}]
    # A name in double quotes may have a comma in it: a setting that was once made so is kept so.
    wanted = {quoted or plain for value in lists for quoted, plain in re.findall(r'"([^"]+)"|([^\s,"]+)', value)}
    idle = next(server.bin.parent.rglob(f"{_IDLE}.so"), None)
    if not wanted or idle is None:
        return
    folder = server.base / "libraries"
    folder.mkdir()
    for name in wanted:
        if not (idle.parent / f"{name}.so").exists() and "/" not in name:
            shutil.copy(idle, folder / f"{name}.so")
    server.settings["dynamic_library_path"] = f"$libdir:{folder}"
