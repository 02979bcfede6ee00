"""A materialized view as its file makes it: filled, and with all that was set for its columns and indexes. Pure.

There is no "create or replace" for it, so the file makes what is not there, and leaves alone what is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dbtools.model.quoting import identifier, last_name
from dbtools.model.snapshot import Object

_STORAGE = {"p": "plain", "e": "external", "x": "extended", "m": "main"}
_COMPRESSION = {"p": "pglz", "l": "lz4"}


def created(one: Object) -> str:
    """The statement that makes it."""
    said = one.properties
    options = json.loads(said.get("options", "[]"))
    options += [f"toast.{option}" for option in json.loads(said.get("toast options", "[]"))]
    using = f"\nusing {identifier(said['access method'])}" if said["access method"] != "heap" else ""
    with_options = f"\nwith ({', '.join(options)})" if options else ""
    tablespace = f"\ntablespace {identifier(said['tablespace'])}" if "tablespace" in said else ""
    query = said["definition"].strip()
    name = one.identity.removeprefix(f"{one.kind} ")
    return f"create materialized view if not exists {name}{using}{with_options}{tablespace} as\n{query}"


def index(one: Object) -> str:
    """The statements that make one of its indexes."""
    text = one.properties["definition"].replace(" INDEX ", " INDEX IF NOT EXISTS ", 1) + ";"
    for number, target in json.loads(one.properties.get("statistics targets", "{}")).items():
        text += f"\nalter {one.identity} alter column {number} set statistics {target};"
    return text


def _on_columns(values: Mapping[str, Any] | None, action: Callable[[Any], str]) -> Iterator[str]:
    for column, value in (values or {}).items():
        yield f"alter column {identifier(column)} {action(value)}"


def settings(one: Object) -> Iterator[str]:
    """What is set for it once it and its indexes are there; nothing for a view of another kind."""
    if one.kind != "materialized view":
        return
    said = {name: json.loads(text) for name, text in one.properties.items() if name.startswith("column ")}
    actions = [
        *_on_columns(said.get("column storage"), lambda value: f"set storage {_STORAGE[value]}"),
        *_on_columns(said.get("column compression"), lambda value: f"set compression {_COMPRESSION[value]}"),
        *_on_columns(said.get("column statistics"), lambda value: f"set statistics {value}"),
        *_on_columns(said.get("column options"), lambda value: f"set ({', '.join(value)})"),
    ]
    if "clustered on" in one.properties:
        actions.append(f"cluster on {identifier(last_name(one.properties['clustered on']))}")
    if actions:
        yield f"alter {one.identity}\n  " + ",\n  ".join(actions) + ";"
    for extension in json.loads(one.properties.get("depends on extension", "[]")):
        yield f"alter {one.identity} depends on extension {identifier(extension)};"
