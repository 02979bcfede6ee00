"""What stands in for an extension's C function where its library is missing: something that the server has anyway.

A function is judged by what the catalog uses it for, never by its name or its extension's. What is only called when
somebody runs it raises; what Postgres itself calls while objects are made and stored (a type's input, an access
method's handler, a planner's estimate) is played by a built-in function that takes the same arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbtools.model.quoting import literal

Row = Mapping[str, Any]

# Built-in types whose values look as our text-shaped stand-ins do: by oid text, bytea, varchar, bpchar.
_TEXT_SHAPED = {25, 17, 1043, 1042}

_TEXT = {"input": "textin", "output": "textout", "receive": "textrecv", "send": "textsend"}
_ALWAYS = {
    "support": "network_subset_support",
    "restrict": "contsel",
    "join": "contjoinsel",
    "typmod out": "enum_out",
    "analyze": "int8up",
    "dictionary": "int8up",
    "prsd_start": "prsd_start",
    "prsd_nexttoken": "prsd_nexttoken",
    "prsd_end": "prsd_end",
    "prsd_headline": "prsd_headline",
    "prsd_lextype": "prsd_lextype",
}
_HANDLERS = {
    "index_am_handler": "gisthandler",
    "table_am_handler": "heap_tableam_handler",
    "tsm_handler": "tsm_bernoulli_handler",
}
# Called when an index is made, on an empty table too: by access method and number of the support function.
_INDEXING = {
    ("btree", 2): "int8up",
    ("btree", 4): "btequalimage",
    ("gist", 11): "gist_point_sortsupport",
    ("spgist", 1): "spg_quad_config",
    ("brin", 1): "brin_minmax_opcinfo",
    ("btree", 5): "gtsvector_options",
    ("hash", 3): "gtsvector_options",
    ("gist", 10): "gtsvector_options",
    ("gin", 7): "gtsvector_options",
    ("spgist", 6): "gtsvector_options",
    ("brin", 5): "gtsvector_options",
}
# Of text-shaped types only: these look at the bytes and ask for no collation.
_COMPARING = {
    ("btree", 1): "byteacmp",
    ("hash", 1): "hashvarlena",
    ("hash", 2): "hashvarlenaextended",
    ("btree operator", 1): "bytealt",
    ("btree operator", 2): "byteale",
    ("btree operator", 3): "byteaeq",
    ("btree operator", 4): "byteage",
    ("btree operator", 5): "byteagt",
    ("hash operator", 1): "byteaeq",
    ("not equal", 0): "byteane",
}


@dataclass(frozen=True)
class Uses:
    """What the catalog uses the extension's functions for, and the extension's base types by oid."""

    by_function: Mapping[int, Sequence[tuple[str, int]]]
    types: Mapping[int, Row]
    extension: str
    behaviours: Mapping[str, str]

    def is_text(self, oid: int) -> bool:
        """Whether a type's values are kept as text, or as if they were."""
        return oid in _TEXT_SHAPED or (oid in self.types and not self.types[oid]["like"])


def statement(function: Row, uses: Uses) -> str:
    """The CREATE of a function; of one in C, both ways of it (see `script`)."""
    definition = function["definition"].replace("CREATE OR REPLACE", "CREATE", 1).strip()
    if function["language"] != "c":
        return str(definition)
    head, _, rest = definition.partition("\n LANGUAGE c\n")
    attributes = [line.strip() for line in rest[: rest.rindex("AS '")].splitlines()]
    if function["kind"] != "p" and not any("COST" in line.split() for line in attributes):
        attributes.append("COST 1")
    said = " ".join(attributes)
    real = f"{said} LANGUAGE c AS {literal(function['library'])}, {literal(function['symbol'])}"
    return f"{head}\n{real.strip()}\n--or {_without_library(function, uses, said).strip()}\n"


def _without_library(function: Row, uses: Uses, said: str) -> str:
    # As it is called by itself: without its own schema, which may be any.
    behaviour = uses.behaviours.get(function["name"].replace(f"{function['schema']}.", ""))
    if behaviour:
        return f"{said} {behaviour}"
    if typmods := _typmod_input(function, uses):
        # Postgres lets nothing but a volatile function change the catalog.
        loose = " ".join(word for word in said.split() if word not in ("IMMUTABLE", "STABLE"))
        return f"{loose} SECURITY DEFINER LANGUAGE plpgsql AS {typmods}"
    if builtin := _builtin(function, uses):
        return f"{said} LANGUAGE internal AS '{builtin}'"
    return f"{said} LANGUAGE plpgsql AS {_plpgsql(function, uses)}"


def _builtin(function: Row, uses: Uses) -> str | None:
    for use, detail in uses.by_function.get(function["oid"], ()):
        if builtin := _of_a_type(use, uses.types.get(detail)) or _of_an_index(function, (use, detail), uses):
            return builtin
    if function["result_name"] in _HANDLERS:
        return _HANDLERS[function["result_name"]]
    # It raises: nothing can be made of what has no value in SQL.
    return "internal_in" if (function["pseudo"] and not _is_plain(function, uses)) or function["kind"] == "w" else None


def _of_a_type(use: str, row: Row | None) -> str | None:
    if row and use in _TEXT:
        return str(row["like_" + use] or _TEXT[use])
    if row and use == "subscript":
        return "raw_array_subscript_handler" if row["element"] else "jsonb_subscript_handler"
    return _ALWAYS.get(use)


def _of_an_index(function: Row, use: tuple[str, int], uses: Uses) -> str | None:
    if use in _COMPARING and all(map(uses.is_text, function["arguments"])):
        return _COMPARING[use]
    if use[0] == "cast" and uses.is_text(function["arguments"][0]) and uses.is_text(function["result"]):
        return "int8up"
    return _INDEXING.get(use)


def _is_plain(function: Row, uses: Uses) -> bool:
    is_validator = any(use == "validator" for use, _ in uses.by_function.get(function["oid"], ()))
    return is_validator or function["result_name"] in ("trigger", "event_trigger")


def _plpgsql(function: Row, uses: Uses) -> str:
    if function["result_name"] == "trigger":
        return "$$begin return coalesce(new, old); end$$"
    if function["result_name"] == "event_trigger":
        return "$$begin end$$"
    if any(use == "validator" for use, _ in uses.by_function.get(function["oid"], ())):
        return "$$begin return true; end$$" if function["result_name"] == "boolean" else "$$begin end$$"
    nothing = "return;" if function["returns_nothing"] or function["kind"] == "p" else "return null;"
    message = literal(f"the stand-in for {uses.extension} has no {function['bare']}")
    return (
        f"$s$begin if current_setting('dbtools.standin', true) = 'quiet' then {nothing} end if; "
        f"raise exception using errcode = '0A000', message = {message}; end$s$"
    )


def _typmod_input(function: Row, uses: Uses) -> str | None:
    """The body of a typmod's input: the bare number, or the oid of the enum's label that says how it is printed."""
    of = [uses.types[oid] for use, oid in uses.by_function.get(function["oid"], ()) if use == "typmod in"]
    if not of:
        return None
    if not of[0]["typmod_out"]:
        return "$$begin return ($1[1])::text::integer; end$$"
    name = typmods_name(uses.extension)
    find = f"(select oid from pg_enum where enumtypid = {literal(name)}::regtype and lower(enumlabel) = lower(v_label))"
    return (
        f"$s$declare v_label text := '(' || array_to_string($1, ',') || ')'; v_oid oid := {find}; "
        f"begin if v_oid is null then execute format('alter type {name} add value %L', v_label); "
        f"v_oid := {find}; end if; return v_oid::integer; end$s$"
    )


def typmods_name(extension: str) -> str:
    """The enum whose labels are the typmods of an extension's types, where pg_dump and readers do not look."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in extension.lower())
    return f"pg_catalog.dbtools_typmods_{plain}"[:63]
