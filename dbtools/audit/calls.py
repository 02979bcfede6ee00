"""Which edge functions, database functions and tables a text calls, by name and line.

Text is searched, nothing is compiled: a call in a form that is not listed here is not seen, and what merely looks like
one is. Only comments are told apart, by a lexer that knows them from strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, String

Kind = Literal["edge function", "function", "table"]

LANGUAGES = {
    **dict.fromkeys((".ts", ".tsx", ".mts", ".cts"), "typescript"),
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs"), "javascript"),
    **dict.fromkeys((".html", ".vue", ".svelte"), "html"),
    ".rs": "rust",
    ".py": "python",
    ".sql": "postgresql",
}

# A call's first argument: a literal, or what only the running program knows. In front, the client of another schema.
_LITERAL = r"""\s*(?:<[^()]*>)?\s*\(\s*(?:(?P<quote>["'`])(?P<name>[\w.-]+)(?:[/?][^"'`]*)?(?P=quote)"""
_ARGUMENT = _LITERAL + r"|(?P<dynamic>[^\s,)][^,)\n]*))"
_SCHEMA = r"""(?:\.\s*schema\s*\(\s*["'`](?P<schema>\w+)["'`]\s*\)\s*)?"""
_DOT = r"\??\.\s*"
_CALLS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("edge function", re.compile(r"\bfunctions\s*" + _DOT + "invoke" + _ARGUMENT)),
    ("function", re.compile(_SCHEMA + _DOT + "rpc" + _ARGUMENT)),
    ("function", re.compile(r"(?<![\w.])rpc" + _LITERAL + ")")),
    ("table", re.compile(_SCHEMA + _DOT + "from_?" + _ARGUMENT)),
    ("table", re.compile(_SCHEMA + _DOT + "table" + _LITERAL + ")")),
)
# Array.from, String.from …, and storage.from, which names a bucket.
_OTHER_RECEIVER = re.compile(r"(?:\b[A-Z]\w*|\bstorage(?:\s*\(\s*\))?)\s*$")
_URL = re.compile(r"\b(?P<api>functions|rest)/v1(?P<path>(?:/[^\s/'\"`?#)\\,;]*)*)")
_WORD = re.compile(r"[\w-]+")
# A realtime subscription names its table in an object.
_SUBSCRIPTION = re.compile(r"""\btable["']?\s*:\s*["'`](\w+)["'`]""")

# SQL: what a definition names it does not call; what is left names an object with its schema, calls it, or reads it.
_DEFINITION = re.compile(
    r"\b(?:create|replace|alter|drop|on)\s+(?:function|procedure|routine|aggregate|table|view|materialized\s+view)\s+"
    r"(?:if\s+(?:not\s+)?exists\s+)?[\w.\"]+",
    re.IGNORECASE,
)
_IN_SQL = re.compile(
    r"""(?<![\w."])"?(?P<schema>\w+)"?\."?(?P<name>\w+)"?"""
    r"""|(?<![\w."])"?(?P<called>\w+)"?(?:!\w+)*\s*\("""
    r"""|\b(?:from|join|into|update|only|truncate|view|concurrently)\s+"?(?P<read>\w+)"?(?![\w."(])""",
    re.IGNORECASE,
)
_LOOKS_LIKE_SQL = re.compile(r"\b(?:select|insert|update|delete|call|merge|refresh|truncate)\b", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Call:
    """What is called; of a `dynamic` call, `name` is the expression that will be the name.

    Names of functions and tables come with their schema, which is `public` where none is said.
    """

    kind: Kind
    name: str
    dynamic: bool = False


def find(text: str, language: str, known: Mapping[str, Kind]) -> list[tuple[int, Call]]:
    """The calls in a source file, each with its line.

    Args:
        text: what the file holds.
        language: one of the values of `LANGUAGES`.
        known: the database's functions and tables, as `schema.name`; in SQL, these alone are looked for.
    """
    code, strings = without_comments(text, language)
    found = set(_in_code(code))
    if language == "postgresql":
        found |= set(in_sql(code, known))
    elif _LOOKS_LIKE_SQL.search(code):
        found |= set(in_sql(strings, known))
    return sorted(found)


def in_sql(text: str, known: Mapping[str, Kind]) -> Iterator[tuple[int, Call]]:
    """Where SQL names one of the functions and tables in `known`."""
    text = _DEFINITION.sub(lambda found: _blank(found[0]), text)
    for match in _IN_SQL.finditer(text):
        name = f"{match['schema'] or 'public'}.{match['name'] or match['called'] or match['read']}"
        if name in known:
            yield _line(text, match.start()), Call(known[name], name)


def in_urls(text: str) -> Iterator[tuple[int, Call]]:
    """What of the project's API is named by its URL's path."""
    for match in _URL.finditer(text):
        kind: Kind = "edge function" if match["api"] == "functions" else "table"
        first, *more = match["path"].strip("/").split("/")
        if kind == "table" and first == "rpc":
            kind, first = "function", more[0] if more else ""
        dynamic = _WORD.fullmatch(first) is None
        yield _line(text, match.start()), Call(kind, match[0] if dynamic else _name(kind, first), dynamic)


def without_comments(text: str, language: str) -> tuple[str, str]:
    """The text with its comments blanked, and with everything but its strings blanked; every offset stays."""
    code, strings = [], []
    for token, value in get_lexer_by_name(language, stripnl=False, ensurenl=False).get_tokens(text):
        is_comment = token in Comment or token in String.Doc
        code.append(_blank(value) if is_comment else value)
        strings.append(value if token in String and not is_comment else _blank(value))
    return "".join(code), "".join(strings)


def _in_code(code: str) -> Iterator[tuple[int, Call]]:
    yield from in_urls(code)
    # Elsewhere, from(expression) is somebody else's.
    is_client = re.search("supabase|postgrest", code, re.IGNORECASE) is not None
    for kind, form in _CALLS:
        for match in form.finditer(code):
            if kind == "table" and _OTHER_RECEIVER.search(code[max(0, match.start() - 80) : match.start()]):
                continue
            if match["name"]:
                name = _name(kind, match["name"], match.groupdict().get("schema"))
                yield _line(code, match.start("name")), Call(kind, name)
            elif is_client:
                yield _line(code, match.start("dynamic")), Call(kind, match["dynamic"].strip(), dynamic=True)
    if "postgres_changes" in code:
        for match in _SUBSCRIPTION.finditer(code):
            yield _line(code, match.start()), Call("table", _name("table", match[1]))


def _name(kind: Kind, name: str, schema: str | None = None) -> str:
    return name if kind == "edge function" or "." in name else f"{schema or 'public'}.{name}"


def _blank(text: str) -> str:
    return re.sub(r"\S", " ", text)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
