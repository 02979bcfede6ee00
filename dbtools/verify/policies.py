"""What a policy costs: whether it asks once who the user is, and finds the user's rows by an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from pglast import ast, parse_sql
from pglast.parser import ParseError
from pglast.visitors import Ancestor, Visitor

from dbtools.model.compare import Change
from dbtools.model.snapshot import Object, Snapshot
from dbtools.verify.report import Finding

# What says who makes the request, the same for all of its rows.
_WHO = {"auth.uid", "auth.jwt", "auth.role", "auth.email", "current_setting", "pg_catalog.current_setting"}
_WITHOUT_INDEX = b"""
    select from pg_attribute as a
    where a.attrelid = to_regclass($1) and a.attname = $2 and not exists (
      select from pg_index as i where i.indrelid = a.attrelid and i.indisvalid and i.indkey[0] = a.attnum
    )
"""


def findings(cursor: psycopg.RawCursor[Any], found: Snapshot) -> Iterator[Finding]:
    """The policies that ask for each row, and one for each column that is looked up without an index."""
    compared: dict[tuple[str, str], Object] = {}
    for policy in found.of("policy"):
        table = found.objects.get(policy.parent)
        asking = Asking(_qualified(table.schema, table.name) if table else "")
        for text in (policy.properties.get("using"), policy.properties.get("with check")):
            asking.read(text or "true")
        if asking.for_each_row:
            change = Change("different", policy, "asks who the user is", "once a query", "for each row")
            calls = " and ".join(f"(select {call})" for call in sorted(asking.for_each_row))
            yield Finding(policy, [change], mend=f"write {calls} in {policy.identity}", level="sound")
        compared = dict.fromkeys(asking.compared, policy) | compared
    for (table_name, column), policy in compared.items():
        if cursor.execute(_WITHOUT_INDEX, [table_name, column]).fetchone() is not None:
            where = f"{table_name} ({_quoted(column)})"
            change = Change("different", policy, "index", f"on {where}", None)
            yield Finding(policy, [change], mend=f"create index concurrently on {where};", level="sound")


class Asking(Visitor):
    """Reads expressions of a policy on `table`, as Postgres prints them with an empty search_path.

    `for_each_row` are the calls that are not made once a query; `compared` the tables and columns of which rows are
    looked up by what such a call says.
    """

    def __init__(self, table: str) -> None:
        super().__init__()
        self.for_each_row: set[str] = set()
        self.compared: set[tuple[str, str]] = set()
        self._table = table

    def read(self, text: str) -> None:
        """One expression; one that our parser is too old for is left alone."""
        try:
            self(parse_sql(f"select {text}"))
        except ParseError:
            return

    def visit_FuncCall(self, ancestors: Ancestor, node: Any) -> None:  # noqa: N802  (named by pglast)
        """A call: is it one that asks, and where it stands?"""
        if _says_who(node) and not _is_once(ancestors):
            self.for_each_row.add(f"{_name(node)}({'…' if node.args else ''})")

    def visit_A_Expr(self, ancestors: Ancestor, node: Any) -> None:  # noqa: N802
        """A comparison: is a column to be equal to what was asked?"""
        if [part.sval for part in node.name] != ["="]:
            return
        for side, other in ((node.lexpr, node.rexpr), (node.rexpr, node.lexpr)):
            if isinstance(side, ast.ColumnRef) and _asks(other):
                *qualifier, column = [getattr(part, "sval", "") for part in side.fields or ()]
                table = self._table_of(qualifier[-1:], ancestors)
                if table and column:
                    self.compared.add((table, column))

    def _table_of(self, qualifier: list[str], ancestors: Ancestor) -> str:
        """The table that a column is of: one of the sub-selects around it, or the policy's own."""
        for select in _selects(ancestors):
            for table in _tables(select.fromClause or ()):
                if qualifier in ([], [table.alias.aliasname if table.alias else table.relname]):
                    return _qualified(table.schemaname or "", table.relname)
        return self._table


def _selects(ancestors: Ancestor | None) -> Iterator[Any]:
    """The SELECTs that something stands in, the innermost first."""
    while ancestors:
        if isinstance(ancestors.node, ast.SelectStmt):
            yield ancestors.node
        ancestors = ancestors.parent


def _tables(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, ast.RangeVar):
            yield item
        elif isinstance(item, ast.JoinExpr):
            yield from _tables((item.larg, item.rarg))


def _is_once(ancestors: Ancestor) -> bool:
    """Whether it stands in a sub-select that has no table, which Postgres evaluates once. The outermost is ours."""
    innermost, *around = _selects(ancestors)
    return bool(around) and not innermost.fromClause


def _asks(node: Any) -> bool:
    calls: list[Any] = []

    class Calls(Visitor):
        def visit_FuncCall(self, _: Ancestor, call: Any) -> None:  # noqa: N802
            calls.append(call)

    if isinstance(node, ast.Node):
        Calls()(node)
    return any(_says_who(call) for call in calls)


def _says_who(call: Any) -> bool:
    return _name(call) in _WHO


def _name(call: Any) -> str:
    return ".".join(part.sval for part in call.funcname)


def _qualified(schema: str, name: str) -> str:
    return f"{_quoted(schema)}.{_quoted(name)}" if schema else _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
