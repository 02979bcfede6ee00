"""Whose an object is, told from live itself: the project is live without its platform.

1. The members of extensions are the extension's, and so is a schema that an extension brings. What the server was born
   with (`pg_*`, the bootstrap superuser, everything of `initdb`'s) is Postgres'.
2. Live stands on a reference's platform if the bootstrap superuser has the reference's name and a service's table of
   migrations is there and has the reference's owner. Otherwise it is a plain Postgres, in which no name means anything.
3. The project's owner is the reference's, or on a plain Postgres the role that owns the database.
4. A role is the platform's if it is Postgres', in the reference, nothing that the project's owner could make, or if the
   bootstrap superuser made it a member of something or lets it create in a schema of its own. Any other is the
   project's.
5. A schema is the platform's if it is in the reference, or owned by another role of the platform's than the project's
   owner. In such a schema an object is the platform's if it is in the reference or owned by a role of the platform's.
6. What hangs on a table of the platform's and is not in the reference: a column, a constraint, an index, a rule is the
   project's if its owner may act for the table's, and the service is the reference's release. A policy or a trigger is
   the project's; but a trigger that calls a function of the table's own schema that the reference lacks too came with
   it. A grant is the project's if it is to one of its roles, or was made by its owner.

What is in the project's own platform folder is the platform's as what is in the reference is: somebody has reviewed it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from dbtools.platform import acl
from dbtools.platform.facts import Facts

# Each service's table of migrations: the kind of fact that its rows are, and the schema that the service keeps.
SERVICES = {"auth_migration": "auth", "storage_migration": "storage", "realtime_migration": "realtime"}

# Schemas of services that a hosted platform's database may hold beside, and of the Supabase CLI's own history.
NOBODYS = ("_analytics", "_realtime", "_supavisor", "supabase_migrations")


@dataclass(frozen=True)
class Noted:
    """Something about the platform that is good to know and needs nothing: what, and why it is as it is."""

    object: str
    reason: str


@dataclass(frozen=True)
class Ownership:
    """What of a database is the platform's, by name; `arguments` are what `catalog/readers/_scope.sql` wants.

    `owner` is the project's; `roles` are the platform's without it; `schemas` the platform's without `public`;
    `named` are single things of the platform's that no schema and no owner tells.
    """

    owner: str
    roles: frozenset[str]
    schemas: frozenset[str]
    publications: frozenset[str]
    api_roles: tuple[str, ...]
    named: frozenset[str]
    nobodys: frozenset[str]

    @classmethod
    def of(cls, platform: Facts) -> Ownership:
        """Ownership on a platform whose facts are known."""
        return cls(
            owner=platform.owner,
            roles=frozenset(platform.roles) - {platform.owner},
            schemas=frozenset(platform.schemas) - {"public"},
            publications=frozenset(platform.publications),
            api_roles=tuple(api_roles(platform)),
            named=frozenset(_named(platform)),
            nobodys=frozenset(NOBODYS if any(True for _ in _releases(platform)) else ()),
        )

    @classmethod
    def loads(cls, text: str) -> Ownership:
        """From what `dumps` gave."""
        owner, api_roles, *sets = json.loads(text)
        roles, schemas, publications, named, nobodys = map(frozenset, sets)
        return cls(owner, roles, schemas, publications, tuple(api_roles), named, nobodys)

    def dumps(self) -> str:
        """As text, for the setting by which a shadow tells whoever reads it."""
        sets = (self.roles, self.schemas, self.publications, self.named, self.nobodys)
        return json.dumps([self.owner, self.api_roles, *map(sorted, sets)])

    @property
    def arguments(self) -> list[list[str]]:
        """For a statement behind `_scope.sql`, in the order of its parameters."""
        return [
            sorted(self.schemas),
            sorted(self.roles),
            sorted(self.publications),
            [self.owner],
            list(self.api_roles),
            sorted(self.named),
            sorted(self.nobodys),
        ]

    def is_platform_role(self, name: str) -> bool:
        """Whether a role is one that the platform or Postgres itself brings."""
        return name in self.roles or name.startswith("pg_")


def api_roles(platform: Facts) -> Iterator[str]:
    """The platform's roles that its default privileges in `public` name."""
    seen = {platform.owner}
    for fact in platform.of("default_acl"):
        for grant in acl.parse(fact["acl"]) if fact["schema"] == "public" else ():
            if grant.grantee and grant.grantee in platform.roles and grant.grantee not in seen | {fact["role"]}:
                seen.add(grant.grantee)
                yield grant.grantee


def _named(platform: Facts) -> Iterator[str]:
    for fact in platform.of("function"):
        if fact["owner"] == platform.owner:
            yield f"function {fact['name']}"
    yield from (f"event trigger {fact['name']}" for fact in platform.of("event_trigger"))
    yield from (f"builtin {fact['on']}" for fact in platform.of("builtin_acl"))
    yield from (f"{fact['kind']} {fact['name']} on {fact['table']}" for fact in platform.of("trigger", "policy"))
    yield from (f"membership {fact['member']} in {fact['role']}" for fact in platform.of("membership"))
    for fact in platform.of("setting"):
        whose = f"setting {fact['role'] or ''}"
        yield from (f"{whose} {entry}" for entry in fact["config"])
        yield from (f"{whose} {name}=*" for name in fact.get("secret", ()))
    for fact in platform.of("publication"):
        yield from (f"publication {fact['name']} {table}" for table in fact["tables"])
    for fact in platform.of("database"):
        for grant in acl.parse(fact["acl"]):
            yield from (f"database {grant.grantee} {letter}{'*' * option}" for letter, option in grant.privileges)


def _releases(facts: Facts) -> Iterator[str]:
    """The schemas of the services whose migrations are among the facts."""
    for kind, schema in SERVICES.items():
        if facts.of(kind):
            yield schema
