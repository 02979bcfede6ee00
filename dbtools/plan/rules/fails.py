"""What cannot be done, on any database or with the rows of this one."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from dbtools.errors import DbtoolsError
from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.rules import Rule, at
from dbtools.plan.target import many
from dbtools.plan.trial import Moment, Trial

_CODES = {"25001": "concurrently-in-transaction", "55P04": "enum-value-used-too-early"}
# Integrity, and what a function raises by itself: with the target's rows it may be otherwise.
_BY_ROWS = ("23", "P0001", "P0002", "P0003", "P0004", "21000")


def needs_rows(error: Exception) -> bool:
    """Whether a revision failed for what the shadow's tables hold, which is nothing."""
    return _state(error).startswith(_BY_ROWS)


def _state(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, psycopg.Error):
            return error.sqlstate or ""
        error = getattr(error, "orig", None) or error.__cause__
    return ""


def _fails(trial: Trial, _: Known) -> Iterator[Finding]:
    if trial.error is None or needs_rows(trial.error):
        return
    error = trial.error
    code = _CODES.get(_state(error), "revision-fails")
    message = error.message if isinstance(error, DbtoolsError) else str(getattr(error, "orig", error))
    if code == "revision-fails" and "cannot run in a transaction" in message:
        code = "concurrently-in-transaction"
    text, where = trial.failed
    first = text.strip().split("\n", 1)[0]
    yield Finding(code, trial.revision.revision, message.strip().split("\n", 1)[0], first, where)


def _ended_early(trial: Trial, _: Known) -> Iterator[Finding]:
    if trial.ended_early:
        reason = "it ends the revision's transaction: when a later statement fails, the earlier ones stay"
        yield Finding("transaction-ended-early", trial.revision.revision, reason, trial.ended_early.strip())


def _truncated(trial: Trial, _: Known) -> Iterator[Finding]:
    for message, text, where in trial.truncated:
        yield Finding("name-truncated", trial.revision.revision, message, text.strip().split("\n", 1)[0], where)


def _required(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        if moment.after.columns is moment.before.columns:
            continue
        for (oid, number), column in moment.after.columns.items():
            if (oid, number) in moment.before.columns or not column.not_null or oid not in known.first.relations:
                continue
            if column.default or column.identity or column.generated or moment.after.relations[oid].kind == "v":
                continue
            if not moment.after.relations[oid].is_partition and (rows := known.rows(oid)):
                reason = f"the {many(rows)} rows that are there have no value for it"
                yield at(moment, "required-column-added", moment.after.column_name(oid, number), reason)


def _not_null(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment, written in _with_written(trial, known):
        if moment.after.columns is moment.before.columns:
            continue
        for (oid, number), column in moment.after.columns.items():
            was, there = moment.before.columns.get((oid, number)), known.column(oid, number)
            if was is None or there is None or was.not_null or not column.not_null or oid in written:
                continue
            table = known.first.relations[oid]
            if not table.is_partition and known.target.any_null(table.schema, table.own_name, there.name):
                reason = "rows of the target have no value there, and no statement before this one gives them one"
                yield at(moment, "not-null-fails", moment.after.column_name(oid, number), reason)


def _unique(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment, written in _with_written(trial, known):
        if moment.after.indexes is moment.before.indexes:
            continue
        for oid, index in moment.after.indexes.items():
            table = known.relation(index.relation)
            if oid in moment.before.indexes or not index.unique or index.expressions or table is None:
                continue
            columns = [known.column(index.relation, number) for number in index.columns if number]
            names = [column.name for column in columns if column]
            if index.relation in written or len(names) < len(index.columns) or table.kind not in {"r", "p"}:
                continue
            found = known.target.duplicates(table.schema, table.own_name, names, index.predicate or "")
            if found:
                reason = f"{many(found)} combinations of {', '.join(names)} are there more than once"
                yield at(moment, "unique-fails", index.name, reason)


def _checks(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment, written in _with_written(trial, known):
        if moment.after.constraints is moment.before.constraints:
            continue
        for oid, constraint in moment.after.constraints.items():
            was, table = moment.before.constraints.get(oid), known.relation(constraint.relation)
            if not constraint.validated or (was and was.validated) or table is None or constraint.relation in written:
                continue
            name = f"{table.name}.{constraint.name}"
            if constraint.kind == "c" and constraint.expression and not table.is_partition:
                numbers = constraint.columns or []
                # About a column that is only made now, the target's rows say nothing.
                if all(known.column(constraint.relation, number) for number in numbers):
                    broken = known.target.breaking(table.schema, table.own_name, constraint.expression)
                    if broken:
                        yield at(moment, "check-fails", name, f"{many(broken)} rows of the target do not meet it")
            elif constraint.kind == "f" and (parent := known.relation(constraint.references)) is not None:
                own = [known.column(constraint.relation, number) for number in constraint.columns or []]
                theirs = [known.column(constraint.references, number) for number in constraint.refers_to or []]
                pairs = [(a.name, b.name) for a, b in zip(own, theirs, strict=True) if a and b]
                if len(pairs) < len(own) or constraint.references in written:
                    continue
                orphans = known.target.orphans((table.schema, table.own_name), (parent.schema, parent.own_name), pairs)
                if orphans:
                    reason = f"{many(orphans)} rows refer to none of {parent.name}"
                    yield at(moment, "foreign-key-fails", name, reason)


def _with_written(trial: Trial, known: Known) -> Iterator[tuple[Moment, set[int]]]:
    """The statements, each with the tables whose rows an earlier one may have changed."""
    written = set(known.written)
    for moment in trial.moments:
        yield moment, written
        written |= moment.written


RULES: list[Rule] = [_fails, _ended_early, _truncated, _required, _not_null, _unique, _checks]
