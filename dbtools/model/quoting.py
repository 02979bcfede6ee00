"""Names and strings as they are written in SQL text, for files and statements that take no parameters."""

from __future__ import annotations

import re
from functools import cache

_LAST_NAME = re.compile(r'("(?:[^"]|"")*"|[^\s."]+)\Z')


def identifier(name: str) -> str:
    """A name as it is written in SQL, quoted only where it must be."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _keywords():
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant (with standard_conforming_strings on, as it always is)."""
    return "'" + text.replace("'", "''") + "'"


def dollar_quoted(body: str) -> str:
    """A string constant between dollar signs, with a tag that the body does not have."""
    tag, number = "$$", 0
    while tag[:-1] in body:
        tag, number = f"$body{number or ''}$", number + 1
    return f"{tag}{body}{tag}"


def unquoted(name: str) -> str:
    """The name that an identifier stands for."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def last_name(text: str) -> str:
    """The name, unquoted, that a text ends with: of a qualified one its last part."""
    found = _LAST_NAME.search(text)
    return unquoted(found[1]) if found else text


def without_last_name(text: str) -> str:
    """What stands before the name that a text ends with, the dot included."""
    found = _LAST_NAME.search(text)
    return text[: found.start()] if found else ""


@cache
def _keywords() -> set[str]:
    from pglast import keywords  # noqa: PLC0415  (slow to load, and whoever only reads names does not need it)

    return keywords.COL_NAME_KEYWORDS | keywords.RESERVED_KEYWORDS | keywords.TYPE_FUNC_NAME_KEYWORDS
