"""Statements that Postgres refuses in a transaction: they run outside of one by themselves.

A revision is one transaction, or nothing but such statements. Both in one file would leave the database between two
revisions when the second half fails, so that is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import psycopg
from pglast import ast, enums
from psycopg import sql

from dbtools.errors import MigrationError
from dbtools.postgres.script import Script, Statement
from dbtools.project import Limits
from dbtools.runner import limits

_ALWAYS = (
    ast.AlterSystemStmt,
    ast.CreatedbStmt,
    ast.DropdbStmt,
    ast.CreateTableSpaceStmt,
    ast.DropTableSpaceStmt,
    ast.CreateSubscriptionStmt,
    ast.DropSubscriptionStmt,
)
_WHOLE = (
    enums.ReindexObjectType.REINDEX_OBJECT_SCHEMA,
    enums.ReindexObjectType.REINDEX_OBJECT_SYSTEM,
    enums.ReindexObjectType.REINDEX_OBJECT_DATABASE,
)
_ENDS = (
    enums.TransactionStmtKind.TRANS_STMT_BEGIN,
    enums.TransactionStmtKind.TRANS_STMT_START,
    enums.TransactionStmtKind.TRANS_STMT_COMMIT,
    enums.TransactionStmtKind.TRANS_STMT_ROLLBACK,
)

# What most files are made of, known by its first words and not parsed: that takes longer than running it. What may say
# CONCURRENTLY (of indexes, of partitions) is none of it if that word is anywhere in it.
_USUAL = re.compile(
    r"\s*(select|insert|update|delete|grant|revoke|comment|do|set|create\s+(or\s+replace\s+)?"
    r"(function|procedure|trigger|policy|table|view|type|schema|sequence|domain|extension|aggregate)|"
    r"alter\s+(function|procedure|aggregate|type|domain|schema|view|sequence|policy|default\s+privileges)|"
    r"drop\s+(function|trigger|policy|table|view)|"
    r"(alter\s+table|create\s+(unique\s+)?index|drop\s+index)\b(?!.*\bconcurrently\b))\b",
    re.IGNORECASE | re.DOTALL,
)

# An interrupted build leaves its index behind, invalid: paid for by every write and used by no read. Under the same
# name if it was created; next to the old one, as …_ccnew or …_ccold, if it was rebuilt.
_LEFT_BEHIND = """
select c.oid::regclass::text
from pg_index as i
  inner join pg_class as c on i.indexrelid = c.oid
where not i.indisvalid
  and c.relkind = 'i'
  and (
    (i.indrelid = to_regclass(%(table)s) and c.relname = %(created)s)
    or (
      c.relname ~ '_cc(new|old)[0-9]*$'
      and (
        i.indrelid = to_regclass(%(rebuilt)s)
        or i.indrelid = (select indrelid from pg_index where indexrelid = to_regclass(%(rebuilt)s))
      )
    )
  )
"""


def needed(script: Script) -> bool:
    """Whether the file holds statements that cannot run in a transaction, and nothing else.

    Raises:
        MigrationError: it mixes both kinds; or begins or ends a transaction itself; or holds several of these
            statements of which one could not be run again, should a later one fail.
    """
    unusual = [statement for statement in script.statements if not _USUAL.match(statement.text[statement.first_word :])]
    for statement in unusual:
        if isinstance(statement.node, ast.TransactionStmt) and statement.node.kind in _ENDS:
            raise _refused(script, statement, "a revision is a transaction already", "leave begin and commit out")
    outside = [statement for statement in unusual if _refuses_transaction(statement.node)]
    if not outside:
        return False
    if len(outside) < len(script.statements):
        raise _refused(
            script,
            outside[0],
            "this statement cannot run in a transaction, and the others in this file need one",
            "give it a revision of its own",
        )
    for statement in outside:
        if isinstance(statement.node, ast.IndexStmt) and not statement.node.idxname:
            raise _refused(
                script, statement, "this index has no name", "name it, so that an interrupted build can be found again"
            )
        if len(outside) > 1 and not _can_run_again(statement.node):
            raise _refused(
                script,
                statement,
                "one of several statements outside a transaction must be able to run again",
                "write it with `if not exists` or `if exists`, or give it a revision of its own",
            )
    return True


def run(connection: psycopg.Connection, script: Script, bounds: Limits) -> None:
    """Run the statements one by one, on a connection that autocommits, after removing what they left the last time.

    Raises:
        MigrationError: a statement failed; those before it stay.
    """
    for statement in script.statements:
        limits.begin_outside(connection, bounds, patient=_blocks_nobody(statement.node))
        _remove_leftovers(connection, statement.node)
        script.run(connection, statement)


def _blocks_nobody(node: ast.Node | None) -> bool:
    """Whether nobody queues behind this statement while it waits for a lock, however long that takes."""
    return isinstance(node, ast.IndexStmt | ast.DropStmt) or (isinstance(node, ast.ReindexStmt) and _concurrent(node))


def _remove_leftovers(connection: psycopg.Connection, node: ast.Node | None) -> None:
    if isinstance(node, ast.IndexStmt) and node.relation is not None:
        names = {"table": _name(node.relation), "created": node.idxname, "rebuilt": None}
    elif isinstance(node, ast.ReindexStmt) and node.relation is not None:
        names = {"table": None, "created": None, "rebuilt": _name(node.relation)}
    else:
        return
    for (index,) in connection.execute(_LEFT_BEHIND, names).fetchall():
        connection.execute(f"drop index concurrently if exists {index}".encode())


def _refuses_transaction(node: ast.Node | None) -> bool:
    match node:
        case ast.IndexStmt() | ast.DropStmt():
            return bool(node.concurrent)
        case ast.ReindexStmt():
            return node.kind in _WHOLE or _concurrent(node)
        case ast.VacuumStmt():
            return bool(node.is_vacuumcmd)
        case ast.ClusterStmt():
            return node.relation is None
        case ast.AlterTableStmt():
            return any(isinstance(c.def_, ast.PartitionCmd) and c.def_.concurrent for c in node.cmds or ())
        case _:
            return isinstance(node, _ALWAYS)


def _can_run_again(node: ast.Node | None) -> bool:
    match node:
        case ast.IndexStmt():
            return bool(node.if_not_exists)
        case ast.DropStmt():
            return bool(node.missing_ok)
        case _:
            return isinstance(node, ast.ReindexStmt | ast.VacuumStmt | ast.ClusterStmt | ast.AlterSystemStmt)


def _concurrent(node: ast.ReindexStmt) -> bool:
    parameters: Iterable[ast.DefElem] = node.params or ()
    return any(parameter.defname == "concurrently" for parameter in parameters)


def _name(relation: ast.RangeVar) -> str:
    parts: Sequence[str] = [part for part in (relation.schemaname, relation.relname) if part]
    return sql.Identifier(*parts).as_string()


def _refused(script: Script, statement: Statement, why: str, hint: str) -> MigrationError:
    return MigrationError(f"{script.where(statement)}: {why}\n  in: {statement.first_line}", hint=hint)
