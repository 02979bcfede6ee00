"""Views that select from themselves, which came about by `create or replace` and stop a baseline that holds one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pglast import ast
from pglast.parser import ParseError, parse_sql
from pglast.visitors import Ancestor, Visitor

from dbtools.model.quoting import identifier
from dbtools.pull.dump import Entry
from dbtools.pull.platform_objects import LeftOut


def without(entries: Sequence[Entry]) -> tuple[list[Entry], list[LeftOut]]:
    """The entries without views that select from themselves, and what is of those, and what was left out so.

    pg_dump prints such a view as one statement, in which it is not there yet.
    """
    circular = {(entry.schema, entry.name) for entry in entries if entry.type == "VIEW" and _selects_from_itself(entry)}
    kept = [
        entry
        for entry in entries
        if (entry.schema, re.sub(r"^(?:TABLE|VIEW|COLUMN) ", "", entry.name).partition(".")[0]) not in circular
    ]
    reason = "it selects from itself: nobody can query it, and no single statement makes it"
    return kept, [LeftOut(f"view {identifier(schema)}.{identifier(name)}", reason) for schema, name in sorted(circular)]


def _selects_from_itself(entry: Entry) -> bool:
    name = f"{identifier(entry.schema)}.{identifier(entry.name)}"
    if len(re.findall(rf"{re.escape(name)}\b", entry.text.partition("\n\n")[0])) < 2:
        return False

    class Tables(Visitor):
        def visit_RangeVar(self, _: Ancestor, node: ast.RangeVar) -> None:  # noqa: N802  (named by pglast)
            found.append((node.schemaname, node.relname))

    found: list[tuple[str | None, str | None]] = []
    try:
        Tables()(parse_sql(entry.text))
    except ParseError:
        return False
    return found.count((entry.schema, entry.name)) > 1
