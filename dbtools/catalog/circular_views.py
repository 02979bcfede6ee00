"""Views that select from themselves, which came about by `create or replace`: nobody can query one, or make it."""

from __future__ import annotations

import re

from dbtools.model.snapshot import Object


def is_circular(view: Object) -> bool:
    """Whether a view selects from itself, as its definition says."""
    text = view.properties["definition"]
    # To parse each would take long; a name in a string or of something within the query is no table.
    if not re.search(rf"{re.escape(view.identity.removeprefix('view '))}(?![\w$])", text):
        return False

    # Slow to load, and hardly any view needs it.
    from pglast import ast  # noqa: PLC0415
    from pglast.parser import ParseError, parse_sql  # noqa: PLC0415
    from pglast.visitors import Ancestor, Visitor  # noqa: PLC0415

    class Tables(Visitor):
        def visit_RangeVar(self, _: Ancestor, node: ast.RangeVar) -> None:  # noqa: N802  (named by pglast)
            found.add((node.schemaname, node.relname))

    found: set[tuple[str | None, str | None]] = set()
    try:
        Tables()(parse_sql(text))
    except ParseError:
        return False
    return (view.schema, view.name) in found
