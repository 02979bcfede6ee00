"""What a reviewer of row security, grants and functions would stop at."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dbtools.docs.facts import Facts
from dbtools.docs.rights import Rights
from dbtools.docs.security import COMMANDS, Row
from dbtools.model.snapshot import Snapshot

# A call for each row, where (select …) would make it one for all.
_PER_ROW = re.compile(r"\b(?:auth\.(?:uid|role|jwt|email)|current_setting)\(")
_ONCE = re.compile(r"\(\s*SELECT\s+\(*(?:auth\.(?:uid|role|jwt|email)|current_setting)\(", re.IGNORECASE)
_ALWAYS = {"true", "(true)"}


@dataclass(frozen=True)
class Finding:
    """Something to look at: a stable name, how bad, on which object, and what it means."""

    rule: str
    level: str
    identity: str
    text: str


def find(snapshot: Snapshot, facts: Facts, rights: Rights, rows: Sequence[Row]) -> list[Finding]:
    """All warnings, the worst first."""
    found = [warning for row in rows for warning in (*_of_table(row), *_of_policies(row))]
    found += [*_of_functions(snapshot, rights), *_of_keys(snapshot, facts)]
    order = ("error", "warning", "note")
    return sorted(found, key=lambda one: (order.index(one.level), one.rule, one.identity, one.text))


def _who(row: Row, *states: str) -> str:
    """Who may do what in a row, of the roles that come from outside: "anon: select, insert"."""
    parts = []
    for role, cells in row.cells:
        can = [command for command, cell in zip(COMMANDS, cells, strict=True) if cell.state in states]
        if can and role != "service_role":
            parts.append(f"{role}: {', '.join(can)}")
    return "; ".join(parts)


def _of_table(row: Row) -> Iterator[Finding]:
    identity, kind = row.relation.identity, row.relation.kind
    if row.state == "off" and row.policies:
        yield Finding("policies_without_row_security", "error", identity, "has policies, but row security is off")
    reached = _who(row, "all", "owner")
    if row.state == "off" and reached:
        yield Finding("row_security_off", "error", identity, f"row security is off, and every row is open to {reached}")
    if kind == "view" and reached:
        yield Finding(
            "view_as_owner",
            "warning",
            identity,
            f"reads as its owner, past row security, for {reached}",
        )
    if kind == "materialized view" and reached:
        yield Finding("open_materialized_view", "warning", identity, f"knows no row security, and is open to {reached}")
    if row.state in {"on", "forced"} and not row.policies and _who(row, "nothing"):
        yield Finding(
            "no_policy", "note", identity, f"granted, and no policy lets a row through: {_who(row, 'nothing')}"
        )


def _of_policies(row: Row) -> Iterator[Finding]:
    for policy in row.policies:
        if list(policy.roles) == ["public"]:
            yield Finding(
                "policy_for_everybody", "note", policy.identity, "names no role, so that it is asked for every one"
            )
        writes = policy.command != "select" and policy.permissive
        # Without a check of its own, a policy's condition on rows is its check too.
        if writes and (policy.check or policy.using) in _ALWAYS and set(policy.roles) != {"service_role"}:
            text = f"lets {', '.join(policy.roles)} {_verb(policy.command)} any row: its condition is always true"
            yield Finding("always_true", "error", policy.identity, text)
        conditions = f"{policy.using} {policy.check}"
        if "user_metadata" in conditions:
            yield Finding("user_metadata", "error", policy.identity, "trusts user_metadata, which users write")
        if len(_PER_ROW.findall(conditions)) > len(_ONCE.findall(conditions)):
            yield Finding(
                "call_for_each_row",
                "note",
                policy.identity,
                "calls auth.… for each row; (select auth.…) does so once",
            )
    for role, cells in row.cells:
        several = [c for c, cell in zip(COMMANDS, cells, strict=True) if len(cell.permissive) > 1]
        if several:
            text = f"several permissive policies are asked for {role} on {', '.join(several)}"
            yield Finding("several_policies", "note", row.relation.identity, text)


def _verb(command: str) -> str:
    return "read and write" if command == "all" else command


def _of_functions(snapshot: Snapshot, rights: Rights) -> Iterator[Finding]:
    for function in snapshot.of("function", "procedure"):
        definer = function.properties.get("security") == "definer"
        settings = json.loads(function.properties.get("settings", "[]"))
        if not any(setting.startswith("search_path=") for setting in settings) and definer:
            text = "runs as its owner with the caller's search_path"
            yield Finding("search_path_of_caller", "error", function.identity, text)
        if definer and function.properties.get("returns") != "trigger":
            who = [role for role in rights.roles if role == "anon" and rights.may(role, "EXECUTE", function.identity)]
            if who and rights.may("anon", "USAGE", _schema(function.identity)):
                yield Finding("open_definer", "note", function.identity, "runs as its owner, and anon may call it")


def _schema(identity: str) -> str:
    return "schema " + identity.split(" ", 1)[1].split(".", 1)[0]


def _of_keys(snapshot: Snapshot, facts: Facts) -> Iterator[Finding]:
    for key in facts.foreign_keys:
        if key.from_table in snapshot.objects and not key.indexed:
            columns = ", ".join(key.from_columns)
            text = f"foreign key {key.name} ({columns}) has no index, so that a delete there reads all here"
            yield Finding("key_without_index", "note", key.from_table, text)
    keyed = {
        item.parent for item in snapshot.of("constraint") if item.properties["definition"].startswith("PRIMARY KEY")
    }
    for table in snapshot.of("table"):
        if table.identity not in keyed and "partition" not in table.properties:
            yield Finding("no_primary_key", "note", table.identity, "has no primary key")
