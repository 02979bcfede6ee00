"""One extension of a database, read, and put into the order of a script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from dbtools.errors import ShadowError
from dbtools.model.quoting import identifier, literal
from dbtools.platform.stand_in import behaviours, functions, script, types
from dbtools.platform.stand_in.order import Key, ordered

_HERE = Path(str(files("dbtools.platform.stand_in")))
_QUERIES = (
    "types", "uses", "functions", "plain", "search", "relations", "classes", "families", "edges", "last", "privileges",
)  # fmt: skip

Row = Mapping[str, Any]

# pg_catalog's names for the functions that Postgres is told to make a base type of.
_OF_A_TYPE = ("input", "output", "receive", "send", "typmod in", "typmod out", "analyze", "subscript")


def read(connection: psycopg.Connection, name: str) -> Extension:
    """Read an extension and its members; every name that is not built in comes with its schema.

    Raises:
        ShadowError: the database has no such extension.
    """
    connection.execute("select set_config('dbtools.extension', %s, true)", [name])
    with connection.cursor(row_factory=dict_row) as cursor:
        own = cursor.execute(_text("extension").encode()).fetchone()
        if own is None:
            raise ShadowError(f"the database has no extension {name}")
        connection.execute("select set_config('dbtools.extension', %s, true)", [str(own["oid"])])
        rows = {
            query: cursor.execute(f"with member as (\n{_text('members')})\n{_text(query)}".encode()).fetchall()
            for query in _QUERIES
        }
    return Extension(name, own, rows)


@dataclass(frozen=True)
class Extension:
    """What the catalog says of an extension: its own row, and the rows of its members by query."""

    name: str
    own: Row
    rows: Mapping[str, Sequence[Row]]

    @property
    def version(self) -> str:
        """As live has it."""
        return str(self.own["version"])

    @cached_property
    def _movable(self) -> bool:
        # A schema's name that must be quoted cannot be put into any text, and a default that names a sequence keeps it.
        is_simple = self.own["quoted"] == self.own["schema"]
        return bool(self.own["relocatable"]) and is_simple and {row["kind"] for row in self.rows["relations"]} <= {"v"}

    def control(self) -> str:
        """The text of `NAME.control`."""
        lines = [f"default_version = {literal(self.version)}"]
        if self.own["comment"]:
            lines.append(f"comment = {literal(' '.join(self.own['comment'].split()))}")
        if self.own["requires"]:
            lines.append(f"requires = {literal(', '.join(map(identifier, self.own['requires'])))}")
        # One whose script is for one schema goes there, and nowhere else. What can be moved says so in its last line:
        # Postgres would not fill @extschema@ in for it, nor keep it to a schema.
        if not self._movable:
            lines.append(f"schema = {literal(self.own['schema'])}")
        return "\n".join([*lines, "relocatable = false", "trusted = true"]) + "\n"

    def script(self) -> str:
        """The text of `NAME--VERSION.sql`."""
        made = self._made()
        schemas = {member: text for member, text in made.items() if member[0] == "pg_namespace"}
        others = [made[member] for member in ordered(made.keys(), self._needs()) if member not in schemas]
        shells = [types.shell(row) for row in self._types.values()]
        statements = [*schemas.values(), *self._helpers(), *shells, *others, *self._entries()]
        statements += [row["statement"] for row in self.rows["last"]]
        text = "".join(f"{statement.rstrip(';')};\n" for statement in [*statements, *self._privileges()])
        if self._movable:
            text = script.movable(text, self.own["schema"])
        if self.own["relocatable"]:
            text += f"update pg_catalog.pg_extension set extrelocatable = true where extname = {literal(self.name)};\n"
        where = "any schema" if self._movable else f"the schema {self.own['quoted']}"
        return f"-- {self.name} {self.version}, for {where}.\n{text}"

    @cached_property
    def _types(self) -> Mapping[int, Row]:
        return {row["oid"]: row for row in self.rows["types"]}

    @cached_property
    def _uses(self) -> functions.Uses:
        by_function: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for row in self.rows["uses"]:
            if row["use"] not in _OF_A_TYPE or row["detail"] in self._types:
                by_function[row["oid"]].append((row["use"], row["detail"]))
        return functions.Uses(by_function, self._types, self.name, behaviours.of(self.name))

    def _made(self) -> dict[Key, str]:
        """The statement that makes each member."""
        made = {
            (row["class"], row["oid"]): row["statement"]
            for query in ("plain", "search", "relations")
            for row in self.rows[query]
        }
        made |= {("pg_proc", row["oid"]): functions.statement(row, self._uses) for row in self.rows["functions"]}
        made |= {("pg_type", oid): types.statement(row) for oid, row in self._types.items()}
        return made | {("pg_opclass", row["oid"]): _class(row) for row in self.rows["classes"]}

    def _needs(self) -> list[tuple[Key, Key]]:
        """Who needs whom; what a type is made of needs only the shell."""
        parts = {(row["oid"], row["detail"]) for row in self.rows["uses"] if row["use"] in _OF_A_TYPE}
        edges = [((row["class"], row["oid"]), (row["needs_class"], row["needs_oid"])) for row in self.rows["edges"]]
        return [
            (member, needed)
            for member, needed in edges
            if not (member[0] == "pg_proc" and needed[0] == "pg_type" and (member[1], needed[1]) in parts)
        ]

    def _entries(self) -> list[str]:
        return [
            f"\n{row['statement']}\n--or select\n" if row["only_real"] else row["statement"]
            for row in self.rows["families"]
        ]

    def _helpers(self) -> list[str]:
        """What stand-ins need beside the members: it goes when the extension goes, and is none of them."""
        helpers = [behaviours.beside(self.name)]
        if any(row["typmod_out"] and row["typmod_in"] for row in self._types.values()):
            forms = sorted({form for row in self._types.values() for form in row["typmods"]})
            labels = ", ".join(map(literal, forms))
            helpers.append(f"create type {functions.typmods_name(self.name)} as enum ({labels})")
        if not any(helpers):
            return []
        extension = f"(select oid from pg_extension where extname = {literal(self.name)})"
        helpers.append(
            "update pg_catalog.pg_depend set deptype = 'a' "
            "where deptype = 'e' and refclassid = 'pg_extension'::regclass "
            f"and refobjid = {extension} and (objid in (select oid from pg_proc where proname like 'dbtools\\_%') "
            "or objid in (select oid from pg_type where typname ~ '^_?dbtools_'))"
        )
        return [f"\n--or {helper}" for helper in helpers if helper]

    def _name_of(self, row: Row) -> str:
        name = str(row["name"])
        return script.movable(name, self.own["schema"]) if self._movable else name

    def _privileges(self) -> list[str]:
        rows = [
            "      ("
            + ", ".join(
                [literal(row["class"]), literal(self._name_of(row)), _value(row["owner"], "text"),
                 _array(row["acl"]), _array(row["initial"])]
            )
            + ")"
            for row in self.rows["privileges"]
        ]  # fmt: skip
        rows = rows or ["      (null::text, null::text, null::text, null::text[], null::text[])"]
        return [_text("apply_privileges").replace("EXTENSION", literal(self.name)).replace("ROWS", ",\n".join(rows))]


def _class(row: Row) -> str:
    """An operator class; under an access method that is a stand-in itself, with what GiST asks for."""
    real = [*row["operators"], *row["functions"], *([row["storage"]] if row["storage"] else [])]
    real = real or [f"storage {row['type']}"]
    if not row["own_method"]:
        return f"{row['head']} {', '.join(real)}"
    fillers = [f"function {n} ({row['type']}, {row['type']}) pg_catalog.internal_in(cstring)" for n in (1, 2, 5, 6, 7)]
    return f"{row['head']}\n{', '.join(real)}\n--or {', '.join([*row['operators'], *fillers])}\n"


def _value(text: str | None, kind: str) -> str:
    return f"null::{kind}" if text is None else literal(text)


def _array(items: Sequence[str] | None) -> str:
    return "null::text[]" if items is None else f"array[{', '.join(map(literal, items))}]::text[]"


@cache
def _text(name: str) -> str:
    return (_HERE / f"sql/{name}.sql").read_text("utf-8")
