"""Laying a platform: facts become roles, schemas and all that is in them, in a server that is thrown away later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from dbtools.errors import PlatformFileError
from dbtools.platform import acl, privileges, statements
from dbtools.platform.facts import Fact, Facts, line
from dbtools.platform.functions import functions
from dbtools.platform.statements import Statement


@dataclass(frozen=True)
class Unlaid:
    """A fact that this server does not take, and why."""

    fact: Fact
    reason: str


def lay(connection: psycopg.Connection[Any], facts: Facts) -> tuple[Unlaid, ...]:
    """Make a fresh database, and its server's roles, what the facts say; all of it in one transaction.

    The facts may be of another major version: what that one has more is left out, and said. A function that is in C, or
    whose body is not known, raises 0A000 (`feature_not_supported`) when it is called.

    Args:
        connection: the bootstrap superuser's, who has the name that the facts give him already; autocommitting.

    Returns:
        what could not be laid.

    Raises:
        PlatformFileError: the server takes not even the roles or the schemas.
    """
    major = connection.info.server_version // 10000
    with connection.transaction(), connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        _prepare(cursor)
        _all(cursor, statements.roles(facts))
        known = {name for (name,) in cursor.execute("select rolname from pg_roles")}
        facts = facts.with_rows(privileges.usable(facts, major, known))
        unlaid = [*privileges.memberships(cursor, major, facts.of("membership"))]
        _all(cursor, statements.schemas(facts))
        extensions = {name for (name,) in cursor.execute("select extname from pg_extension")}
        unlaid += _each(cursor, statements.extensions(facts, extensions))
        languages = {name for (name,) in cursor.execute("select lanname from pg_language")} - {"c", "internal"}
        for group in (
            [*statements.types(facts), *functions(facts, languages), *statements.relations(facts)],
            statements.constraints(facts),
            statements.properties(facts),
            [*statements.dependents(facts), *statements.migrations(facts)],
            privileges.defaults(facts.of("default_acl")),
        ):
            unlaid += _whole_or_each(cursor, list(group))
        _configure(cursor, facts)
        unlaid += privileges.grants(cursor, facts.rows)
        privileges.initial(cursor, facts.of("initial_acl"))
        unlaid += _whole_or_each(cursor, list(statements.event_triggers(facts)))
        _owners(cursor, facts)
        privileges.settings(cursor, facts.of("setting"), None)
    return tuple(Unlaid(fact, reason) for fact, reason in unlaid)


def give_database(cursor: psycopg.Cursor[Any], facts: Facts, name: str) -> None:
    """Give a database the owner's grants and the settings that live's has: no template hands those on."""
    _prepare(cursor)
    known = {role for (role,) in cursor.execute("select rolname from pg_roles")}
    acls = [acl.of_roles(row["acl"], known) for row in facts.of("database")]
    cursor.execute("update pg_database set datacl = %s::aclitem[] where datname = %s", [*acls, name])
    privileges.settings(cursor, facts.of("setting"), name)


def _prepare(cursor: psycopg.Cursor[Any]) -> None:
    cursor.execute(
        "set local search_path to pg_catalog; set local check_function_bodies to off;"
        " set local allow_system_table_mods to on; set local client_min_messages to warning"
    )


def _configure(cursor: psycopg.Cursor[Any], facts: Facts) -> None:
    for row in facts.of("function"):
        if row["config"] is not None:
            cursor.execute(
                "update pg_proc set proconfig = %s where oid = to_regprocedure(%s)", [row["config"], row["name"]]
            )


def _owners(cursor: psycopg.Cursor[Any], facts: Facts) -> None:
    # Postgres asks more of these owners than a hosted server does, whose hooks look away.
    for kind, catalog, owner, name in (
        ("extension", "pg_extension", "extowner", "extname"),
        ("event_trigger", "pg_event_trigger", "evtowner", "evtname"),
    ):
        rows = facts.of(kind)
        cursor.execute(
            f"update {catalog} as o set {owner} = r.oid"
            " from unnest(%s::text[], %s::text[]) as f (name, owner) inner join pg_roles as r on f.owner = r.rolname"
            f" where o.{name} = f.name and o.{owner} <> r.oid".encode(),
            [[row["name"] for row in rows], [row["owner"] for row in rows]],
        )


def _all(cursor: psycopg.Cursor[Any], wanted: Iterable[Statement]) -> None:
    for statement, fact in wanted:
        try:
            cursor.execute(statement.encode())
        except psycopg.Error as error:
            raise PlatformFileError(
                f"the platform cannot be laid: {_said(error)}", hint=f"the line of its file is: {line(fact)}"
            ) from None


def _whole_or_each(cursor: psycopg.Cursor[Any], wanted: list[Statement]) -> list[privileges.Unlaid]:
    """In one piece, which is quick; if that fails, one by one."""
    try:
        with cursor.connection.transaction():
            if wanted:
                cursor.execute(";\n".join(statement for statement, _ in wanted).encode())
    except psycopg.Error:
        return _each(cursor, wanted)
    return []


def _each(cursor: psycopg.Cursor[Any], wanted: Iterable[Statement]) -> list[privileges.Unlaid]:
    """One by one; what fails is tried again after the others, as long as that gets anything further."""
    left = list(wanted)
    while left:
        failed: list[tuple[Statement, str]] = []
        for statement, fact in left:
            try:
                with cursor.connection.transaction():
                    cursor.execute(statement.encode())
            except psycopg.Error as error:
                failed.append(((statement, fact), _said(error)))
        if len(failed) == len(left):
            return [(fact, reason) for (_, fact), reason in failed]
        left = [statement for statement, _ in failed]
    return []


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)
