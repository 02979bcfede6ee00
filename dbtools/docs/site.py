"""What the pages show: a snapshot, the facts beside it, and all that follows from them."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import psycopg
from psycopg.pq import TransactionStatus

from dbtools import catalog, platform
from dbtools.docs import facts as facts_of
from dbtools.docs import history, security, uses, warnings
from dbtools.docs.diagram import Diagram, Entity, draw, draw_around
from dbtools.docs.facts import DefaultPrivilege, Facts, ForeignKey
from dbtools.docs.history import Revision
from dbtools.docs.references import key as by_name
from dbtools.docs.rights import Rights
from dbtools.docs.rpc import Refusal, read_comment
from dbtools.docs.security import Row
from dbtools.docs.uses import Uses
from dbtools.docs.warnings import Finding
from dbtools.model.declared import RELATIONS, ROUTINES
from dbtools.model.quoting import unquoted
from dbtools.model.snapshot import Object, Snapshot

# Above this, a diagram shows names only, or nobody finds anything in it.
_MOST_WITH_COLUMNS = 40
_PARTS = ("column", "constraint", "index", "policy", "rule", "trigger")


@dataclass(frozen=True)
class Routine:
    """A function with what its comment says; `refusals` are the errors of its own."""

    object: Object
    description: str
    refusals: Sequence[Refusal]


@dataclass(frozen=True)
class Site:
    """All that is known of one database, for the templates.

    `origin` says in words which database that is; `revisions` are None where no project's history was read.
    """

    title: str
    origin: str
    snapshot: Snapshot
    facts: Facts
    revisions: Sequence[Revision] | None

    @cached_property
    def relations(self) -> list[Object]:
        """Tables and views, by schema and name."""
        return sorted(self.snapshot.of(*RELATIONS), key=_place)

    @cached_property
    def tables(self) -> list[Object]:
        """Tables alone."""
        return [item for item in self.relations if item.kind.endswith("table")]

    @cached_property
    def functions(self) -> list[Object]:
        """Functions, procedures, aggregates, by schema and name."""
        return sorted(self.snapshot.of(*ROUTINES), key=_place)

    @cached_property
    def schemas(self) -> list[str]:
        """Every schema that something of the project's is in."""
        kinds = (*RELATIONS, *ROUTINES, "type", "domain", "sequence")
        return sorted({item.schema for item in self.snapshot.of(*kinds)})

    @cached_property
    def rights(self) -> Rights:
        """Who may do what, and why."""
        return Rights(self.facts, self.snapshot.objects)

    @cached_property
    def matrix(self) -> Mapping[str, Row]:
        """Row security, by the relation's identity."""
        rows = security.matrix(self.snapshot, self.facts, self.rights)
        return {row.relation.identity: row for row in rows}

    @cached_property
    def warnings(self) -> list[Finding]:
        """What a reviewer would stop at."""
        return warnings.find(self.snapshot, self.facts, self.rights, list(self.matrix.values()))

    @cached_property
    def uses(self) -> Uses:
        """Who calls, reads and writes what."""
        return uses.find(self.snapshot, self.facts)

    def in_schema(self, schema: str, *kinds: str) -> list[Object]:
        """A schema's objects of some kinds, by name."""
        return sorted((item for item in self.snapshot.of(*kinds) if item.schema == schema), key=_place)

    def parts(self, item: Object, kind: str) -> list[Object]:
        """What hangs on an object, in its columns' order or by name."""
        found = [one for one in self.snapshot.on(item.identity) if one.kind == kind]
        return sorted(found, key=lambda one: (int(one.properties.get("position", 0)), one.name))

    def comment(self, identity: str) -> str:
        """An object's comment; empty if there is none."""
        comment = self.snapshot.objects.get(f"comment on {identity}")
        return comment.properties["text"] if comment else ""

    def warnings_of(self, item: Object) -> list[Finding]:
        """The warnings about an object and what hangs on it."""
        names = {item.identity, *(one.identity for one in self.snapshot.on(item.identity))}
        return [warning for warning in self.warnings if warning.identity in names]

    def routine(self, item: Object) -> Routine:
        """A function with its comment taken apart."""
        return Routine(item, *read_comment(self.comment(item.identity)))

    def settings(self, item: Object) -> list[str]:
        """Settings, options and the like, which a snapshot keeps as JSON."""
        return [
            str(one) for one in json.loads(item.properties.get("settings") or item.properties.get("options") or "[]")
        ]

    def history(self, item: Object) -> list[tuple[Revision, Sequence[str]]]:
        """What revisions did to a relation or a function, the newest first."""
        kind = "relation" if item.kind in RELATIONS else "function"
        return history.of(self.revisions or (), (kind, by_name(item.schema, item.name)))

    def keys_from(self, item: Object) -> list[ForeignKey]:
        """A table's own foreign keys."""
        return [key for key in self.facts.foreign_keys if key.from_table == item.identity]

    def keys_to(self, item: Object) -> list[ForeignKey]:
        """Foreign keys of others that refer to a table."""
        return [key for key in self.facts.foreign_keys if key.to_table == item.identity]

    @cached_property
    def _marks(self) -> Mapping[str, Mapping[str, str]]:
        """Of each table, the columns that are keys, primary ones first."""
        marks: dict[str, dict[str, str]] = {}
        for item in self.snapshot.of("constraint"):
            definition = item.properties["definition"]
            if definition.startswith("PRIMARY KEY"):
                # A name with a comma in it is cut here, and the mark is missing: no more than that.
                columns = definition.partition("(")[2].partition(")")[0].split(", ")
                marks.setdefault(item.parent, {}).update((unquoted(column), "PK") for column in columns)
        for key in self.facts.foreign_keys:
            own = marks.setdefault(key.from_table, {})
            for column in key.from_columns:
                own[column] = "PK FK" if "PK" in own.get(column, "") else "FK"
        return marks

    def mark(self, table: Object, column: str) -> str:
        """PK, FK, both or nothing."""
        return self._marks.get(table.identity, {}).get(column, "")

    def entity(self, identity: str, *, with_columns: bool) -> Entity:
        """A table as a diagram shows it, whosever it is."""
        item = self.snapshot.objects.get(identity)
        if item is None:
            schema, _, name = identity.partition("table ")[2].partition(".")
            return Entity(identity, unquoted(schema), unquoted(name), platform=True)
        rows = list(self._marks.get(identity, {}).items()) if with_columns else []
        return Entity(identity, item.schema, item.name, rows)

    def keys_among(self, identities: Iterable[str]) -> tuple[list[str], list[ForeignKey]]:
        """The tables with the platform's that they refer to, and the foreign keys among all of these."""
        chosen = set(identities)
        keys = [key for key in self.facts.foreign_keys if key.from_table in chosen and self._shown(key, chosen)]
        return sorted(chosen | {key.to_table for key in keys}), keys

    def _shown(self, key: ForeignKey, chosen: set[str]) -> bool:
        return key.to_table in chosen or key.to_table not in self.snapshot.objects

    def diagram(self, tables: Sequence[Object]) -> Diagram:
        """Some tables, and the platform's that they refer to."""
        names, keys = self.keys_among(item.identity for item in tables)
        entities = [self.entity(name, with_columns=len(tables) <= _MOST_WITH_COLUMNS) for name in names]
        return draw(entities, keys, several_schemas=len({entity.schema for entity in entities}) > 1)

    def neighbours(self, table: Object) -> Diagram | None:
        """A table with what it refers to and what refers to it; None where it stands alone."""
        names, keys = self.around(table)
        if not keys:
            return None
        entities = [self.entity(name, with_columns=name == table.identity) for name in names]
        return draw_around(self.entity(table.identity, with_columns=True), entities, keys)

    def around(self, table: Object) -> tuple[list[str], list[ForeignKey]]:
        """A table's neighbours and itself, and the foreign keys between it and them."""
        keys = [*self.keys_from(table), *(key for key in self.keys_to(table) if key.from_table != table.identity)]
        return sorted({table.identity, *(name for key in keys for name in (key.from_table, key.to_table))}), keys

    def closed(self, items: Iterable[Object]) -> list[str]:
        """Those of some objects that nobody but their owner may do anything with."""
        return [item.identity for item in items if not self.rights.on(item.identity)]

    @cached_property
    def default_privileges(self) -> list[DefaultPrivilege]:
        """What is granted at birth to objects that roles of the project make."""
        return [one for one in self.facts.default_privileges if one.creator not in platform.ROLES]

    def called(self, kind: str, name: str) -> str:
        """The identity of what a revision calls by that name today; empty if it is gone."""
        return self._today.get((kind, name), "")

    @cached_property
    def _today(self) -> Mapping[tuple[str, str], str]:
        named = [("relation", item) for item in self.relations] + [("function", item) for item in self.functions]
        return {(kind, by_name(item.schema, item.name)): item.identity for kind, item in named}

    @cached_property
    def on_platform(self) -> list[Object]:
        """What the project has in the platform's schemas or on its tables."""
        found = [
            item
            for item in self.snapshot.objects.values()
            if item.kind not in {"column", "comment", "grant"} and item.schema in platform.SCHEMAS
        ]
        return sorted(found, key=lambda item: item.identity)

    @cached_property
    def platform_tables(self) -> list[str]:
        """The platform's tables that foreign keys of the project's refer to."""
        return sorted({k.to_table for k in self.facts.foreign_keys if self._leaves(k)})

    def _leaves(self, key: ForeignKey) -> bool:
        return key.from_table in self.snapshot.objects and key.to_table not in self.snapshot.objects

    @cached_property
    def pages(self) -> Mapping[str, str]:
        """The page of each object, without the extension of its file's name; for parts, the page of the whole."""
        pages = {f"schema {name}": f"schemas/{_slug(name)}" for name in self.schemas}
        pages |= {item.identity: f"tables/{_slug(item.schema, item.name)}" for item in self.relations}
        names = Counter((item.schema, item.name) for item in self.functions)
        for item in self.functions:
            arguments = item.identity if names[item.schema, item.name] > 1 else ""
            pages[item.identity] = f"functions/{_slug(item.schema, item.name, more=arguments)}"
        for item in self.snapshot.of(*_PARTS):
            if item.parent in pages:
                pages[item.identity] = pages[item.parent]
        for kind in ("type", "domain", "sequence"):
            pages |= {item.identity: pages[f"schema {item.schema}"] for item in self.snapshot.of(kind)}
        return pages

    def label(self, identity: str) -> str:
        """What an object is called where its kind is clear."""
        item = self.snapshot.objects.get(identity)
        if item is not None:
            return identity.removeprefix(f"{item.kind} ")
        return re.sub(r"^(?:materialized |foreign )?[a-z]+ ", "", identity)


def read(
    connection: psycopg.Connection, *, title: str, origin: str, revisions: Sequence[Revision] | None, with_sizes: bool
) -> Site:
    """Read a database from one state, that of the connection's transaction if it is in one; nothing is written.

    Raises:
        psycopg.errors.InsufficientPrivilege: the role may not read a table that `catalog.read` needs.
    """
    own = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction(force_rollback=True):
        if own:
            connection.execute("set transaction isolation level repeatable read, read only")
        snapshot = catalog.read(connection)
        connection.execute("set local search_path = ''")
        return Site(title, origin, snapshot, facts_of.read(connection, with_sizes=with_sizes), revisions)


def _place(item: Object) -> tuple[str, str, str]:
    return (item.schema, item.name, item.identity)


def _slug(*names: str, more: str = "") -> str:
    """A file's name that every file system takes, and that no two objects share, whatever they are called."""
    plain = ".".join(names)
    if re.fullmatch(r"[a-z0-9_.]{1,80}", plain) and all(names) and "." not in "".join(names) and not more:
        return plain
    safe = re.sub(r"[^a-z0-9_.]+", "-", plain.lower())[:60].strip("-.") or "object"
    return f"{safe}~{hashlib.sha256(repr((names, more)).encode()).hexdigest()[:8]}"
