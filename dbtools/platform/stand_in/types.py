"""Base types: a shell first, then the type; without the library its values are the text that live prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbtools.model.quoting import literal

Row = Mapping[str, Any]

_ALIGNMENT = {"c": "char", "s": "int2", "i": "int4", "d": "double"}
_STORAGE = {"p": "plain", "e": "external", "m": "main", "x": "extended"}


def shell(row: Row) -> str:
    """The name alone, for the functions that the type is made of."""
    return f"create type {row['name']}"


def statement(row: Row) -> str:
    """The CREATE of a base type, both ways of it (see `script`)."""
    functions = {
        "input": row["input"],
        "output": row["output"],
        "receive": row["receive"],
        "send": row["send"],
        "typmod_in": row["typmod_in"],
        "typmod_out": row["typmod_out"],
        "analyze": row["analyze"],
        "subscript": row["subscript"],
    }
    made_of = ", ".join(f"{name} = {function}" for name, function in functions.items() if function)
    length = "variable" if row["length"] < 0 else str(row["length"])
    real = (
        f"internallength = {length}, alignment = {_ALIGNMENT[row['alignment']]}, storage = {_STORAGE[row['storage']]}"
    )
    real += ", passedbyvalue" if row["by_value"] else ""
    text = "internallength = variable, alignment = int4, storage = extended"
    instead = f"like = {row['like']}" if row["like"] else text
    others = [f"category = {literal(row['category'])}", f"delimiter = {literal(row['delimiter'])}"]
    others += ["preferred = true"] if row["preferred"] else []
    others += ["collatable = true"] if row["collatable"] else []
    others += [f"element = {row['element']}"] if row["element"] else []
    others += [f"default = {literal(row['fallback'])}"] if row["fallback"] is not None else []
    return f"create type {row['name']} ({made_of},\n{real}\n--or {instead}\n, {', '.join(others)})"
