"""Statements that end a difference of the rarer kinds: options of foreign data, text search, casts, comments. Pure."""

from __future__ import annotations

import json
import re

from dbtools.model.compare import Change
from dbtools.model.quoting import identifier, last_name, literal
from dbtools.model.snapshot import Object, Snapshot
from dbtools.pull.cron_jobs import scheduled

_OPTIONS = {("server", "options"), ("foreign-data wrapper", "options"), ("foreign table", "server options")}
_CONTEXTS = {"implicit": " as implicit", "assignment": " as assignment", "explicit": ""}


def ends(change: Change, found: Snapshot) -> str | None:
    """The statement that ends a difference in the found state; None where there is none here."""
    if change.action == "missing" and change.object.kind == "sequence":
        return _of_identity(change.object, found)
    return _altered(change) if change.action == "different" else None


def _altered(change: Change) -> str | None:
    one = change.object
    if (one.kind, change.property) in _OPTIONS:
        options = ", ".join(_options(change.found, change.expected))
        return f"alter {in_sql(one.identity)} options ({options});\n"
    if (one.kind, change.property) == ("server", "version"):
        return f"alter {one.identity} version {'null' if change.expected is None else literal(change.expected)};\n"
    if (one.kind, change.property) == ("text search configuration", "mappings"):
        return "".join(_mappings(one, change.found, change.expected))
    if one.kind == "cron job" and "name" in one.properties:
        return scheduled(one, again=True)
    if (one.kind, change.property) == ("column", "not null constraint"):
        born = identifier(f"{last_name(one.parent)}_{one.name}_not_null")
        return f"alter {one.parent} rename constraint {change.found or born} to {change.expected or born};\n"
    return None


def _of_identity(one: Object, found: Snapshot) -> str | None:
    """Give the sequence that came with an identity column, named after it and its table, another name."""
    owner = one.properties.get("owned by", "")
    column = found.objects.get(f"column {owner}")
    if column is None or "identity" not in column.properties:
        return None
    own = [other for other in found.of("sequence") if other.properties.get("owned by") == owner]
    return f"alter {own[0].identity} rename to {identifier(one.name)};\n" if own else None


def labels(one: Object, found: str, expected: str) -> list[str]:
    """The statements that give an enum the labels that it lacks; none of them can be undone."""
    there, wanted = json.loads(found), json.loads(expected)
    made = []
    for position, label in enumerate(wanted):
        if label not in there:
            first = next((literal(one) for one in wanted if one in there), "")
            beside = f"after {literal(wanted[position - 1])}" if position else f"before {first}" if first else ""
            made.append(f"alter {one.identity} add value if not exists {literal(label)} {beside}".rstrip() + ";\n")
    return made


def cast(one: Object) -> str:
    """What makes a cast."""
    said = one.properties
    how = {"function": f"with function {said.get('function')}", "inout": "with inout"}.get(said["method"])
    return f"create {one.identity} {how or 'without function'}{_CONTEXTS[said['context']]};\n"


def in_sql(identity: str) -> str:
    """An object's identity as COMMENT and ALTER call it."""
    if attribute := re.fullmatch(r'attribute ("(?:[^"]|"")*"|\S+) of type (.+)', identity, re.DOTALL):
        return f"column {attribute[2]}.{attribute[1]}"
    return identity.replace("foreign-data wrapper ", "foreign data wrapper ", 1)


def _options(found: str | None, expected: str | None) -> list[str]:
    old, new = (dict(one.split("=", 1) for one in json.loads(text or "[]")) for text in (found, expected))
    gone = [f"drop {identifier(name)}" for name in old if name not in new]
    return gone + [
        f"{'set' if name in old else 'add'} {identifier(name)} {literal(value)}"
        for name, value in new.items()
        if old.get(name) != value
    ]


def _mappings(one: Object, found: str | None, expected: str | None) -> list[str]:
    old, new = json.loads(found or "{}"), json.loads(expected or "{}")
    made = [f"alter {one.identity} drop mapping for {token};\n" for token in old if token not in new]
    for token, dictionaries in new.items():
        if old.get(token) != dictionaries:
            verb = "alter" if token in old else "add"
            made.append(f"alter {one.identity} {verb} mapping for {token} with {', '.join(dictionaries)};\n")
    return made
