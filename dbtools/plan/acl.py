"""Access control lists, as the catalog has them: `grantee=privileges/grantor`, in letters."""

from __future__ import annotations

from collections.abc import Sequence

from dbtools.platform.acl import grant_of

PUBLIC = "public"

_WORDS = {
    "r": "select",
    "a": "insert",
    "w": "update",
    "d": "delete",
    "D": "truncate",
    "x": "references",
    "t": "trigger",
    "m": "maintain",
    "X": "execute",
    "U": "usage",
    "C": "create",
}


def privileges(acl: Sequence[str] | None, owner: str, default: str = "") -> dict[str, set[str]]:
    """Privileges by grantee.

    Args:
        acl: None stands for what an owner has, and PUBLIC, where nothing was granted or revoked.
        owner: whose privileges are no matter of grants, and are left out.
        default: the letters that PUBLIC has by itself.
    """
    if acl is None:
        return {PUBLIC: set(default)} if default else {}
    found: dict[str, set[str]] = {}
    for item in acl:
        grant = grant_of(item)
        found.setdefault(grant.grantee or PUBLIC, set()).update(letter for letter, _ in grant.privileges)
    found.pop(owner, None)
    return found


def more(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, set[str]]:
    """What each grantee has after and had not before."""
    found = {grantee: letters - before.get(grantee, set()) for grantee, letters in after.items()}
    return {grantee: letters for grantee, letters in found.items() if letters}


def words(letters: set[str]) -> str:
    """Privileges, for people."""
    return ", ".join(word for letter, word in _WORDS.items() if letter in letters)
