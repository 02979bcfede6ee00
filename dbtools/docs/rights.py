"""Who may do what with an object, and why: each way by which a role has a privilege, not only that it has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dbtools.docs.facts import Facts, Grant
from dbtools.platform.facts import reference
from dbtools.platform.ownership import Ownership

# In the order in which people think of them.
ORDER = ("SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE", "USAGE", "CREATE")


@dataclass(frozen=True)
class Right:
    """Privileges that a role has on an object for the same reasons."""

    role: str
    privileges: Sequence[str]
    reasons: Sequence[str]


@dataclass(frozen=True)
class Shared:
    """Privileges that several roles have on an object for the same reasons."""

    roles: Sequence[str]
    privileges: Sequence[str]
    reasons: Sequence[str]


class Rights:
    """What the database's grants come to, for the roles that a page is about.

    `roles` are the roles of requests that there are, then the others that the project grants something to; without the
    platform's own and without superusers, who may do everything.
    """

    def __init__(self, facts: Facts, objects: Iterable[str]) -> None:
        self._facts = facts
        owners = {grant.owner for identity in objects for grant in facts.grants_on.get(identity, ())}
        named = {grant.grantee for identity in objects for grant in facts.grants_on.get(identity, ())}
        requests = [role for role in Ownership.of(reference()).api_roles if role in facts.roles]
        others = [role for role in facts.roles.values() if role.name in named and not role.superuser]
        known = {*Ownership.of(reference()).roles, *owners}
        self.roles: Sequence[str] = [*requests, *(role.name for role in others if role.name not in known)]
        self._born = defaultdict(list)
        for default in facts.default_privileges:
            self._born[default.creator, default.kind, default.grantee, default.privilege].append(default.schema)

    def on(self, identity: str) -> list[Right]:
        """The roles with what they may do with an object, privileges with the same reasons together."""
        rights = []
        for role in self.roles:
            by_reason: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
            for privilege, reasons in self.reasons(role, identity).items():
                by_reason[tuple(reasons)].append(privilege)
            rights += [Right(role, in_order(privileges), reasons) for reasons, privileges in by_reason.items()]
        return rights

    def shared(self, identity: str) -> list[Shared]:
        """The same as `on`, roles of which the same is said together."""
        alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for right in self.on(identity):
            alike.setdefault((tuple(right.privileges), tuple(right.reasons)), []).append(right.role)
        return [Shared(roles, privileges, reasons) for (privileges, reasons), roles in alike.items()]

    def reasons(self, role: str, identity: str) -> Mapping[str, Sequence[str]]:
        """Each privilege that a role has on an object, with every way by which it has it."""
        grants = self._facts.grants_on.get(identity, ())
        known = self._facts.roles[role]
        found: defaultdict[str, list[str]] = defaultdict(list)
        for grant in grants:
            if grant.grantee in {"", role, *known.is_also}:
                reason = self._why(grant, role)
                if reason not in found[grant.privilege]:
                    found[grant.privilege].append(reason)
        if known.superuser:
            return {privilege: ["superuser"] for privilege in found}
        return found

    def may(self, role: str, privilege: str, identity: str) -> bool:
        """Whether a role has a privilege on an object itself, leaving its columns aside."""
        return privilege in self.reasons(role, identity)

    def everybody(self, identity: str) -> list[str]:
        """What PUBLIC may do with an object."""
        return in_order({grant.privilege for grant in self._facts.grants_on.get(identity, ()) if not grant.grantee})

    def _why(self, grant: Grant, role: str) -> str:
        if not grant.grantee:
            return "everybody may: nothing was revoked from PUBLIC" if grant.built_in else "granted to PUBLIC"
        if grant.grantee == grant.owner:
            return "owner" if grant.grantee == role else f"member of {grant.grantee}, the owner"
        schemas = self._born[grant.owner, grant.kind, grant.grantee, grant.privilege]
        for schema in ("", grant.schema):
            if schema in schemas:
                where = f" in schema {schema}" if schema else ""
                why = f"granted, as the default privileges of {grant.owner}{where} say"
                break
        else:
            why = "granted" if grant.grantor == grant.owner else f"granted by {grant.grantor}"
        return why if grant.grantee == role else f"member of {grant.grantee}, {why}"


def in_order(privileges: Iterable[str]) -> list[str]:
    """Privileges as people think of them: read, write, then the rest by name."""
    return sorted(privileges, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
