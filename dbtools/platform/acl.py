"""Access control lists as Postgres prints them: `{owner=arwdDxt/owner,=r/owner}`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from dbtools.model.quoting import unquoted
from dbtools.platform.facts import Fact

# The kinds of facts whose lists are a table's, in which Postgres 17 has one privilege more.
_BEFORE_17 = tuple("arwdDxt")
_MAINTAIN = "m"

_NAME = r'(?:"(?:[^"]|"")*"|[^=/",{}]*)'
_ITEM = re.compile(rf"({_NAME})=([A-Za-z*]*)/({_NAME})")
_QUOTED_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)')


@dataclass(frozen=True)
class Grant:
    """What one role has from another: `grantee` is empty for everybody; each privilege is a letter, and whether
    it may be granted on."""

    grantee: str
    grantor: str
    privileges: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        letters = "".join(letter + "*" * option for letter, option in self.privileges)
        return f"{_quoted(self.grantee)}={letters}/{_quoted(self.grantor)}"


def parse(text: str | None) -> Iterator[Grant]:
    """The grants of a list, in its order; none of no list."""
    for quoted, plain in _QUOTED_ITEM.findall((text or "{}")[1:-1]):
        yield grant_of(re.sub(r"\\(.)", r"\1", quoted) or plain)


def grant_of(item: str) -> Grant:
    """One grant of a list, as Postgres prints it: `owner=arw/owner`.

    Raises:
        ValueError: it is none.
    """
    found = _ITEM.fullmatch(item)
    if found is None:
        raise ValueError(f"no access control list: {item}")
    grantee, letters, grantor = found.groups()
    privileges = tuple((letter, star == "*") for letter, star in re.findall(r"([A-Za-z])(\*?)", letters))
    return Grant(unquoted(grantee), unquoted(grantor), privileges)


def text(grants: Collection[Grant]) -> str:
    """The list as Postgres reads it."""
    items = (re.sub(r'(["\\])', r"\\\1", str(grant)) for grant in grants)
    return "{" + ",".join(f'"{item}"' if re.search(r'["\\\s{},]', item) else item for item in items) + "}"


def of_roles(acl: str | None, roles: Collection[str]) -> str | None:
    """The list without the grants that name a role that is not among these."""
    if acl is None:
        return None
    return text([g for g in parse(acl) if g.grantor in roles and (g.grantee in roles or not g.grantee)])


def for_major(fact: Fact, major: int) -> Fact:
    """The fact as another major version has it: a table's whole set of privileges is one larger from 17 on."""
    return {**fact, "acl": _for_major(fact["acl"], major)} if _of_table(fact) else fact


def _of_table(fact: Mapping[str, object]) -> bool:
    if not fact.get("acl"):
        return False
    kind, on = fact["kind"], str(fact.get("on", ""))
    return (
        (kind == "relation" and fact["relkind"] != "S")
        or (kind == "default_acl" and fact["objtype"] == "r")
        or (
            kind in {"builtin_acl", "member_acl", "initial_acl"} and on.startswith(("table ", "view ", "materialized "))
        )
    )


def _for_major(acl: str, major: int) -> str:
    return text([_grant_for_major(grant, major) for grant in parse(acl)])


def _grant_for_major(grant: Grant, major: int) -> Grant:
    letters = tuple(letter for letter, _ in grant.privileges)
    if major < 17:
        return replace(grant, privileges=tuple(p for p in grant.privileges if p[0] != _MAINTAIN))
    if letters == _BEFORE_17:
        option = all(option for _, option in grant.privileges)
        return replace(grant, privileges=(*grant.privileges, (_MAINTAIN, option)))
    return grant


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'
