"""Steps from one state of a schema to another for what cannot be made again whole.

Tables and their columns as Alembic compares and renders them; what it does not know of them, or knows only roughly
(constraints, indexes, comments, types, sequences), in the catalog's own words.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.operations import Operations
from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateTableCommentOp,
    DropTableCommentOp,
    MigrateOperation,
    OpContainer,
)
from alembic.runtime.migration import MigrationContext

from dbtools.model.compare import compare
from dbtools.model.quoting import identifier, literal
from dbtools.model.snapshot import Object, Snapshot
from dbtools.postgres.connection import connect
from dbtools.pull import cron_jobs, fills, platform_changes, platform_objects, rare_changes


def by_alembic(wanted_url: str, found_url: str, wanted: Snapshot, found: Snapshot) -> tuple[list[str], list[str]]:
    """What makes the tables of one database those of another, and back, as far as Alembic's own comparison sees.

    Args:
        wanted_url: the database whose tables are wanted; only read.
        found_url: the other one; only read.
        wanted: what the catalog says of the first. Partitions, new partitioned tables and what is not the project's are
            left alone.
        found: and of the second.
    """
    both = wanted.objects.keys() & found.objects.keys()
    ours = {
        (table.schema, table.name)
        for table in (*wanted.of("table"), *found.of("table"))
        if "partition" not in table.properties and ("partitioned by" not in table.properties or table.identity in both)
    }
    schemas = sorted({schema for schema, _ in ours})
    metadata = sa.MetaData()
    with _reading(wanted_url) as connection, _in_the_catalogs_words(wanted):
        for schema in schemas:
            there = set(sa.inspect(connection).get_table_names(schema))
            names = [name for of, name in ours if of == schema and name in there]
            metadata.reflect(connection, schema=schema, only=sorted(names), resolve_fks=False)
    for table in metadata.tables.values():
        # Constraints and indexes come in the catalog's words.
        table.constraints.clear()
        for keys in (table.foreign_keys, *(column.foreign_keys for column in table.columns)):
            keys.clear()

    def include(one: Any, name: str | None, kind: str, *_: object) -> bool:
        return (one.schema, name) in ours if kind == "table" else kind == "column"

    def differs(column: sa.Column[Any], *names: str) -> bool:
        one, other = (_column(state, column.table, column.name) for state in (wanted, found))
        said = [state.properties if state else {} for state in (one, other)]
        return any(said[0].get(name) != said[1].get(name) for name in names)

    options = {
        "target_metadata": metadata,
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name in schemas,
        "include_object": include,
        "compare_type": lambda _, __, column, *___: differs(column, "type", "collation"),
        "compare_server_default": True,
    }
    with _reading(found_url) as connection, _in_the_catalogs_words(found):
        context = MigrationContext.configure(connection, opts=options)
        # Alembic would ask the server whether two defaults are equal, which runs them, nextval() too.
        context.impl.compare_server_default = lambda _, column, *__: differs(column, "default")  # type: ignore[method-assign]
        upgrade = produce_migrations(context, metadata).upgrade_ops
    operations = list(_single(upgrade))
    return [_rendered(one) for one in operations], [_rendered(one.reverse()) for one in reversed(operations)]


def _column(state: Snapshot, table: sa.FromClause, column: str) -> Object | None:
    assert isinstance(table, sa.Table)  # noqa: S101  (it was reflected)
    names = (str(table.schema), table.name, column)
    # An older server puts no quotes around what became a keyword later.
    spelled = (".".join(map(identifier, names)), ".".join(names))
    return next((one for text in spelled if (one := state.objects.get(f"column {text}"))), None)


class _Type(sa.types.UserDefinedType[Any]):
    """A type as the catalog names it, be it an extension's or the project's own."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **_: object) -> str:
        """What stands in SQL."""
        return self.words


@contextmanager
def _in_the_catalogs_words(snapshot: Snapshot) -> Iterator[None]:
    """For the types of all columns that are reflected meanwhile."""

    def reflected(_: object, table: sa.Table, column: dict[str, Any]) -> None:
        if one := _column(snapshot, table, column["name"]):
            collation = one.properties.get("collation")
            column.pop("autoincrement", None)
            # A domain's default and NOT NULL are none of the column's.
            column["nullable"] = one.properties["not null"] == "false"
            if "default" not in one.properties:
                column["default"] = None
            column["type"] = _Type(one.properties["type"] + (f" collate {collation}" if collation else ""))
        # SQLAlchemy takes a colon for the start of a parameter.
        for said, name in ((column, "default"), (column.get("computed") or {}, "sqltext")):
            if said.get(name):
                said[name] = said[name].replace(":", "\\:")

    sa.event.listen(sa.Table, "column_reflect", reflected)
    try:
        with warnings.catch_warnings():
            # Of types that SQLAlchemy does not know, and foreign keys that go round in a circle.
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            yield
    finally:
        sa.event.remove(sa.Table, "column_reflect", reflected)


@contextmanager
def _reading(url: str) -> Iterator[sa.Connection]:
    """A connection of SQLAlchemy's to which every name is qualified, so that it prints them like the catalog."""

    def opened() -> Any:
        connection = connect(url, application_name="dbtools-pull")
        connection.execute("set search_path = ''")
        connection.commit()
        connection.read_only = True
        return connection

    with sa.create_engine("postgresql+psycopg://", creator=opened, poolclass=sa.NullPool).connect() as connection:
        yield connection


def _single(operation: MigrateOperation | None) -> Iterator[Any]:
    if isinstance(operation, OpContainer):
        for one in operation.ops:
            yield from _single(one)
    elif operation is not None and not isinstance(operation, CreateTableCommentOp | DropTableCommentOp):
        if isinstance(operation, AlterColumnOp):
            # It is known of every key, and Alembic warns that it means nothing to Postgres.
            operation.kw.pop("autoincrement", None)
            operation.modify_comment = False
        yield operation


def _needs_filling(column: sa.Column[Any]) -> bool:
    return not (column.nullable or column.server_default or column.computed or column.identity)


def _rendered(operation: Any) -> str:
    if isinstance(operation, AddColumnOp) and _needs_filling(operation.column):
        operation.column.nullable = True
        statement = _rendered(operation)
        operation.column.nullable = False
        table = f"{identifier(str(operation.schema))}.{identifier(operation.table_name)}"
        return fills.added(table, operation.column.name, statement)
    buffer = io.StringIO()
    # By that style of parameters a percent sign is no more than itself.
    options = {"as_sql": True, "output_buffer": buffer, "target_metadata": sa.MetaData()}
    context = MigrationContext.configure(dialect_name="postgresql", dialect_opts={"paramstyle": "named"}, opts=options)
    Operations(context).invoke(operation)
    return buffer.getvalue().strip() + "\n"


def by_catalog(wanted: Snapshot, found: Snapshot, *, first: bool) -> list[str]:
    """What makes one state the other, of what tables need (`first`) or of what hangs on them; each may fail.

    Of schemas, extensions, types and sequences, only those that are missing or too many.
    """
    steps = []
    for change in compare(wanted, found):
        one = change.object
        if change.property == "owned by" and not first:
            steps.append(f"alter {one.identity} owned by {change.expected or 'none'};\n")
        elif not first and (step := rare_changes.ends(change, found)):
            steps.append(step)
        elif first == (one.kind in _FIRST) and not (first and change.action == "different"):
            old, new = (_made(state.objects.get(one.identity), state) for state in (found, wanted))
            if step := (old[1] if old else "") + (new[0] if new else ""):
                steps.append(step)
    # One statement may end several differences.
    return list(dict.fromkeys(steps))


# The statements that make an object, and those that take it away.
_Both = tuple[str, str]


def _made(one: Object | None, state: Snapshot) -> _Both | None:
    """How an object comes and goes; None for what comes in other ways."""
    return _MAKERS[one.kind](one, state) if one and one.kind in _MAKERS else None


def _constraint(one: Object, _: Snapshot) -> _Both | None:
    if "inherited" in one.properties:
        return None
    name = f"constraint {identifier(one.name)}"
    return f"alter {one.parent} add {name} {one.properties['definition']};\n", f"alter {one.parent} drop {name};\n"


def _index(one: Object, _: Snapshot) -> _Both | None:
    return None if "part of" in one.properties else (f"{one.properties['definition']};\n", f"drop {one.identity};\n")


def _comment(one: Object, _: Snapshot) -> _Both:
    what = rare_changes.in_sql(one.parent)
    return f"comment on {what} is {literal(one.properties['text'])};\n", f"comment on {what} is null;\n"


def _cast(one: Object, _: Snapshot) -> _Both:
    return rare_changes.cast(one), f"drop {one.identity};\n"


def _schema(one: Object, _: Snapshot) -> _Both:
    # One that only Alembic's table is in is nobody's, and may be there.
    return f"create schema if not exists {identifier(one.name)};\n", f"drop {one.identity};\n"


def _extension(one: Object, _: Snapshot) -> _Both:
    return f"create {one.identity} with schema {identifier(one.properties['schema'])};\n", f"drop {one.identity};\n"


def _enum(one: Object, _: Snapshot) -> _Both | None:
    if one.properties["form"] != "enum":
        return None
    labels = ", ".join(literal(label) for label in json.loads(one.properties["labels"]))
    return f"create {one.identity} as enum ({labels});\n", f"drop {one.identity};\n"


def _sequence(one: Object, state: Snapshot) -> _Both | None:
    said = one.properties
    column = state.objects.get(f"column {said.get('owned by', '')}")
    if column and "identity" in column.properties:
        return None
    options = f"increment {said['increment']} minvalue {said['minimum']} maxvalue {said['maximum']}"
    options += f" start {said['start']} cache {said['cache']}{' cycle' if said['cycle'] == 'true' else ''}"
    return f"create {one.identity} as {said['type']} {options};\n", f"drop {one.identity};\n"


def _cron_job(one: Object, _: Snapshot) -> _Both:
    return cron_jobs.scheduled(one), cron_jobs.unscheduled(one)


def _member(one: Object, _: Snapshot) -> _Both:
    member = platform_objects.member(one)
    name = one.identity.removesuffix(f" in {one.parent}")
    name = member if name.startswith("schema ") else name
    return f"alter {one.parent} add {member};\n", f"alter {one.parent} drop {name};\n"


def _grant(one: Object, state: Snapshot) -> _Both | None:
    role, privileges = platform_objects.grantee(one), one.properties["privileges"]
    of_column = one.parent.startswith("column ")
    if one.parent == "database" or (of_column and one.parent in state.objects):
        return None
    grants = platform_changes.grants(one.parent, role, privileges, column=one.name)
    made = "".join(f"{grant};\n" for grant in grants)
    if one.parent in state.objects or one.parent.startswith("schema "):
        revoke = f"revoke all on {one.parent} from {role};\n"
        return revoke + made, revoke
    revokes = platform_changes.revokes(one.parent, role, privileges, column=one.name)
    return made, "".join(f"{revoke};\n" for revoke in revokes)


_FIRST = ("schema", "extension", "type", "sequence")
_MAKERS: dict[str, Callable[[Object, Snapshot], _Both | None]] = {
    "constraint": _constraint,
    "index": _index,
    "comment": _comment,
    "cast": _cast,
    "schema": _schema,
    "extension": _extension,
    "type": _enum,
    "sequence": _sequence,
    "grant": _grant,
    "publication member": _member,
    "cron job": _cron_job,
}
