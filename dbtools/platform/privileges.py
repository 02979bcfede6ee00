"""Laying what GRANT cannot say: privileges in their order and with their grantors, memberships, settings as stored.

A shadow is thrown away, so its catalogs are written directly, as `read` reads them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from dbtools.model.quoting import identifier, literal
from dbtools.platform import acl
from dbtools.platform.facts import Fact, Facts
from dbtools.platform.read import HERE, NOT_KEPT

Unlaid = tuple[Fact, str]

_CLASSES = {"r": "tables", "S": "sequences", "f": "functions", "T": "types", "n": "schemas", "L": "large objects"}
_ON = re.compile(r"(function|table|column|schema|type|language|foreign-data wrapper) (.*)", re.DOTALL)
_COLUMN = re.compile(r'(.*)\.("(?:[^"]|"")*"|[^."]+)', re.DOTALL)

_FORGET_MEMBERS = """
  update {catalog} as o set {column} = null
  from pg_depend as d
  where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and d.classid = '{catalog}'::regclass
    and d.objid = o.{oid} and o.{column} is not null and d.objid >= 16384
"""
_INITIAL = """
  with found as (
    select d.classid, d.objid from pg_depend as d
    where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
    union all
    select 'pg_namespace'::regclass, oid from pg_namespace
  )
  insert into pg_init_privs (objoid, classoid, objsubid, privtype, initprivs)
  select distinct on (f.name) o.objid, o.classid, 0, 'e', f.acl::aclitem[]
  from unnest(%(names)s::text[], %(acls)s::text[]) as f (name, acl)
    inner join found as o on pg_describe_object(o.classid, o.objid, 0) = f.name
  where not exists (
    select from pg_init_privs as i where i.objoid = o.objid and i.classoid = o.classid and i.objsubid = 0
  )
"""


def grants(cursor: psycopg.Cursor[Any], rows: Iterable[Fact]) -> Iterator[Unlaid]:
    """Give every object its access control list, and the members of extensions none but those that are facts."""
    for catalog, column, oid in (
        ("pg_proc", "proacl", "oid"),
        ("pg_class", "relacl", "oid"),
        ("pg_type", "typacl", "oid"),
        ("pg_attribute", "attacl", "attrelid"),
    ):
        statement = _FORGET_MEMBERS.format(catalog=catalog, column=column, oid=oid)
        cursor.execute(statement.replace("'pg_attribute'", "'pg_class'").encode())
    by_class: dict[str, list[_Wanted]] = defaultdict(list)
    for wanted in _on(rows):
        by_class[wanted.word].append(wanted)
    statements = _statements(HERE / "privileges.sql")
    for word, group in by_class.items():
        given: dict[str, list[Any]] = {"names": [one.name for one in group], "acls": [one.row["acl"] for one in group]}
        if word == "column":
            given["columns"] = [one.column for one in group]
        there = {name for (name,) in cursor.execute(statements[word].encode(), given)}
        for one in group:
            if one.name not in there and one.row["kind"] in {"builtin_acl", "member_acl"}:
                yield one.row, "there is no such object in a shadow"


@dataclass(frozen=True)
class _Wanted:
    word: str
    name: str
    row: Fact
    column: str = ""


def _on(rows: Iterable[Fact]) -> Iterator[_Wanted]:
    for row in rows:
        kind = row["kind"]
        if kind in {"builtin_acl", "member_acl"}:
            if found := _ON.fullmatch(row["on"]):
                column = _COLUMN.fullmatch(found[2]) if found[1] == "column" else None
                yield _Wanted(found[1], column[1], row, column[2]) if column else _Wanted(found[1], found[2], row)
        elif kind == "column" and row["acl"]:
            yield _Wanted("column", row["table"], row, identifier(row["name"]))
        elif kind == "schema":
            yield _Wanted("schema", identifier(row["name"]), row)
        elif kind in {"relation", "function", "type"}:
            yield _Wanted("table" if kind == "relation" else kind, row["name"], {**row, "acl": row.get("acl")})


def initial(cursor: psycopg.Cursor[Any], rows: Collection[Fact]) -> None:
    """What pg_dump takes for given when it looks for grants on the members of extensions."""
    cursor.execute("delete from pg_init_privs where privtype = 'e'")
    cursor.execute(_INITIAL.encode(), {"names": [row["on"] for row in rows], "acls": [row["acl"] for row in rows]})


def defaults(rows: Iterable[Fact]) -> Iterator[tuple[str, Fact]]:
    """Default privileges: a row that depends on what it must, made by a grant, and then given its list."""
    for row in rows:
        where = f" in schema {identifier(row['schema'])}" if row["schema"] else ""
        space = f"{literal(row['schema'])}::regnamespace" if row["schema"] else "0"
        yield (
            f"alter default privileges for role {identifier(row['role'])}{where}"
            f" grant all on {_CLASSES[row['objtype']]} to pg_monitor;"
            f" update pg_default_acl set defaclacl = {literal(row['acl'])}::aclitem[]"
            f" where defaclrole = {literal(identifier(row['role']))}::regrole and defaclnamespace = {space}"
            f" and defaclobjtype = {literal(row['objtype'])}",
            row,
        )


def memberships(cursor: psycopg.Cursor[Any], major: int, rows: Iterable[Fact]) -> Iterator[Unlaid]:
    """Memberships with their grantors and options; of roles that this major lacks there are none."""
    known = {name for (name,) in cursor.execute("select rolname from pg_roles")}
    for row in rows:
        names = [row["role"], row["member"], row["grantor"]]
        if lacking := [name for name in names if name not in known]:
            yield row, f"Postgres {major} has no role {lacking[0]}"
            continue
        columns, values = "roleid, member, grantor, admin_option", "%s::regrole, %s::regrole, %s::regrole, %s"
        given: list[Any] = [*map(identifier, names), row["admin"]]
        if major >= 16:
            columns += ", oid, inherit_option, set_option"
            values += (
                ", pg_nextoid('pg_auth_members', 'oid', 'pg_auth_members_oid_index'),"
                " coalesce(%s, (select rolinherit from pg_roles where rolname = %s)), %s"
            )
            given += [row.get("inherit"), row["member"], row.get("set", True)]
        cursor.execute(f"insert into pg_auth_members ({columns}) values ({values})".encode(), given)


def settings(cursor: psycopg.Cursor[Any], rows: Iterable[Fact], database: str | None) -> None:
    """Settings of roles; or, with the name of a database, those that are made in it."""
    for row in rows:
        if row["in_database"] == (database is not None):
            config = [*row["config"], *(f"{name}={NOT_KEPT}" for name in row.get("secret", []))]
            cursor.execute(
                "insert into pg_db_role_setting (setdatabase, setrole, setconfig)"
                " select coalesce((select oid from pg_database where datname = %s), 0),"
                " coalesce(%s::regrole::oid, 0), %s",
                [database, row["role"] and identifier(row["role"]), config],
            )


def usable(facts: Facts, major: int, roles: Collection[str]) -> Iterator[Fact]:
    """The facts with their lists as this major version has them, without grants to roles that are not there."""
    for row in facts.rows:
        if row.get("acl"):
            fitting = acl.for_major(row, major) if (facts.major < 17) != (major < 17) else row
            yield {**fitting, "acl": acl.of_roles(fitting["acl"], roles)}
        else:
            yield row


def _statements(path: Path) -> dict[str, str]:
    _, *parts = re.split(r"(?m)^-- == (.+)\n", path.read_text("utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))
