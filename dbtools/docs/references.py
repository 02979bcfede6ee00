"""Which functions a body of SQL calls and which relations it reads and writes, as far as its text says.

Names are resolved as the server would: qualified ones directly, others along the function's search_path, `public` if it
sets none. SQL that a function puts together at run time cannot be read, and bodies in other languages are not: both
are said, and nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pglast import parser
from pglast.parser import ParseError

from dbtools.model.quoting import dollar_quoted, identifier
from dbtools.model.snapshot import Object

_WRITES = {"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}
_NOUN = r'(?:"[^"]+"|\w+)'
_ANY_TYPE = re.compile(rf"{_NOUN}\.{_NOUN}")
_DECLARATIONS = re.compile(r"\bdeclare\b.*?\bbegin\b", re.DOTALL | re.IGNORECASE)
_TYPE = re.compile(
    rf"(?im)^(\s*(?:declare\s+)?(?!(?:from|join|select|where|and|or|into)\b){_NOUN}\s+(?:constant\s+)?)"
    rf"{_NOUN}\.{_NOUN}(?:%rowtype)?(?=\s*(?:\[|;|:=|=|default\b|not\s+null\b))"
)
# A name as it was written: an empty schema where none was.
Name = tuple[str, str]


@dataclass
class References:
    """Names in a text, as written; `unread` says what could not be read, in a few words."""

    calls: set[Name] = field(default_factory=set)
    reads: set[Name] = field(default_factory=set)
    writes: set[Name] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)

    def add_sql(self, text: str) -> None:
        """What a statement, or several, refer to."""
        try:
            tree = json.loads(parser.parse_sql_json(text))
        except ParseError:
            self.unread.add("a statement that our parser does not know")
            return
        self._walk(tree, frozenset())

    def add_expression(self, text: str) -> None:
        """What an expression refers to: a policy's condition, a column's default."""
        self.add_sql(f"select {text}")

    def _walk(self, node: Any, hidden: frozenset[str]) -> None:
        if isinstance(node, list):
            for item in node:
                self._walk(item, hidden)
        if not isinstance(node, dict):
            return
        for key, value in node.items():
            if isinstance(value, dict):
                if "withClause" in value:
                    # A name of WITH hides the table of that name, in this statement and below.
                    ctes = value["withClause"].get("ctes", ())
                    hidden_here = hidden | {cte["CommonTableExpr"]["ctename"] for cte in ctes}
                else:
                    hidden_here = hidden
                if key == "FuncCall":
                    self.calls.add(_name(value["funcname"]))
                if key == "RangeVar":
                    self._relation(value, self.reads, hidden_here)
                if key in _WRITES and "relation" in value:
                    self._relation(value["relation"], self.writes, frozenset())
                    # What is changed by a condition on its own rows is read, too; only its name is not.
                    value = {name: part for name, part in value.items() if name != "relation"}  # noqa: PLW2901
                self._walk(value, hidden_here)
            else:
                self._walk(value, hidden)

    def _relation(self, node: dict[str, Any], into: set[Name], hidden: frozenset[str]) -> None:
        schema, name = node.get("schemaname", ""), node["relname"]
        if schema or name not in hidden:
            into.add((schema, name))


def of_function(function: Object) -> References:
    """What a function's body refers to."""
    found = References()
    language, body = function.properties["language"], function.properties.get("body", "")
    if language == "sql":
        if body.upper().startswith(("BEGIN ATOMIC", "RETURN ")):
            found.add_sql(f"create function f() returns void language sql {body}")
        else:
            found.add_sql(body)
    elif language == "plpgsql":
        _plpgsql(function, body, found)
    else:
        found.unread.add(f"a body in {language}")
    return found


def _plpgsql(function: Object, body: str, found: References) -> None:
    returns = function.properties.get("returns", "")
    result = f" returns {returns}" if returns else ""
    head = f"create {function.kind} f({function.properties['arguments']}){result} language plpgsql"
    text = f"{head} as {dollar_quoted(body)}"
    try:
        tree = json.loads(_parsed(text) or _parsed(_without_types(text)) or "")
    except ValueError:
        found.unread.add("a body that our parser does not know")
        return
    for key, value in _items(tree):
        if key in {"PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"} or key == "dynquery":
            found.unread.add("SQL that is put together at run time")
        if key == "PLpgSQL_expr":
            # Modes: 0 is a statement, 2 an expression, 3 to 5 are assignments to a name, a field, an element.
            query, mode = value["query"], value.get("parseMode", 0)
            if mode == 0:
                found.add_sql(query)
            else:
                found.add_expression(query.partition(":=")[2] if mode > 2 and ":=" in query else query)


def _parsed(text: str) -> str:
    try:
        parsed: str = parser.parse_plpgsql_json(text)
    except ParseError:
        return ""
    return parsed


def _without_types(text: str) -> str:
    """The same function for a parser without a catalog, which knows the types of no schema: they become records."""
    header, opening, body = text.partition(" as $body")
    return _ANY_TYPE.sub("record", header) + opening + _DECLARATIONS.sub(lambda m: _TYPE.sub(r"\1record", m[0]), body)


def _items(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for item in node:
            yield from _items(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _items(value)


def _name(parts: Sequence[dict[str, Any]]) -> Name:
    words = [part["String"]["sval"] for part in parts]
    return (words[-2] if len(words) > 1 else "", words[-1])


def search_path(function: Object) -> Sequence[str]:
    """The schemas in which a function looks for a name that has none."""
    for setting in json.loads(function.properties.get("settings", "[]")):
        name, _, value = setting.partition("=")
        if name == "search_path":
            return [part.strip().strip('"') for part in value.split(",") if part.strip().strip('"')]
    return ["public"]


def key(schema: str, name: str) -> str:
    """How a relation or a function is looked up by name."""
    return f"{identifier(schema)}.{identifier(name)}"
