"""The statements that make what facts say, without owners' grants: those are laid by `privileges`.

Every statement comes with its fact, so that a failure can be named.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from dbtools.model.quoting import identifier, literal
from dbtools.platform.facts import Fact, Facts
from dbtools.platform.read import STANDS_IN, usual_cost

Statement = tuple[str, Fact]

_FLAGS = ("super", "inherit", "createrole", "createdb", "login", "replication", "bypassrls")
_CONSTRAINTS = ("PRIMARY KEY", "UNIQUE", "EXCLUDE", "CHECK", "FOREIGN KEY")
_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
_PARALLEL = {"s": "safe", "r": "restricted", "u": "unsafe"}
_STORAGE = {"p": "plain", "e": "external", "m": "main", "x": "extended"}
_COMMANDS = {"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}
_ENABLED = {"D": "disable", "R": "enable replica", "A": "enable always"}

# In place of a function that cannot be had here. While a baseline is replayed it gives nothing, because Postgres runs
# some functions to make an index; otherwise it says what it is.
_BODY = """{mark}
begin
  if current_setting('dbtools.standin', true) = 'quiet' then
    {nothing}
  end if;
  raise exception 'the function {name} of the platform does nothing in a shadow' using errcode = '0A000';
end"""
_BODIES = {"trigger": "{mark}\nbegin\n  return coalesce(new, old);\nend", "event_trigger": "{mark}\nbegin\nend"}


def roles(facts: Facts) -> Iterator[Statement]:
    """The roles in the order in which they were made, without the bootstrap superuser, who is there."""
    for row in sorted(facts.of("role"), key=lambda role: int(role["n"])):
        name = identifier(row["name"])
        flags = [("" if row[flag] else "no") + ("superuser" if flag == "super" else flag) for flag in _FLAGS]
        verb = "alter" if row["name"] == facts.admin else "create"
        yield f"{verb} role {name} with {' '.join(flags)} connection limit {row.get('connlimit', -1)}", row
        yield from _comment(f"role {name}", row)


def schemas(facts: Facts) -> Iterator[Statement]:
    """The schemas, with their owners."""
    if "public" not in facts.schemas:
        yield "drop schema if exists public", facts.of("database")[0]
    for row in facts.of("schema"):
        name = identifier(row["name"])
        yield f"create schema if not exists {name}; alter schema {name} owner to {identifier(row['owner'])}", row
        yield from _comment(f"schema {name}", row)


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
        yield from _comment(f"{'domain' if row['typtype'] == 'd' else 'type'} {name}", row)


def functions(facts: Facts, languages: Collection[str]) -> Iterator[Statement]:
    """The functions; one whose body is not known, or not for this server, gets one that says so."""
    for row in facts.of("function"):
        name = row["name"]
        kind = "procedure" if row.get("fkind") == "p" else "function"
        returns = f" returns {row['result']}" if row["result"] else ""
        yield f"create {kind} {name_alone(name)}({row['args']}){returns} {_properties_and_body(row, languages)}", row
        yield f"alter {kind} {name} owner to {identifier(row['owner'])}", row
        yield from _comment(f"{kind} {name}", row)


def name_alone(signature: str) -> str:
    """A function's name without its arguments, quoted as it is."""
    found = re.match(r'(?:"(?:[^"]|"")*"|[^"(])+(?=\()', signature)
    return found[0] if found else signature


def _properties_and_body(row: Fact, languages: Collection[str]) -> str:
    known = row["language"] in languages and (row["body"] is not None or "sql_body" in row)
    words = [f"language {row['language'] if known else 'plpgsql'}"]
    if row.get("fkind") != "p":
        cost = row.get("cost", usual_cost(row["language"]))
        words += [_VOLATILITY[row["volatility"]], "strict" if row.get("strict") else "called on null input"]
        words += ["leakproof"] if row.get("leakproof") else []
        words += [f"parallel {_PARALLEL[row.get('parallel', 'u')]}", f"cost {cost}"]
        words += [f"rows {row['rows']}"] if "rows" in row else []
    words += ["security definer"] if row["secdef"] else []
    if known and "sql_body" in row:
        return " ".join([*words, row["sql_body"]])
    return " ".join([*words, "as", _dollars(row["body"] if known else stand_in(row))])


def stand_in(row: Fact) -> str:
    """The body in PL/pgSQL of a function that cannot be had here."""
    mark, result = STANDS_IN.format(row["language"]), row["result"] or "void"
    nothing = "return null;" if not re.match(r"TABLE\(|SETOF |void$|record$", result) else "return;"
    # Arguments that are given back are its result, and are set, not returned.
    nothing = "return;" if re.search(r"(^|, )(IN)?OUT ", row["args"]) else nothing
    name = row["name"].replace("'", "''").replace("%", "%%")
    return _BODIES.get(result, _BODY).format(mark=mark, nothing=nothing, name=name)


def _dollars(body: str) -> str:
    tag = next(tag for tag in ("$$", "$body$", *(f"$body{n}$" for n in range(1000))) if tag not in body)
    return f"{tag}{body}{tag}"


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
        yield from _comment(f"constraint {identifier(row['name'])} on {row['table']}", row)
    for row in facts.of("index"):
        yield row["def"].replace(" ON ONLY ", " ON ", 1), row
        yield from _comment(f"index {row['name']}", row)


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
        yield from _comment(f"{word} {name}", row)
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
        yield from _comment(f"column {row['table']}.{identifier(row['name'])}", row)


def dependents(facts: Facts) -> Iterator[Statement]:
    """What hangs on tables: triggers, rules, policies; and publications."""
    for row in facts.of("trigger", "rule"):
        name, word = identifier(row["name"]), row["kind"]
        change = f"alter table {row['table']} {_ENABLED.get(row['enabled'], 'enable')} {word} {name}"
        yield row["def"] + (f"; {change}" if row["enabled"] != "O" else ""), row
        yield from _comment(f"{word} {name} on {row['table']}", row)
    for row in facts.of("policy"):
        to = ", ".join(role if role == "public" else identifier(role) for role in row["roles"])
        words = [f"create policy {identifier(row['name'])} on {row['table']}"]
        words += [] if row["permissive"] else ["as restrictive"]
        words += [f"for {_COMMANDS[row['cmd']]} to {to}"]
        words += [f"using ({row['qual']})"] if row["qual"] else []
        words += [f"with check ({row['with_check']})"] if row["with_check"] else []
        yield " ".join(words), row
        yield from _comment(f"policy {identifier(row['name'])} on {row['table']}", row)
    for row in facts.of("publication"):
        yield _publication(row), row
        yield from _comment(f"publication {identifier(row['name'])}", row)


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
        yield from _comment(f"event trigger {name}", row)


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


def _comment(what: str, row: Fact) -> Iterator[Statement]:
    if row.get("comment") is not None:
        yield f"comment on {what} is {literal(row['comment'])}", row
