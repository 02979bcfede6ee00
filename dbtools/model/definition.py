"""From a snapshot to the SQL that makes an object of `sql/` again: the file that somebody would have written for it.

Pure text. What it writes is only as good as the snapshot, so whoever uses it proves it: run it, read back, compare.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator

from dbtools.errors import ReviseError
from dbtools.model import materialized
from dbtools.model.declared import RELATIONS, ROUTINES, Declared, bare, declared_part
from dbtools.model.quoting import dollar_quoted, identifier, last_name, literal
from dbtools.model.snapshot import Object, Snapshot

# Settings whose value is a list of names, which Postgres keeps as it will read them again.
_LISTS = {"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"}
_COST = {"c": "1", "internal": "1"}
# ALL is spelled out where one of two versions may not know a privilege: MAINTAIN is new in 17.
_EVERYTHING = {"DELETE", "INSERT", "MAINTAIN", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"}
BY_HAND = "write a revision by hand: alembic revision -m MESSAGE"
_STATES = {"disabled": "disable", "replica": "enable replica", "always": "enable always"}


def definition(snapshot: Snapshot, item: Declared) -> str:
    """A complete file for an item as it is in a snapshot: its objects, comments, revokes and grants.

    Raises:
        ReviseError: it cannot be written from a snapshot (an aggregate, a function in C).
    """
    part = declared_part(snapshot, item)
    blocks: list[str] = []
    if item.kind == "policies":
        for table in part.of(*RELATIONS):
            blocks += [*_row_security(table), _grants(snapshot, part, snapshot.objects[table.identity])]
    if item.kind == "view":
        for view in part.of("view", "materialized view"):
            blocks += [_view(view), *_indexes(part, view), *materialized.settings(view)]
            blocks += [*_comments(part, view), _grants(snapshot, part, view)]
    for routine in part.of(*ROUTINES):
        blocks += [_routine(routine), *_comments(part, routine), _grants(snapshot, part, routine)]
    for trigger in part.of("trigger"):
        blocks += [_trigger(trigger), *_comments(part, trigger)]
    for policy in part.of("policy"):
        blocks += [_policy(policy), *_comments(part, policy)]
    return "\n\n".join(blocks) + "\n"


def _routine(one: Object) -> str:
    properties = one.properties
    if one.kind == "aggregate" or "library" in properties:
        raise ReviseError(f"{one.identity} cannot be written from the catalog", hint=BY_HAND)
    name = f"{identifier(one.schema)}.{identifier(one.name)}"
    lines = [f"create or replace {one.kind} {name}({properties['arguments']})"]
    if "returns" in properties:
        lines.append(f"returns {properties['returns']}")
    lines.append(f"language {identifier(properties['language'])}")
    if "transforms" in properties:
        lines.append("transform " + ", ".join(f"for type {t}" for t in json.loads(properties["transforms"])))
    flags = {"window": "window", "strict": "strict", "leakproof": "leakproof"}
    lines += [word for name, word in flags.items() if properties.get(name) == "true"]
    if properties["volatility"] != "volatile":
        lines.append(properties["volatility"])
    if properties["security"] == "definer":
        lines.append("security definer")
    if properties["parallel"] != "unsafe":
        lines.append(f"parallel {properties['parallel']}")
    if properties["cost"] != _COST.get(properties["language"], "100"):
        lines.append(f"cost {properties['cost']}")
    if properties["rows"] not in ("0", "1000"):
        lines.append(f"rows {properties['rows']}")
    if "support" in properties:
        lines.append(f"support {properties['support']}")
    lines += [setting_clause(setting) for setting in json.loads(properties.get("settings", "[]"))]
    body = properties["body"]
    # Of a body in standard SQL, Postgres prints the whole clause; as a string, neither would be SQL.
    standard = properties["language"] == "sql" and body.upper().startswith(("RETURN ", "BEGIN ATOMIC"))
    lines.append(body if standard else f"as {dollar_quoted(body)}")
    return "\n".join(lines) + ";" + _owner(one)


def setting_clause(setting: str) -> str:
    """The `set name = value` of a setting as the catalog keeps it, `name=value`."""
    name, value = setting.split("=", 1)
    # An empty name is no name: search_path = '' is kept as "".
    return f"set {name} = " + (value.replace('""', "''") if name in _LISTS else literal(value))


def _owner(one: Object) -> str:
    owner = one.properties["owner"]
    return "" if owner == "postgres" else f"\n\nalter {one.identity} owner to {identifier(owner)};"


def _view(one: Object) -> str:
    if one.kind == "materialized view":
        return materialized.created(one) + _owner(one)
    options = one.properties.get("options")
    with_options = f"\nwith ({', '.join(json.loads(options))})" if options else ""
    return f"create or replace {one.identity}{with_options} as\n{one.properties['definition'].strip()}" + _owner(one)


def _indexes(part: Snapshot, one: Object) -> Iterator[str]:
    for index in part.of("index"):
        if index.parent == one.identity:
            yield materialized.index(index)
            yield from _comments(part, index)


def _trigger(one: Object) -> str:
    text = one.properties["definition"]
    table = bare(one.parent)
    if text.startswith("CREATE TRIGGER "):
        text = text.replace("CREATE TRIGGER ", "create or replace trigger ", 1) + ";"
    else:
        # A constraint trigger knows no "or replace".
        text = f"drop trigger if exists {identifier(one.name)} on {table};\n{text};"
    state = _STATES.get(one.properties["enabled"])
    return text + (f"\nalter table {table} {state} trigger {identifier(one.name)};" if state else "")


def _row_security(table: Object) -> Iterator[str]:
    name = table.identity.removeprefix(table.kind + " ")
    on = table.properties.get("row level security")
    if on is not None:
        yield f"alter table {name} {'enable' if on == 'true' else 'disable'} row level security;"
    if table.properties.get("forced row level security") == "true":
        yield f"alter table {name} force row level security;"


def _policy(one: Object) -> str:
    properties = one.properties
    name = one.identity.removeprefix("policy ")
    text = f"drop policy if exists {name};\ncreate policy {name}"
    if properties["permissive"] != "true":
        text += "\nas restrictive"
    text += f"\nfor {properties['command']} to {', '.join(json.loads(properties['roles']))}"
    for clause in ("using", "with check"):
        if clause in properties:
            text += f"\n{clause} ({properties[clause]})"
    return text + ";"


def _comments(part: Snapshot, one: Object) -> Iterator[str]:
    for comment in part.of("comment"):
        if comment.parent == one.identity or comment.parent.startswith(f"column {bare(one.identity)}."):
            yield f"comment on {comment.parent} is\n{literal(comment.properties['text'])};"


def _grants(whole: Snapshot, part: Snapshot, one: Object) -> str:
    """First nobody may do anything, whatever the default privileges are; then each grant."""
    name = one.identity.removeprefix(one.kind).strip()
    what = f"table {name}" if one.kind in RELATIONS else one.identity
    grants: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for grant in part.of("grant"):
        role = grant.identity.removeprefix("grant to ").removesuffix(f" on {grant.parent}")
        column = grant.parent.removeprefix(f"column {name}.") if grant.parent.startswith(f"column {name}.") else ""
        if (grant.parent == one.identity and role != identifier(one.properties["owner"])) or column:
            for privileges, option in _privileges(grant.properties["privileges"].split(", "), column):
                grants[f"grant {privileges} on {what} to ", option].append(role)
    revoke = f"revoke all on {what} from {', '.join(('public', *_born_with(whole, one)))};"
    return "\n".join([revoke, *(f"{to}{', '.join(roles)}{option};" for (to, option), roles in grants.items())])


def _born_with(snapshot: Snapshot, one: Object) -> list[str]:
    """The roles that default privileges may have given something: those of requests, and who else is named."""
    named = {identifier(last_name(item.identity)) for item in snapshot.of("default privileges")}
    api = list(map(identifier, snapshot.api_roles))
    return [*api, *sorted(named - {*api, "public", identifier(one.properties["owner"])})]


def _privileges(privileges: list[str], column: str) -> Iterator[tuple[str, str]]:
    for star, option in (("", ""), ("*", " with grant option")):
        some = {p.rstrip("*") for p in privileges if p.endswith("*") == bool(star)}
        names = [name.lower() + (f" ({column})" if column else "") for name in sorted(some)]
        if names:
            yield "all" if some >= _EVERYTHING else ", ".join(names), option
