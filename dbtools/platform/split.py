"""Cutting live's platform out of all its facts, by the rule of `dbtools.platform.ownership`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from dbtools.platform import acl
from dbtools.platform.facts import Fact, Facts, key
from dbtools.platform.ownership import NOBODYS, SERVICES, Noted, Ownership, api_roles
from dbtools.platform.role_ownership import Roles

_TAKEN = "taken for the platform's"


@dataclass(frozen=True)
class Circumstances:
    """What ownership needs to know of live beside its facts.

    `mentioned` are the roles that something in this database refers to; `brought` the schemas that an extension brings;
    `superuser_settings` the parameters that only a superuser may set.
    """

    mentioned: frozenset[str] = frozenset()
    brought: frozenset[str] = frozenset()
    superuser_settings: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ground:
    """Live's platform cut out of all its facts, and what is to be noted about it."""

    platform: Facts
    noted: tuple[Noted, ...]

    @cached_property
    def ownership(self) -> Ownership:
        """Whose the objects of live are."""
        return Ownership.of(self.platform)


def split(
    live: Facts, reference: Facts | None, reviewed: Facts | None = None, about: Circumstances = Circumstances()
) -> Ground:
    """Cut the platform out of live's facts.

    Args:
        live: all that was read, of the platform's schemas at least.
        reference: the one whose platform live stands on; None for a plain Postgres.
        reviewed: what the project's platform folder says, if there is one.
        about: what else is known of live.
    """
    cut = _Split(live, reference, reviewed, about)
    rows = list(cut.rows())
    stand_ins = reviewed.stand_ins if reviewed else {}
    return Ground(
        Facts.of_rows(rows, major=live.major, stand_ins=stand_ins),
        tuple(sorted(set(cut.noted), key=lambda one: (one.object, one.reason))),
    )


class _Split:
    def __init__(self, live: Facts, reference: Facts | None, reviewed: Facts | None, about: Circumstances) -> None:
        self.live, self.reference, self.about = live, reference, about
        self.known: dict[tuple[object, ...], Fact] = {}
        for source in (reference, reviewed):
            self.known |= {_key(row): row for row in source.rows} if source else {}
        self.admin = live.admin
        self.owner = reference.owner if reference else live.owner
        self.same = set(self._same_releases())
        names = {str(known[1]) for known in self.known if known[0] == "role"}
        self.roles = Roles(live, self.owner, names, about.mentioned)
        self.noted = [Noted(f"role {name}", f"{_TAKEN}: {why}") for name, why in self.roles.noted.items()]
        self.owners = {row["name"]: row["owner"] for row in live.of("relation")}
        self.schemas = {row["name"] for row in live.of("schema") if self._is_schema(row)}
        self.tables = {row["name"] for row in live.of("relation") if self._is_object(row)}
        self.functions = {row["name"] for row in live.of("function") if self._is_object(row)}
        self.extensions = {row["name"] for row in live.of("extension") if _key(row) in self.known}

    def rows(self) -> Iterator[Fact]:
        """The platform's facts."""
        pick: Mapping[str, Callable[[Fact], Fact | None]] = {
            "database": self._database,
            "role": lambda row: row if row["name"] in self.roles.platforms | {self.owner} else None,
            "membership": self._membership,
            "setting": self._setting,
            "schema": self._schema,
            "extension": lambda row: row if row["name"] in self.extensions else None,
            "relation": self._relation,
            "sequence": lambda row: row if row["name"] in self.tables else None,
            "type": self._object,
            "function": self._object,
            "column": self._column,
            "constraint": self._on_table,
            "index": self._on_table,
            "rule": self._on_table,
            "trigger": self._trigger,
            "policy": self._policy,
            "publication": self._publication,
            "event_trigger": self._event_trigger,
            "default_acl": self._default_acl,
            "builtin_acl": self._granted,
            "member_acl": lambda row: self._granted(row) if row["extension"] in self.extensions else None,
            "initial_acl": lambda row: row if _key(row) in self.known else None,
            "not_read": self._not_read,
        }
        for row in self.live.rows:
            kept = pick[row["kind"]](row) if row["kind"] in pick else row
            if kept is not None:
                yield kept
        if self.reference and not self.live.of("server_setting"):
            # Only a superuser may see what these are; they are the same everywhere.
            yield from self.reference.of("server_setting")

    # What roles may do.

    def _membership(self, row: Fact) -> Fact | None:
        names = (row["role"], row["member"])
        if not all(self.roles.is_platform(name) or name == self.owner for name in names):
            return None
        if _key(row) in self.known or row["grantor"] != self.owner or self.admin == self.owner:
            return row
        # Whoever granted it: the reference has it from another grantor.
        same = any(known[:3] == ("membership", *names) for known in self.known)
        return row if same else None

    def _setting(self, row: Fact) -> Fact | None:
        role = row["role"]
        if role is not None and role != self.owner and not self.roles.is_platform(role):
            return None
        known = self.known.get(_key(row), {})
        secret = row.get("secret", [])
        for name in set(secret) - set(known.get("secret", ())):
            self._note(f"setting {name}", "holds a secret, which stays in live: its value is written nowhere")
        kept = [
            entry
            for entry in row["config"]
            if entry in known.get("config", ())
            or (self.reference and self._is_no_projects(role, entry.partition("=")[0]))
            or entry.startswith("app.settings.")
        ]
        return {**row, "config": kept} if kept or secret else None

    def _is_no_projects(self, role: str | None, setting: str) -> bool:
        return setting in self.about.superuser_settings or self._is_services(role)

    def _is_services(self, role: str | None) -> bool:
        """Whether a role is one that only the platform itself would change: none of the API's, not the owner."""
        return role is not None and self.roles.is_platform(role) and role not in self._api_roles

    @cached_property
    def _api_roles(self) -> set[str]:
        return {*api_roles(self.reference), "authenticator"} if self.reference else set()

    def _database(self, row: Fact) -> Fact:
        grants = [
            grant
            for grant in acl.parse(row["acl"])
            if not grant.grantee or grant.grantee == self.owner or self._is_services(grant.grantee)
        ]
        return {**row, "owner": self.owner, "acl": acl.text(grants) if row["acl"] else None}

    def _default_acl(self, row: Fact) -> Fact | None:
        if self.roles.is_platform(row["role"]):
            return self._granted(row)
        if row["role"] != self.owner or not self.reference:
            return None
        if _key(row) in self.known:
            # As a project is born with them; what this one made of them is in its revisions.
            return self.known[_key(row)] if row["schema"] == "public" else self._granted(row)
        return self._granted(row) if row["schema"] in self.schemas else None

    def _granted(self, row: Fact) -> Fact:
        """The fact without the grants that are the project's."""
        if row.get("acl") is None:
            return row
        grants = [grant for grant in acl.parse(row["acl"]) if self._is_grant(grant, row)]
        return {**row, "acl": acl.text(grants)}

    def _is_grant(self, grant: acl.Grant, row: Fact) -> bool:
        if grant.grantee and grant.grantee != self.owner and not self.roles.is_platform(grant.grantee):
            return False
        if not (grant.grantor == self.owner or self.roles.is_platform(grant.grantor)):
            return False
        owns = row.get("owner") or row.get("role")
        if grant.grantor != self.owner or owns == self.owner:
            return True
        known = self.known.get(_key(row), {}).get("acl")
        return any((one.grantee, one.grantor) == (grant.grantee, grant.grantor) for one in acl.parse(known))

    # Schemas and what lies in them.

    def _is_schema(self, row: Fact) -> bool:
        if row["name"] == "public" or self._is_nobodys(row["name"]):
            return False
        return (
            _key(row) in self.known
            or row["name"] in self.about.brought
            or (self.roles.is_platform(row["owner"]) and row["owner"] != "pg_database_owner")
        )

    def _is_nobodys(self, schema: str) -> bool:
        return self.reference is not None and schema in NOBODYS

    def _schema(self, row: Fact) -> Fact | None:
        if row["name"] == "public":
            return self._granted(row)
        if row["name"] not in self.schemas:
            return None
        if _key(row) not in self.known and row["name"] not in self.about.brought:
            self._note(f"schema {row['name']}", f"{_TAKEN}: it belongs to {row['owner']}")
        return self._granted(row)

    def _is_object(self, row: Fact) -> bool:
        schema = _schema_of(row["name"])
        return schema in self.schemas and (_key(row) in self.known or self.roles.is_platform(row["owner"]))

    def _object(self, row: Fact) -> Fact | None:
        if not self._is_object(row):
            return None
        self._note_newer(row, f"{row['kind']} {row['name']}")
        return self._granted(row)

    def _relation(self, row: Fact) -> Fact | None:
        if row["name"] not in self.tables:
            return None
        self._note_newer(row, f"table {row['name']}")
        known = self.known.get(_key(row))
        if known and self._could(row["name"]):
            # What differs is what the project made of the table.
            return self._as_live_prints(known)
        return self._granted(row)

    def _note_newer(self, row: Fact, what: str) -> None:
        if self.reference and _key(row) not in self.known and _schema_of(row["name"]) in self._known_schemas:
            self._note(what, f"newer than the reference, and {row['owner']}'s: the platform's")

    @cached_property
    def _known_schemas(self) -> set[str]:
        return {str(known[1]) for known in self.known if known[0] == "schema"}

    def _as_live_prints(self, row: Fact) -> Fact:
        major = self.live.major
        return acl.for_major(row, major) if self.reference and (self.reference.major < 17) != (major < 17) else row

    # What hangs on a table.

    def _could(self, table: str) -> bool:
        """Whether what the reference does not have on a table can be the project's doing."""
        schema = _schema_of(table)
        return self.roles.owner_may_act_for(self.owners[table]) and (
            schema in self.same or schema not in SERVICES.values()
        )

    def _on_table(self, row: Fact) -> Fact | None:
        table = row["table"]
        if table not in self.tables:
            return None
        if known := self.known.get(_key(row)):
            return {**row, **known} if self._could(table) else row
        if ("relation", table) in self.known or not self.reference:
            if self._could(table):
                return None
            self._note(
                f"{row['kind']} {row['name']} on {table}",
                f"newer than the reference, and only {self.owners[table]} can have made it: the platform's",
            )
        return row

    def _column(self, row: Fact) -> Fact | None:
        kept = self._on_table(row)
        return self._granted(kept) if kept else None

    def _trigger(self, row: Fact) -> Fact | None:
        table = row["table"]
        if table not in self.tables:
            return None
        if _key(row) in self.known:
            return row
        function = f"{_called(row['def'])}()"
        came_along = (
            function in self.functions
            and ("function", function) not in self.known
            and _schema_of(function) == _schema_of(table)
        )
        if not came_along and ("relation", table) in self.known:
            return None
        if came_along or _schema_of(function) == _schema_of(table):
            self._note(
                f"trigger {row['name']} on {table}", "newer than the reference, as its function is: the platform's"
            )
            return row
        return None

    def _policy(self, row: Fact) -> Fact | None:
        return row if row["table"] in self.tables and _key(row) in self.known else None

    # What has no schema.

    def _publication(self, row: Fact) -> Fact | None:
        known = self.known.get(_key(row))
        if known:
            tables = [
                table for table in row["tables"] if table in known["tables"] or self.roles.is_platform(row["owner"])
            ]
            kept = {name: value for name, value in row.items() if name not in {"schemas", "filters", "columns"}}
            return {**kept, "tables": [table for table in tables if table in self.tables]}
        if self.reference and self.roles.is_platform(row["owner"]):
            self._note(f"publication {row['name']}", f"{_TAKEN}: it belongs to {row['owner']}")
            return {**row, "tables": [table for table in row["tables"] if table in self.tables]}
        return None

    def _event_trigger(self, row: Fact) -> Fact | None:
        if _key(row) in self.known and row["function"] in self.functions:
            return row
        if self.roles.is_platform(row["owner"]) and row["function"] not in self.functions:
            why = f"not captured: it belongs to {row['owner']}, and calls what is not the platform's"
            self._note(f"event trigger {row['name']}", why)
        elif self.roles.is_platform(row["owner"]):
            self._note(f"event trigger {row['name']}", f"{_TAKEN}: it belongs to {row['owner']}")
            return row
        return None

    def _not_read(self, row: Fact) -> None:
        """Of the project's, the catalog's readers know them all."""
        if self.roles.is_platform(row.get("owner", "")):
            self._note(row["what"], f"it belongs to {row['owner']} and is in no shadow: what needs it cannot be tried")

    def _same_releases(self) -> Iterator[str]:
        """The schemas of the services that have run the migrations of the reference, and no others."""
        for kind, schema in SERVICES.items():
            rows = {_key(row) for row in self.live.of(kind)}
            if self.reference and rows and rows == {_key(row) for row in self.reference.of(kind)}:
                yield schema

    def _note(self, what: str, why: str) -> None:
        self.noted.append(Noted(what, why))


def _key(row: Fact) -> tuple[object, ...]:
    # The number of a column says only which ones were dropped before it.
    return ("column", row["table"], row["name"]) if row["kind"] == "column" else key(row)


def _schema_of(name: str) -> str:
    """The schema of a qualified name, as a raw name; of an unquoted name without one, `pg_catalog`."""
    if found := re.match(r'"((?:[^"]|"")*)"\.', name):
        return found[1].replace('""', '"')
    head, dot, _ = name.partition("(")[0].partition(".")
    return head if dot else "pg_catalog"


def _called(definition: str) -> str:
    """The function that a trigger's definition calls."""
    _, _, call = definition.rpartition(" EXECUTE FUNCTION ")
    found = re.match(r'(?:(?:"(?:[^"]|"")*"|[^."(]+)\.)?(?:"(?:[^"]|"")*"|[^"(]+)', call)
    return found[0] if found else ""
