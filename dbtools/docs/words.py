"""A condition in words, beside its SQL and never in place of it.

Only what is surely known is put into words; any other part stands in the sentence as SQL, so that a sentence never says
less than the condition.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType, BoolTestType, NullTestType, SetOperation, SubLinkType
from pglast.parser import ParseError
from pglast.stream import RawStream

_COMPARISONS = {
    "=": "is",
    "<>": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "@>": "contains",
    "<@": "is contained in",
    "&&": "overlaps",
}
_CALLS = {
    ("auth", "uid"): "the signed-in user",
    ("auth", "role"): "the role of the request",
    ("auth", "jwt"): "the token of the request",
    ("auth", "email"): "the signed-in user's address",
    ("now",): "now",
}
_TESTS = {
    BoolTestType.IS_TRUE: "is true",
    BoolTestType.IS_FALSE: "is false",
    BoolTestType.IS_NOT_TRUE: "is not true",
    BoolTestType.IS_NOT_FALSE: "is not false",
}


@cache
def in_words(condition: str) -> str:
    """A boolean SQL expression as a phrase that follows "if"; empty where our parser does not know its syntax."""
    try:
        [statement] = parse_sql(f"select {condition}")
    except (ParseError, ValueError):
        return ""
    select: Any = statement.stmt
    return _phrase(select.targetList[0].val)


def _phrase(node: Any, *, inside: bool = False) -> str:  # noqa: PLR0911  (one return for each form)
    """What a boolean node says; in brackets where it has parts and stands inside of another one."""
    match node:
        case ast.A_Const(val=ast.Boolean(boolval=value)):
            return "always" if value else "never"
        case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=[part]):
            return f"not ({_phrase(part)})"
        case ast.BoolExpr(boolop=operator, args=parts):
            word = " and " if operator == BoolExprType.AND_EXPR else " or "
            joined = word.join(_phrase(part, inside=True) for part in parts or ())
            return f"({joined})" if inside else joined
        case ast.NullTest(arg=value, nulltesttype=test):
            return f"{_thing(value)} {'has no value' if test == NullTestType.IS_NULL else 'has a value'}"
        case ast.BooleanTest(arg=value, booltesttype=test) if test in _TESTS:
            return f"{_thing(value)} {_TESTS[test]}"
        case ast.SubLink(subLinkType=SubLinkType.EXISTS_SUBLINK, subselect=select):
            return _bracketed(_exists(select), inside) or _sql(node)
        case ast.SubLink(subLinkType=SubLinkType.ANY_SUBLINK, testexpr=value, operName=None, subselect=select):
            return _bracketed(_among(_thing(value), select), inside) or f"{_thing(value)} is among ({_sql(select)})"
        case ast.SubLink() if (inner := _alone(node)) is not None:
            return _phrase(inner, inside=inside)
        case ast.A_Expr():
            return _comparison(node)
        case ast.ColumnRef() | ast.FuncCall():
            return f"{_thing(node)} is true"
    return _sql(node)


def _bracketed(phrase: str, inside: bool) -> str:
    """So that what comes after does not read as a part of the row's own condition."""
    return f"({phrase})" if inside and " where " in phrase else phrase


def _comparison(node: Any) -> str:
    operator = node.name[-1].sval
    match node.kind:
        case A_Expr_Kind.AEXPR_OP if operator in _COMPARISONS and node.lexpr is not None:
            left, right = _thing(node.lexpr), _thing(node.rexpr)
            # Who asks is better said last: "owner is the signed-in user".
            if operator in {"=", "<>"} and left in _CALLS.values():
                left, right = right, left
            return f"{left} {_COMPARISONS[operator]} {right}"
        case A_Expr_Kind.AEXPR_OP_ANY | A_Expr_Kind.AEXPR_IN if operator == "=":
            values = _list(node.rexpr)
            if values:
                return f"{_thing(node.lexpr)} is one of {values}"
        case A_Expr_Kind.AEXPR_DISTINCT:
            return f"{_thing(node.lexpr)} is not {_thing(node.rexpr)}"
        case A_Expr_Kind.AEXPR_NOT_DISTINCT:
            return f"{_thing(node.lexpr)} is {_thing(node.rexpr)}"
    return _sql(node)


def _list(node: Any) -> str:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    elements = node.elements if isinstance(node, ast.A_ArrayExpr) else node if isinstance(node, tuple) else ()
    return ", ".join(_thing(element) for element in elements or ())


def _exists(select: Any) -> str:
    """A row of one or more tables that meets a condition; empty where the query is more than that."""
    rows = _rows(select)
    return f"there is a row in {rows}" if rows else ""


def _among(value: str, select: Any) -> str:
    """A value that a plain query returns; empty where the query is more than that."""
    rows = _rows(select)
    if not rows or len(select.targetList) != 1 or not isinstance(select.targetList[0].val, ast.ColumnRef):
        return ""
    return f"{value} is {_thing(select.targetList[0].val)} of a row in {rows}"


def _rows(select: Any) -> str:
    known = {"targetList", "fromClause", "whereClause", "limitOption", "op"}
    if not isinstance(select, ast.SelectStmt) or select.op != SetOperation.SETOP_NONE or not select.fromClause:
        return ""
    if {name for name in select if getattr(select, name)} - known:
        return ""
    tables = ", ".join(_sql(item) for item in select.fromClause)
    return tables + (f" where {_phrase(select.whereClause)}" if select.whereClause else "")


def _alone(node: Any) -> Any:
    """The expression of `(select expression)`, which is written so that it is computed once for all rows."""
    if not isinstance(node, ast.SubLink) or node.subLinkType != SubLinkType.EXPR_SUBLINK:
        return None
    select = node.subselect
    if not isinstance(select, ast.SelectStmt) or len(select.targetList or ()) != 1:
        return None
    [target] = select.targetList or ()
    bare = "SELECT " + _sql(target.val)
    return target.val if _sql(select) in (bare, f"{bare} AS {target.name}") else None


def _thing(node: Any) -> str:
    """What a value is called."""
    match node:
        case ast.SubLink() if (inner := _alone(node)) is not None:
            return _thing(inner)
        case ast.FuncCall(funcname=name, args=None) if (called := tuple(part.sval for part in name or ())) in _CALLS:
            return _CALLS[called]
        case ast.TypeCast(arg=ast.A_Const()):
            return _sql(node.arg)
        case ast.A_Const(isnull=True):
            return "nothing"
    return _sql(node)


def _sql(node: Any) -> str:
    printed: str = RawStream()(node)
    return printed
