"""Whose an entry of a dump is: the project's or the platform's, by the rule of `dbtools.platform.ownership`."""

from __future__ import annotations

from collections.abc import Container, Iterable

from dbtools.model.quoting import unquoted
from dbtools.model.snapshot import Snapshot
from dbtools.platform.ownership import Ownership
from dbtools.pull.dump import Entry, in_header

_POSTGRES_OWN = ("pg_catalog", "information_schema")


# The members of extensions that belong to some roles, as the entries with their grants name them.
MEMBERS = """
    with member as (
      select classid, objid from pg_depend where refclassid = 'pg_extension'::regclass and deptype = 'e'
    )
    select n.nspname, case p.prokind when 'p' then 'PROCEDURE ' else 'FUNCTION ' end
      || format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
    from member as m
      inner join pg_proc as p on m.classid = 'pg_proc'::regclass and m.objid = p.oid
      inner join pg_namespace as n on p.pronamespace = n.oid
    where pg_get_userbyid(p.proowner) = any($1)
    union all
    select n.nspname, case c.relkind when 'S' then 'SEQUENCE ' else 'TABLE ' end || quote_ident(c.relname)
    from member as m
      inner join pg_class as c on m.classid = 'pg_class'::regclass and m.objid = c.oid
      inner join pg_namespace as n on c.relnamespace = n.oid
    where pg_get_userbyid(c.relowner) = any($1)
    union all
    select n.nspname, case t.typtype when 'd' then 'DOMAIN ' else 'TYPE ' end || quote_ident(t.typname)
    from member as m
      inner join pg_type as t on m.classid = 'pg_type'::regclass and m.objid = t.oid
      inner join pg_namespace as n on t.typnamespace = n.oid
    where pg_get_userbyid(t.typowner) = any($1)
"""


def project_entries(
    snapshot: Snapshot, entries: Iterable[Entry], ownership: Ownership, members: Container[tuple[str, str]] = ()
) -> list[Entry]:
    """The entries of a dump that are the project's.

    Args:
        snapshot: the project's objects.
        entries: all that pg_dump printed.
        ownership: what is the platform's.
        members: of extensions, those of the platform's roles: schema and name as in MEMBERS. Nobody else can have
            granted on them, and whoever creates the extension has the same grants again.
    """
    entries = [entry for entry in entries if entry.type != "ACL" or (entry.schema, entry.name) not in members]
    schemas = {in_header(item.name) for item in snapshot.of("schema")}
    foreign = {entry.name for entry in entries if entry.type == "SCHEMA"} - schemas - {"public"} | ownership.schemas
    routines = {
        (in_header(item.schema), in_header(item.name)) for item in snapshot.of("function", "procedure", "aggregate")
    }
    return [entry for entry in entries if _is_project(entry, schemas, foreign, routines, ownership)]


def _is_project(
    entry: Entry, schemas: set[str], foreign: set[str], routines: set[tuple[str, str]], ownership: Ownership
) -> bool:
    if entry.schema in _POSTGRES_OWN:
        return f"builtin {_granted_on(entry)}" not in ownership.named
    if not entry.schema and entry.type != "DEFAULT ACL":
        return _is_projects_without_schema(entry, schemas, ownership)
    if entry.schema not in foreign:
        return entry.type != "DEFAULT ACL" or not ownership.is_platform_role(entry.owner)
    if entry.type == "DEFAULT ACL" or ownership.is_platform_role(entry.owner):
        return False
    kind, _, name = f"{entry.type} {entry.name}".removeprefix("ACL ").removeprefix("COMMENT ").partition(" ")
    # A few functions of the platform's are under the name of the project's owner.
    return kind not in {"FUNCTION", "PROCEDURE"} or (entry.schema, unquoted(name.partition("(")[0])) in routines


def _granted_on(entry: Entry) -> str:
    """What an entry with grants is about, as the platform's file names it."""
    kind, _, name = entry.name.partition(" ")
    return f"{kind.lower()} {name.replace(', ', ',')}"


def _is_projects_without_schema(entry: Entry, schemas: set[str], ownership: Ownership) -> bool:
    kind, name = entry.type, entry.name
    if kind in ("ACL", "COMMENT", "SECURITY LABEL"):
        for word in ("SCHEMA", "EXTENSION", "PUBLICATION", "EVENT TRIGGER"):
            if name.startswith(word + " "):
                kind, name = word, unquoted(name.removeprefix(word + " "))
    if kind == "SCHEMA":
        # The grants of `public` are written from the catalog.
        return name in schemas or (name == "public" and entry.type == "COMMENT")
    if kind == "EXTENSION":
        return entry.type == kind
    if kind == "PUBLICATION":
        return name not in ownership.publications
    if kind == "EVENT TRIGGER" and f"event trigger {name}" in ownership.named:
        return False
    return not ownership.is_platform_role(entry.owner)
