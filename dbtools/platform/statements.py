"""The statements that make what facts say, without owners' grants: those are laid by `privileges`.

Every statement comes with its fact, so that a failure can be named.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from dbtools.model.quoting import identifier, literal
from dbtools.platform.facts import Fact, Facts

Statement = tuple[str, Fact]

_FLAGS = ("super", "inherit", "createrole", "createdb", "login", "replication", "bypassrls")
_CONSTRAINTS = ("PRIMARY KEY", "UNIQUE", "EXCLUDE", "CHECK", "FOREIGN KEY")
_STORAGE = {"p": "plain", "e": "external", "m": "main", "x": "extended"}
_COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
_ENABLED = {"D": "disable", "R": "enable replica", "A": "enable always"}


def roles(facts: Facts) -> Iterator[Statement]:
    """The roles in the order in which they were made, without the bootstrap superuser, who is there."""
    for row in sorted(facts.of("role"), key=lambda role: int(role["n"])):
        name = identifier(row["name"])
        flags = [("" if row[flag] else "no") + ("superuser" if flag == "super" else flag) for flag in _FLAGS]
        verb = "alter" if row["name"] == facts.admin else "create"
        yield f"{verb} role {name} with {' '.join(flags)} connection limit {row.get('connlimit', -1)}", row
        yield from comment(f"role {name}", row)


def schemas(facts: Facts) -> Iterator[Statement]:
    """The schemas, with their owners."""
    if "public" not in facts.schemas:
        yield "drop schema if exists public", facts.of("database")[0]
    for row in facts.of("schema"):
        name = identifier(row["name"])
        yield f"create schema if not exists {name}; alter schema {name} owner to {identifier(row['owner'])}", row
        yield from comment(f"schema {name}", row)


def extensions(facts: Facts, has: Collection[str]) -> Iterator[Statement]:
    """The extensions that are not there."""
    for row in facts.of("extension"):
        if row["name"] not in has:
            create = f"create extension if not exists {identifier(row['name'])} with schema {identifier(row['schema'])}"
            yield f"{create} version {literal(row['version'])} cascade", row


def types(facts: Facts) -> Iterator[Statement]:
    """The types, enumerations first."""
    for row in sorted(facts.of("type"), key=lambda kind: ("edrc".index(kind["typtype"]), kind["name"])):
        name, dropped = row["name"], []
        if row["typtype"] == "e":
            made = f"create type {name} as enum ({', '.join(map(literal, row.get('labels', [])))})"
        elif row["typtype"] == "c":
            attributes = []
            for n, attribute in enumerate(row.get("attributes", []), 1):
                gone = attribute.startswith("........pg.dropped.")
                dropped += [f"; alter type {name} drop attribute dropped_{n}"] * gone
                attributes.append(f"dropped_{n} text" if gone else attribute)
            made = f"create type {name} as ({', '.join(attributes)})"
        elif row["typtype"] == "d":
            words = [f"default {row['default']}"] if "default" in row else []
            words += ["not null"] if row.get("notnull") else []
            words += [f"constraint {identifier(check)} {definition}" for check, definition in row.get("checks", [])]
            made = f"create domain {name} as {row['base']} {' '.join(words)}"
        else:
            options = [f"subtype = {row['subtype']}", f"multirange_type_name = {row['multirange']}"]
            options += [f"subtype_diff = {row['subtype_diff'].partition('(')[0]}"] if "subtype_diff" in row else []
            made = f"create type {name} as range ({', '.join(options)})"
        yield f"{made}{''.join(dropped)}; alter type {name} owner to {identifier(row['owner'])}", row
        yield from comment(f"{'domain' if row['typtype'] == 'd' else 'type'} {name}", row)


def relations(facts: Facts) -> Iterator[Statement]:
    """Sequences, tables with their columns, partitions and views."""
    columns: dict[str, list[Fact]] = defaultdict(list)
    for row in facts.of("column"):
        columns[row["table"]].append(row)
    identity = {f"{row['table']}.{identifier(row['name'])}" for row in facts.of("column") if row["identity"]}
    sequences = {row["owned_by"]: row for row in facts.of("sequence")}
    for row in facts.of("sequence"):
        if row["owned_by"] not in identity:
            yield f"create sequence {row['name']} as {row['type']} {_sequence(row)}", row
    for row in sorted(facts.of("relation"), key=lambda r: ("rpvm".find(r["relkind"]), "partition_of" in r, r["name"])):
        if row["relkind"] in {"r", "p"}:
            yield from _table(row, columns[row["name"]], sequences)
        elif row["relkind"] in {"v", "m"}:
            word = "materialized view" if row["relkind"] == "m" else "view"
            end = " with no data" if row["relkind"] == "m" else ""
            yield f"create {word} {row['name']}{_options(row)} as {row['definition'].rstrip(';')}{end}", row
    for row in facts.of("sequence"):
        if row["owned_by"] and row["owned_by"] not in identity:
            yield f"alter sequence {row['name']} owned by {row['owned_by']}", row


def _table(row: Fact, columns: list[Fact], sequences: dict[str, Fact]) -> Iterator[Statement]:
    name, by = row["name"], f" partition by {row['partition_by']}" if "partition_by" in row else ""
    unlogged = "unlogged " if row.get("persistence") == "u" else ""
    if "partition_of" in row:
        yield f"create {unlogged}table {name} partition of {row['partition_of']} {row['bound']}{by}{_options(row)}", row
        return
    own = {int(column["n"]): column for column in columns}
    numbers = range(1, max(own, default=0) + 1)
    listed = ", ".join(_column(own[n], sequences) if n in own else f"dropped_{n} text" for n in numbers)
    parents = f" inherits ({', '.join(row['inherits'])})" if "inherits" in row else ""
    dropped = "".join(f"; alter table {name} drop column dropped_{n}" for n in numbers if n not in own)
    yield f"create {unlogged}table {name} ({listed}){parents}{by}{_options(row)}{dropped}", row


def _column(row: Fact, sequences: dict[str, Fact]) -> str:
    words = [identifier(row["name"]), row["type"]]
    words += [f"collate {row['collation']}"] if "collation" in row else []
    if row["identity"]:
        sequence = sequences[f"{row['table']}.{identifier(row['name'])}"]
        always = "always" if row["identity"] == "a" else "by default"
        words.append(f"generated {always} as identity (sequence name {sequence['name']} {_sequence(sequence)})")
    elif row["generated"]:
        words.append(f"generated always as ({row['default']}) {'virtual' if row['generated'] == 'v' else 'stored'}")
    elif row["default"] is not None:
        words.append(f"default {row['default']}")
    return " ".join(words + ["not null"] * row["notnull"])


def _sequence(row: Fact) -> str:
    cycle = "cycle" if row["cycle"] else "no cycle"
    return (
        f"start {row['start']} increment {row['increment']} minvalue {row['min']} maxvalue {row['max']}"
        f" cache {row['cache']} {cycle}"
    )


def _options(row: Fact) -> str:
    return f" with ({', '.join(map(_option, row['options']))})" if row.get("options") else ""


def _option(text: str) -> str:
    name, _, value = text.partition("=")
    return f"{name} = {literal(value)}"


def constraints(facts: Facts) -> Iterator[Statement]:
    """Constraints, keys before what refers to them, then the other indexes."""
    rows = facts.of("constraint")
    for row in sorted(rows, key=lambda r: [r["def"].startswith(word) for word in _CONSTRAINTS], reverse=True):
        yield f"alter table {row['table']} add constraint {identifier(row['name'])} {row['def']}", row
        yield from comment(f"constraint {identifier(row['name'])} on {row['table']}", row)
    for row in facts.of("index"):
        yield row["def"].replace(" ON ONLY ", " ON ", 1), row
        yield from comment(f"index {row['name']}", row)


def properties(facts: Facts) -> Iterator[Statement]:
    """Owners, row level security, comments and the like of relations and their columns."""
    owned = {row["name"] for row in facts.of("sequence") if row["owned_by"]}
    for row in facts.of("relation"):
        name, word = row["name"], {"S": "sequence", "v": "view", "m": "materialized view"}.get(row["relkind"], "table")
        if name not in owned:
            yield f"alter {word} {name} owner to {identifier(row['owner'])}", row
        yield from ((f"alter table {name} enable row level security", row) for _ in range(row["rls"]))
        if row.get("force_rls"):
            yield f"alter table {name} force row level security", row
        if how := {"f": "full", "n": "nothing"}.get(row.get("replica_identity", "")):
            yield f"alter {word} {name} replica identity {how}", row
        if "replica_index" in row:
            yield f"alter {word} {name} replica identity using index {row['replica_index']}", row
        if "cluster_on" in row:
            yield f"alter {word} {name} cluster on {row['cluster_on']}", row
        yield from comment(f"{word} {name}", row)
    for row in facts.of("column"):
        change = f"alter table {row['table']} alter column {identifier(row['name'])} set"
        if "storage" in row:
            yield f"{change} storage {_STORAGE[row['storage']]}", row
        if "compression" in row:
            yield f"{change} compression {'pglz' if row['compression'] == 'p' else 'lz4'}", row
        if "statistics" in row:
            yield f"{change} statistics {row['statistics']}", row
        if "options" in row:
            yield f"{change} ({', '.join(map(_option, row['options']))})", row
        yield from comment(f"column {row['table']}.{identifier(row['name'])}", row)


def dependents(facts: Facts) -> Iterator[Statement]:
    """What hangs on tables: triggers, rules, policies; and publications."""
    for row in facts.of("trigger", "rule"):
        name, word = identifier(row["name"]), row["kind"]
        change = f"alter table {row['table']} {_ENABLED.get(row['enabled'], 'enable')} {word} {name}"
        yield row["def"] + (f"; {change}" if row["enabled"] != "O" else ""), row
        yield from comment(f"{word} {name} on {row['table']}", row)
    for row in facts.of("policy"):
        to = ", ".join(role if role == "public" else identifier(role) for role in row["roles"])
        words = [f"create policy {identifier(row['name'])} on {row['table']}"]
        words += [] if row["permissive"] else ["as restrictive"]
        words += [f"for {_COMMANDS[row['cmd']]} to {to}"]
        words += [f"using ({row['qual']})"] if row["qual"] else []
        words += [f"with check ({row['with_check']})"] if row["with_check"] else []
        yield " ".join(words), row
        yield from comment(f"policy {identifier(row['name'])} on {row['table']}", row)
    for row in facts.of("publication"):
        yield _publication(row), row
        yield from comment(f"publication {identifier(row['name'])}", row)


def _publication(row: Fact) -> str:
    name, filters, columns = identifier(row["name"]), row.get("filters", {}), row.get("columns", {})
    tables = [
        f"table {table}"
        + (f" ({', '.join(columns[table])})" if table in columns else "")
        + (f" where ({filters[table]})" if table in filters else "")
        for table in row["tables"]
    ]
    what = ["all tables"] if row["all_tables"] else tables
    what += [f"tables in schema {identifier(schema)}" for schema in row.get("schemas", [])]
    root = ", publish_via_partition_root = true" if row.get("via_root") else ""
    told = f" for {', '.join(what)}" if what else ""
    made = f"create publication {name}{told} with (publish = {literal(row['publish'])}{root})"
    return f"{made}; alter publication {name} owner to {identifier(row['owner'])}"


def event_triggers(facts: Facts) -> Iterator[Statement]:
    """The event triggers: laid last, because they fire. Their owners are `privileges`' to set."""
    for row in facts.of("event_trigger"):
        name = identifier(row["name"])
        tags = f" when tag in ({', '.join(map(literal, row['tags']))})" if row["tags"] else ""
        yield f"create event trigger {name} on {row['event']}{tags} execute function {row['function']}", row
        if "enabled" in row:
            yield f"alter event trigger {name} {_ENABLED[row['enabled']]}", row
        yield from comment(f"event trigger {name}", row)


def migrations(facts: Facts) -> Iterator[Statement]:
    """The rows in which the services note what ran."""
    for kind, table in (
        ("auth_migration", "auth.schema_migrations (version)"),
        ("storage_migration", "storage.migrations (id, name, hash)"),
        ("realtime_migration", "realtime.schema_migrations (version)"),
    ):
        names = re.findall(r"\w+", table.partition("(")[2])
        for row in facts.of(kind):
            yield f"insert into {table} values ({', '.join(literal(str(row[name])) for name in names)})", row


def comment(what: str, row: Fact) -> Iterator[Statement]:
    """What comments an object, if a fact says so."""
    if row.get("comment") is not None:
        yield f"comment on {what} is {literal(row['comment'])}", row
