"""Whose an entry of a dump is: the project's or the platform's, by the rule that `dbtools.catalog` states."""

from __future__ import annotations

from collections.abc import Iterable

from dbtools import platform
from dbtools.model.quoting import unquoted
from dbtools.model.snapshot import Snapshot
from dbtools.pull.dump import Entry


def project_entries(snapshot: Snapshot, entries: Iterable[Entry]) -> list[Entry]:
    """The entries of a dump that are the project's, by the rule that `dbtools.catalog` states."""
    entries = list(entries)
    schemas = {item.name for item in snapshot.of("schema")}
    foreign = {entry.name for entry in entries if entry.type == "SCHEMA"} - schemas | set(platform.SCHEMAS)
    routines = {(item.schema, item.name) for item in snapshot.of("function")}
    return [entry for entry in entries if _is_project(entry, schemas, foreign, routines)]


def _is_project(entry: Entry, schemas: set[str], foreign: set[str], routines: set[tuple[str, str]]) -> bool:
    if not entry.schema and entry.type != "DEFAULT ACL":
        return _is_projects_without_schema(entry, schemas)
    if entry.schema not in foreign:
        return entry.type != "DEFAULT ACL" or not is_platform_role(entry.owner)
    if entry.type == "DEFAULT ACL" or is_platform_role(entry.owner):
        return False
    kind, _, name = f"{entry.type} {entry.name}".removeprefix("ACL ").removeprefix("COMMENT ").partition(" ")
    # A few functions of the platform's are under the name of postgres.
    return kind != "FUNCTION" or (entry.schema, unquoted(name.partition("(")[0])) in routines


def _is_projects_without_schema(entry: Entry, schemas: set[str]) -> bool:
    kind, name = entry.type, entry.name
    if kind in ("ACL", "COMMENT", "SECURITY LABEL"):
        for word in ("SCHEMA", "EXTENSION", "PUBLICATION"):
            if name.startswith(word + " "):
                kind, name = word, unquoted(name.removeprefix(word + " "))
    if kind == "SCHEMA":
        # The grants of `public` are written from the catalog.
        return name in schemas or (name == "public" and entry.type == "COMMENT")
    if kind == "EXTENSION":
        return entry.type == kind
    if kind == "PUBLICATION":
        return name not in platform.PUBLICATIONS
    return not is_platform_role(entry.owner)


def is_platform_role(name: str) -> bool:
    """Whether a role is one that the platform or Postgres itself brings."""
    return name in platform.ROLES or name.startswith("pg_")
