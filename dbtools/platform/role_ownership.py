"""Which of live's roles are the platform's: rule 4 of `dbtools.platform.ownership`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

from dbtools.platform import acl
from dbtools.platform.facts import Fact, Facts

_BEYOND = {"super": "a superuser", "replication": "it may replicate", "bypassrls": "it bypasses row level security"}


class Roles:
    """Live's roles, told apart.

    Args:
        live: all of its facts.
        owner: the project's.
        known: the names of the roles that are the platform's because the reference says so.
        mentioned: those that something in this database refers to.
    """

    def __init__(self, live: Facts, owner: str, known: Collection[str], mentioned: Collection[str]) -> None:
        self.owner, self.admin = owner, live.admin
        self._live, self._known, self._mentioned = live, known, mentioned
        self._by_name = {row["name"]: row for row in live.of("role")}
        self.is_superuser = bool(self._by_name.get(owner, {}).get("super"))
        # What is the platform's and not the reference's, and why.
        self.noted: dict[str, str] = {}
        self.platforms = frozenset(self._of_platform())

    def is_platform(self, name: str) -> bool:
        """Whether a role is the platform's; the project's owner is not."""
        return name in self.platforms or name.startswith("pg_")

    def owner_may_act_for(self, role: str) -> bool:
        """Whether the project's owner is a role, a member of it, or a superuser."""
        return self.is_superuser or role in self._reached

    @cached_property
    def _reached(self) -> set[str]:
        reached, waiting = {self.owner}, [self.owner]
        while waiting:
            member = waiting.pop()
            for row in self._live.of("membership"):
                if row["member"] == member and row["role"] not in reached:
                    reached.add(row["role"])
                    waiting.append(row["role"])
        return reached

    def _of_platform(self) -> Iterator[str]:
        by_admin = set() if self.is_superuser else set(self._by_the_admin())
        for name, row in self._by_name.items():
            why = self._lacks(row) or (f"it has what it may from {self.admin}" if name in by_admin else "")
            if name == self.owner:
                continue
            if name == self.admin or name in self._known:
                yield name
            elif why and (name in self._mentioned or name in by_admin):
                self.noted[name] = why
                yield name

    def _by_the_admin(self) -> Iterator[str]:
        """The roles that the bootstrap superuser made a member of something, or lets create in its schemas."""
        for row in self._live.of("membership"):
            # From 16 on, whoever makes a role has it from the bootstrap superuser, with the admin option.
            is_made = row["member"] == self.owner and row["admin"]
            if row["grantor"] == self.admin != self.owner and not is_made:
                yield from {row["role"], row["member"]} - {self.owner}
        for row in self._live.of("schema"):
            if row["owner"] == self.admin != self.owner:
                grants = [grant for grant in acl.parse(row["acl"]) if grant.grantor == self.admin]
                yield from (grant.grantee for grant in grants if "C" in dict(grant.privileges) and grant.grantee)

    def _lacks(self, role: Fact) -> str:
        """Why the project's owner could not have made a role; empty if it could."""
        owner = self._by_name.get(self.owner)
        if owner is None or owner["super"]:
            return ""
        beyond = [words for what, words in _BEYOND.items() if role[what] and not owner[what]]
        return f"{self.owner} could not make it, {beyond[0]}" if beyond else ""
