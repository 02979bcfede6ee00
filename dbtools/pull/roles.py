"""The roles of the project's own, and who is a member of whom, as blocks of a baseline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from dbtools.model.quoting import dollar_quoted, identifier, literal
from dbtools.model.snapshot import Snapshot
from dbtools.pull.platform_objects import LeftOut


def made(snapshot: Snapshot, left_out: list[LeftOut]) -> Iterator[tuple[str, str]]:
    """First all roles, then who is a member of whom; of a role that the target has already, nothing is changed."""
    roles = snapshot.of("role")
    for role in roles:
        name, properties = identifier(role.name), role.properties
        attributes = json.loads(properties["attributes"])
        for secret, what in (("login" in attributes, "password"), ("settings" in properties, "settings")):
            if secret:
                left_out.append(LeftOut(f"{what} of {role.identity}", "not part of a schema; set it by hand"))
        if "connection limit" in properties:
            attributes.append(f"connection limit {properties['connection limit']}")
        if "valid until" in properties:
            attributes.append(f"valid until {literal(properties['valid until'])}")
        statements = [f"create role {' '.join([name, *attributes])}"]
        # Whoever creates objects must belong to the role that is to own them.
        statements.append(f"grant {name} to current_user")
        if comment := snapshot.objects.get(f"comment on {role.identity}"):
            statements.append(f"comment on {role.identity} is {literal(comment.properties['text'])}")
        statements.append(_REMEMBER.format(literal(role.name)))
        there = f"not exists (select from pg_roles where rolname = {literal(role.name)})"
        yield f"Name: {role.name}; Type: ROLE", _if(there, statements)
    for role in roles:
        name = identifier(role.name)
        statements = [_membership(name, group, group=group) for group in json.loads(role.properties["member of"])]
        statements += [_membership(name, member, group=name) for member in json.loads(role.properties["members"])]
        if statements:
            yield f"Name: {role.name}; Type: MEMBERSHIP", _if(_REMEMBERED.format(literal(role.name)), statements)
    owners = {item.properties.get("owner") for item in snapshot.objects.values()}
    for role in roles:
        if role.name in owners:
            name = literal(role.name)
            demand = f"raise exception using errcode = '42501', message = {_NO_MEMBER.format(name)}"
            yield f"Name: {role.name}; Type: OWNER", _if(_MAY_NOT_ACT_FOR.format(name), [demand])


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


def _membership(role: str, other: str, *, group: str) -> str:
    """The grant of a role to another one, of which one comes with the membership's options behind its name."""
    found = re.fullmatch(r'("(?:[^"]|"")*"|[^" ]+)(.*)', other, re.DOTALL)
    assert found  # noqa: S101  (the reader quotes names)
    name, options = found.groups()
    return f"grant {name} to {role}{options}" if group == other else f"grant {group} to {name}{options}"
