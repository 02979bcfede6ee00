"""Row security as a matrix: which rows of a table each role may read and write, by which policy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from dbtools.docs.facts import Facts
from dbtools.docs.rights import Rights
from dbtools.docs.words import in_words
from dbtools.model.quoting import identifier, unquoted
from dbtools.model.snapshot import Object, Snapshot

COMMANDS = ("select", "insert", "update", "delete")


@dataclass(frozen=True)
class Policy:
    """A policy: its conditions as SQL, and in words where they have any."""

    name: str
    identity: str
    command: str
    roles: Sequence[str]
    permissive: bool
    using: str
    check: str
    comment: str = ""

    @property
    def words(self) -> str:
        """Both conditions in words, as they follow "if"."""
        using, check = in_words(self.using) if self.using else "", in_words(self.check) if self.check else ""
        if using and check and using != check:
            return f"{using}; and afterwards {check}"
        return using or check

    def applies(self, role: str, command: str, also: Sequence[str]) -> bool:
        """Whether it is asked when a role does something."""
        return self.command in {"all", command} and bool({"public", role, *also} & set(self.roles))


@dataclass(frozen=True)
class Cell:
    """Which rows a role may use a command on.

    `state` is one of: none (not granted), closed (no way into the schema), all (every row), nothing (no policy
    lets a row through), some (what the policies say), owner (a view, which reads as its owner), caller (a view that
    reads as whoever asks). `columns` are the only ones that are granted, if not all are.
    """

    state: str
    permissive: Sequence[Policy] = ()
    restrictive: Sequence[Policy] = ()
    columns: Sequence[str] = ()


@dataclass(frozen=True)
class Row:
    """A table's or view's line of the matrix: for each role, a cell for each of `COMMANDS`."""

    relation: Object
    cells: Sequence[tuple[str, Sequence[Cell]]]
    policies: Sequence[Policy] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Whether row security is on, off, or forced on the owner too; empty for views."""
        properties = self.relation.properties
        if properties.get("row level security") is None:
            return ""
        if properties["row level security"] != "true":
            return "off"
        return "forced" if properties.get("forced row level security") == "true" else "on"


def policies(snapshot: Snapshot, relation: Object) -> list[Policy]:
    """The policies of a table, by name."""
    found = []
    for item in snapshot.on(relation.identity):
        if item.kind == "policy":
            properties = item.properties
            comment = snapshot.objects.get(f"comment on {item.identity}")
            found.append(
                Policy(
                    name=item.name,
                    identity=item.identity,
                    command=properties["command"],
                    roles=[unquoted(role) for role in json.loads(properties["roles"])],
                    permissive=properties["permissive"] == "true",
                    using=properties.get("using", ""),
                    check=properties.get("with check", ""),
                    comment=comment.properties["text"] if comment else "",
                )
            )
    return sorted(found, key=lambda policy: policy.name)


def matrix(snapshot: Snapshot, facts: Facts, rights: Rights) -> list[Row]:
    """A row for each table and view of the project's, sorted by identity."""
    rows = []
    for relation in snapshot.of("table", "foreign table", "view", "materialized view"):
        its = policies(snapshot, relation)
        cells = [(role, [_cell(relation, role, c, its, facts, rights) for c in COMMANDS]) for role in rights.roles]
        rows.append(Row(relation, cells, its))
    return sorted(rows, key=lambda row: (row.relation.schema, row.relation.name))


def _cell(  # noqa: PLR0911, PLR0913, PLR0917  (one return for each state)
    relation: Object, role: str, command: str, its: Sequence[Policy], facts: Facts, rights: Rights
) -> Cell:
    privilege = command.upper()
    columns: list[str] = []
    if not rights.may(role, privilege, relation.identity):
        mine = {"", role, *facts.roles[role].is_also}
        of_columns = facts.column_grants.get(relation.identity, ())
        columns = sorted({g.name for g in of_columns if g.privilege == privilege and g.grantee in mine})
        if not columns:
            return Cell("none")
    known = facts.roles[role]
    if not rights.may(role, "USAGE", f"schema {identifier(relation.schema)}"):
        return Cell("closed", columns=columns)
    if relation.kind.endswith("view"):
        return Cell("caller" if _as_caller(relation) else "owner", columns=columns)
    owner = relation.properties["owner"] in {role, *known.is_also}
    forced = relation.properties.get("forced row level security") == "true"
    if relation.properties.get("row level security") != "true" or known.bypasses or known.superuser:
        return Cell("all", columns=columns)
    if owner and not forced:
        return Cell("all", columns=columns)
    asked = [policy for policy in its if policy.applies(role, command, known.is_also)]
    permissive = [policy for policy in asked if policy.permissive]
    if not permissive:
        return Cell("nothing", columns=columns)
    return Cell("some", permissive, [policy for policy in asked if not policy.permissive], columns)


def _as_caller(view: Object) -> bool:
    options = json.loads(view.properties.get("options", "[]"))
    return any(option in {"security_invoker=true", "security_invoker=on", "security_invoker=1"} for option in options)
