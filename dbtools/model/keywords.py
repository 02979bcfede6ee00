"""Names that became keywords in 16 and 17: an older server prints them bare, a newer one in quotes.

What an older one says is put into the words of a newer one, which does not read all of it. `json` is the hard one: the
type is called so, too, and stays bare. In an expression a type stands behind `::`, among types a name behind a dot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SINCE = 17
_NAMES = (
    "json_array|json_arrayagg|json_exists|json_object|json_objectagg|json_query|json_scalar|json_serialize|json_table"
    "|json_value|merge_action|system_user"
)
_ANY = re.compile("json|merge_action|system_user")
# Strings, names in quotes, bodies between dollars, comments: nothing in them is printed otherwise.
_SKIPPED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|--[^\n]*"""


def _bare(names: str) -> re.Pattern[str]:
    return re.compile(rf"(?s){_SKIPPED}|(?P<name>(?<![\w$])(?:{names})(?![\w$]))")


_NAME = _bare(_NAMES)
_IN_EXPRESSION = _bare(f"{_NAMES}|(?<!::)json")
_AMONG_TYPES = _bare(rf"{_NAMES}|(?<=\.)json")
_IN_ATTRIBUTE = _bare(rf"{_NAMES}|^json(?= )|(?<=\.)json")
_IN_IDENTITY = _bare(rf"{_NAMES}|(?<=\.)json|(?<= )json(?![^(]*\))")
_QUOTED_JSON = re.compile(rf"""(?s)(?P<name>"json")|{_SKIPPED}""")

# A name stands before its type; a type without a name has a default behind it, or nothing.
_ARGUMENT = re.compile(rf"(?<=[(,])(\s*(?:(?:VARIADIC|INOUT|OUT|IN) )?)(json|{_NAMES})(?= (?!DEFAULT\b)\S)")
_LISTS = re.compile(
    r"^(?:CREATE|ALTER|GRANT|REVOKE|COMMENT) [^'\n]*?\b(?:FUNCTION|PROCEDURE|AGGREGATE) .*", re.MULTILINE
)

# Which properties are SQL with names in it: expressions or names alone, and types or signatures.
_EXPRESSIONS = {
    "clustered on", "collation", "column defaults", "columns", "default", "definition", "family", "generated",
    "granted by", "inherits", "member of", "members", "not null constraint", "operator class", "owned by", "parser",
    "part of", "partition", "partitioned by", "replica identity", "roles", "states", "subtype collation", "template",
    "using", "where", "with check",
}  # fmt: skip
_TYPES = {
    "base type", "commutator", "element", "from sql", "function", "functions", "handler", "inline", "input", "join",
    "key type", "multirange", "negator", "of type", "operators", "output", "restriction", "result", "subtype",
    "support", "to sql", "transforms", "type", "validator",
}  # fmt: skip
# What has a type or a value in its name, where others have names alone.
_KINDS_BY_TYPE = {"cast", "transform", "setting", "cron job", "bucket"}


def identity(text: str, kind: str = "") -> str:
    """An object's identity as a newer server has it."""
    return _quote(_AMONG_TYPES if kind in _KINDS_BY_TYPE else _IN_IDENTITY, text)


def properties(found: Mapping[str, object]) -> dict[str, object]:
    """An object's properties as a newer server prints them."""
    return {name: _each(_pattern(name, value), value) for name, value in found.items()}


def _pattern(name: str, value: object) -> re.Pattern[str] | None:
    if name in _EXPRESSIONS or (name == "body" and str(value).startswith(("BEGIN ATOMIC", "RETURN "))):
        return _IN_EXPRESSION
    if name in _TYPES or name in {"arguments", "returns"}:
        return _AMONG_TYPES
    return _IN_ATTRIBUTE if name == "attributes" else None


def _each(pattern: re.Pattern[str] | None, value: object) -> object:
    if pattern is None:
        return value
    if isinstance(value, list):
        return [_each(pattern, one) for one in value]
    if isinstance(value, dict):
        return {name: _each(pattern, one) for name, one in value.items()}
    if not isinstance(value, str):
        return value
    return _quote(pattern, quoted(value) if pattern is _AMONG_TYPES else value)


def quoted(arguments: str) -> str:
    """A list of arguments, or `TABLE(…)`, with those names in quotes, as newer servers print it."""
    return _ARGUMENT.sub(r'\1"\2"', f"({arguments}")[1:]


def quoted_in_signature(text: str) -> str:
    """A routine's name with its arguments' names in quotes; what has no arguments stays as it is."""
    name, bracket, arguments = text.partition("(")
    return name + bracket + quoted(arguments) if bracket else text


def quoted_in_statements(text: str) -> str:
    """The statements of a dump as a newer server reads them: the names in quotes, `json` only where it must be."""
    return _quote(_NAME, _LISTS.sub(lambda line: quoted(line[0]), text) if _ANY.search(text) else text)


def without_quotes(text: str) -> str:
    """SQL with `json` bare wherever it is a name, to be compared only."""
    if '"json"' not in text:
        return text
    return _QUOTED_JSON.sub(lambda found: "json" if found["name"] else found[0], text)


def _quote(pattern: re.Pattern[str], text: str) -> str:
    if not _ANY.search(text):
        return text
    return pattern.sub(lambda found: f'"{found["name"]}"' if found["name"] else found[0], text)
