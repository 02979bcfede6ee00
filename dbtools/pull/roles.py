"""The roles of the project's own, and who is a member of whom, as blocks of a baseline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dbtools.model.definition import setting_clause
from dbtools.model.quoting import dollar_quoted, identifier, literal
from dbtools.model.snapshot import Snapshot
from dbtools.pull.platform_objects import LeftOut


def made(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """First all roles, then who is a member of whom; of a role that the target has already, nothing is changed."""
    roles = snapshot.of("role")
    for role in roles:
        name, properties = identifier(role.name), role.properties
        attributes = json.loads(properties["attributes"])
        if "connection limit" in properties:
            attributes.append(f"connection limit {properties['connection limit']}")
        if "valid until" in properties:
            attributes.append(f"valid until {literal(properties['valid until'])}")
        statements = [f"create role {' '.join([name, *attributes])}"]
        # Whoever creates objects must belong to the role that is to own them.
        statements.append(f"grant {name} to current_user")
        statements += [f"alter role {name} {setting_clause(one)}" for one in json.loads(properties["settings"])]
        if comment := snapshot.objects.get(f"comment on {role.identity}"):
            statements.append(f"comment on {role.identity} is {literal(comment.properties['text'])}")
        statements.append(_REMEMBER.format(literal(role.name)))
        there = f"not exists (select from pg_roles where rolname = {literal(role.name)})"
        yield f"Name: {role.name}; Type: ROLE", _if(there, statements)
    for role in roles:
        name = identifier(role.name)
        statements = [
            _membership(name, one, others)
            for others in ("member of", "members")
            for one in json.loads(role.properties[others])
        ]
        if statements:
            yield f"Name: {role.name}; Type: MEMBERSHIP", _if(_REMEMBERED.format(literal(role.name)), statements)
    owners = {item.properties.get("owner") for item in snapshot.objects.values()}
    for role in roles:
        if role.name in owners:
            name = literal(role.name)
            demand = f"raise exception using errcode = '42501', message = {_NO_MEMBER.format(name)}"
            yield f"Name: {role.name}; Type: OWNER", _if(_MAY_NOT_ACT_FOR.format(name), [demand])


def passwords(snapshot: Snapshot) -> list[LeftOut]:
    """What of the roles is not captured."""
    return [
        LeftOut(f"password of {role.identity}", "not part of a schema; set it by hand")
        for role in snapshot.of("role")
        if "login" in json.loads(role.properties["attributes"])
    ]


def new(live: Snapshot, head: Snapshot) -> Snapshot:
    """Live without the roles that head has, and without comments on roles: those are steps of their own."""
    objects = {
        identity: one
        for identity, one in live.objects.items()
        if not ((one.kind == "role" and identity in head.objects) or identity.startswith("comment on role "))
    }
    return replace(live, objects=objects)


def ways(live: Snapshot, head: Snapshot) -> tuple[list[str], list[str]]:
    """Steps from head's roles to live's, and back; back, none is dropped: roles are the whole server's."""
    return [*(block for _, block in made(new(live, head))), *_altered(live, head)], _altered(head, live)


def _altered(wanted: Snapshot, found: Snapshot) -> list[str]:
    """The statements that bring roles to what they are wanted to be, and to be members of."""
    statements = []
    for role in wanted.of("role"):
        if role.identity in found.objects:
            name = identifier(role.name)
            before, after = found.objects[role.identity].properties, role.properties
            statements += [f"alter role {name} {change}" for change in _changes(before, after)]
            for others in ("member of", "members"):
                had, has = (json.loads(one[others]) for one in (before, after))
                statements += [_membership(name, one, others, ends=True) for one in had if one not in has]
                statements += [_membership(name, one, others) for one in has if one not in had]
    return [f"{statement};\n" for statement in statements]


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    was, is_ = (set(json.loads(one["attributes"])) for one in (before, after))
    yield from (one.replace("no", "", 1) if one.startswith("no") else f"no{one}" for one in sorted(was - is_))
    yield from sorted(is_ - was)
    for name, none in (("connection limit", "-1"), ("valid until", "infinity")):
        if before.get(name) != after.get(name):
            value = after.get(name, none)
            yield f"{name} {value if name == 'connection limit' else literal(value)}"
    had, has = (json.loads(one["settings"]) for one in (before, after))
    kept = {one.split("=", 1)[0] for one in has}
    yield from (f"reset {name}" for name in (one.split("=", 1)[0] for one in had) if name not in kept)
    yield from (setting_clause(one) for one in has if one not in had)


_REMEMBER = (
    "perform set_config('dbtools.made', concat_ws(' ', current_setting('dbtools.made', true), oid), true) "
    "from pg_roles where rolname = {}"
)
# Before 16 whoever is a member of a role may give it objects.
_MAY_NOT_ACT_FOR = (
    "not pg_has_role({}, case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end)"
)
_NO_MEMBER = (
    "format('role %I is there already, and %I is no member of it', {0}, current_user), "
    "hint = format('grant %I to %I', {0}, current_user)"
)
_REMEMBERED = (
    "exists (select from pg_roles where rolname = {} "
    "and oid::text = any(string_to_array(current_setting('dbtools.made', true), ' ')))"
)


def _if(condition: str, statements: Sequence[str]) -> str:
    body = "".join(f"    {statement};\n" for statement in statements)
    block = f"\nbegin\n  if {condition} then\n{body}  end if;\nend\n"
    return f"do {dollar_quoted(block)};\n"


def _membership(role: str, other: str, others: str, *, ends: bool = False) -> str:
    """What makes `other` one of the role's `members`, or of those that it is a `member of`; or what ends that."""
    found = re.fullmatch(r'("(?:[^"]|"")*"|[^" ]+)(.*)', other, re.DOTALL)
    assert found  # noqa: S101  (the reader quotes names)
    name, options = found.groups()
    group, member = (name, role) if others == "member of" else (role, name)
    return f"revoke {group} from {member}" if ends else f"grant {group} to {member}{options}"
