"""Level *live*: what `*.check.sql` says of the project's objects is played, and rolled back.

A check is plain SQL, run from top to bottom in one transaction. Of each statement, the comment before it may end with a
line that says who runs it and what must come of it:

    -- as ROLE [CLAIMS] [: EXPECTATION]

CLAIMS is the payload of a request's token, such as {"sub": "…"}; without the line a statement is run by the login.
EXPECTATION is one of these; without one the statement must succeed.

    refused SQLSTATE [DETAIL]   it fails with this state, and with this code in DETAIL: refused PT401 not_signed_in
    returns VALUE               it returns one value, whose text is this
    N rows                      it returns or changes so many rows
    notifies CHANNEL            it succeeds, and once committed, CHANNEL is notified; the latter only with `--listen`
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pglast import ast, parse_sql
from pglast.parser import ParseError

from dbtools.errors import VerifyError
from dbtools.model.compare import Change
from dbtools.model.snapshot import Object
from dbtools.postgres.connection import connect
from dbtools.postgres.script import Script, Statement
from dbtools.project import Project, sql_folder
from dbtools.verify.report import Finding

# For one check, so that whoever waits for a lock of ours waits no longer, and we wait for nobody's.
LIMITS = b"""
    set local lock_timeout = '1s'; set local statement_timeout = '5s';
    set local idle_in_transaction_session_timeout = '5s'
"""
# Seconds that a notification may take after the commit.
PATIENCE = 5.0
# What says that the check did not get its turn, not that something is wrong.
_NO_TURN = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.ReadOnlySqlTransaction,
)

_STEP = re.compile(r"-- as (?P<role>\w+)(?: (?P<claims>\{.*\}))?(?:: (?P<expected>.+))?\s*")
_EXPECTATION = re.compile(r"refused [0-9A-Z]{5}( \w+)?|returns .+|\d+ rows?|notifies \w+")


@dataclass(frozen=True)
class Step:
    """One statement of a check, who runs it, and what must come of it (empty: it succeeds)."""

    line: int
    statement: str
    role: str
    claims: str
    expected: str


@dataclass(frozen=True)
class _Wrong:
    step: Step
    found: str


def findings(
    connection: psycopg.Connection,
    url: str,
    project: Project,
    names: Sequence[str],
    *,
    listen: Callable[[str], None] | None,
) -> Iterator[Finding]:
    """One finding for each check; with names, for those that are called so.

    Args:
        connection: outside of a transaction, as a login that may become every role that the checks name.
        url: the same database, for the session that listens.
        project: whose checks.
        names: as in NAME.check.sql; none stands for all.
        listen: given, the checks that expect a notification are committed, and it is waited for; told so before.

    Raises:
        VerifyError: a check cannot be read.
    """
    for path in sql_folder.checks(project):
        if names and path.name.removesuffix(sql_folder.CHECK) not in names:
            continue
        source = path.relative_to(project.root)
        steps = read(path)
        item = Object("check", "", path.name.removesuffix(sql_folder.CHECK), f"check {source}")
        wrong, unchecked = play(connection, steps)
        channels = [step for step in steps if step.expected.startswith("notifies ")]
        if listen and channels and not wrong and not unchecked:
            listen(f"committing {source}, and waiting for {', '.join(map(_channel, channels))}")
            wrong, unchecked = _play_and_listen(connection, url, steps, channels)
        changes = [
            Change("different", item, _who(one.step), one.step.expected or "succeeds", one.found) for one in wrong
        ]
        line = f":{wrong[0].step.line}" if wrong else ""
        mend = f"look at {source}{line}, and at what it calls" if wrong else ""
        yield Finding(item, changes, unchecked=unchecked, mend=mend, source=f"{source}{line}", level="live")


def read(path: Path) -> list[Step]:
    """The steps of a check.

    Raises:
        VerifyError: it does not parse, a line that begins with `-- as` is no step, or a statement would end the
            transaction.
        MigrationError: the file is not UTF-8.
    """
    script = Script.read(path)
    steps = []
    end = 0
    for statement in script.statements:
        begin = statement.start + statement.first_word
        said = [line for line in script.text[end:begin].splitlines() if line.startswith("-- as ")]
        end = statement.start + len(statement.text)
        match = _STEP.fullmatch(said[-1]) if said else None
        if said and (match is None or not _makes_sense(match["claims"], match["expected"])):
            raise VerifyError(
                f"{script.where(statement)}: cannot read {said[-1]!r}",
                hint='-- as ROLE {"sub": "…"}: refused SQLSTATE [DETAIL] | returns VALUE | N rows | notifies CHANNEL',
            )
        _must_stay_inside(script, statement)
        role, claims, expected = (match["role"], match["claims"], match["expected"]) if match else ("", "", "")
        line = script.text.count("\n", 0, begin) + 1
        steps.append(Step(line, script.text[begin:end], role, claims or "{}", (expected or "").strip()))
    return steps


def _makes_sense(claims: str | None, expected: str | None) -> bool:
    try:
        json.loads(claims or "{}")
    except ValueError:
        return False
    return expected is None or _EXPECTATION.fullmatch(expected.strip()) is not None


def _must_stay_inside(script: Script, statement: Statement) -> None:
    """A check that could commit would not be rolled back."""
    if statement.node is None:
        try:
            parse_sql(script.text)
        except ParseError as error:
            message, offset = error.args
            raise VerifyError(f"{script.where(statement, offset)}: {message}") from error
    if isinstance(statement.node, ast.TransactionStmt):
        raise VerifyError(f"{script.where(statement)}: a check may not begin or end transactions")


def play(connection: psycopg.Connection, steps: Sequence[Step], *, keep: bool = False) -> tuple[list[_Wrong], str]:
    """What came out otherwise than expected, and why the check could not be played to its end (or nothing).

    A statement that fails and was not meant to ends the check: what follows would fail with it.
    """
    wrong: list[_Wrong] = []
    try:
        with connection.transaction(force_rollback=not keep) as transaction:
            connection.execute(LIMITS)
            for step in steps:
                _become(connection, step)
                found = _outcome(connection, step)
                if found != (step.expected or "succeeds"):
                    wrong.append(_Wrong(step, found))
                    if found.startswith("refused") and not step.expected.startswith("refused"):
                        break
            if wrong:
                raise psycopg.Rollback(transaction)
    except _NO_TURN as error:
        return [], f"it got no turn: {error.diag.message_primary}"
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue) as error:
        # Of a statement's own errors none comes this far: the login cannot become the role.
        return [], str(error.diag.message_primary)
    return wrong, ""


def _become(connection: psycopg.Connection, step: Step) -> None:
    claims = json.dumps({**json.loads(step.claims), "role": step.role}) if step.role else ""
    connection.execute("select set_config('role', 'none', true)")
    connection.execute(
        "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)", [step.role or "none", claims]
    )


def _outcome(connection: psycopg.Connection, step: Step) -> str:
    """What came of a statement, in the words of what was expected if it is that."""
    try:
        with connection.transaction():
            cursor = connection.execute(step.statement.encode())
    except _NO_TURN:
        raise
    except psycopg.Error as error:
        detail = error.diag.message_detail or ""
        refused = f"refused {error.sqlstate}"
        if step.expected in {refused, f"{refused} {detail}"}:
            return step.expected
        code = f" {detail}" if re.fullmatch(r"\w+", detail) else ""
        return f"{refused}{code}: {error.diag.message_primary}"
    if re.fullmatch(r"\d+ rows?", step.expected):
        return step.expected if cursor.rowcount == int(step.expected.split()[0]) else f"{cursor.rowcount} rows"
    if step.expected.startswith("returns "):
        return f"returns {_value(cursor)}"
    return step.expected if step.expected.startswith("notifies ") else "succeeds"


def _value(cursor: psycopg.Cursor[tuple[object, ...]]) -> str:
    """The one value that a query returned, as its text; or what it returned instead."""
    rows = cursor.fetchall() if cursor.description else []
    if len(rows) != 1 or len(rows[0]) != 1:
        return f"{len(rows)} rows of {len(rows[0]) if rows else 0} columns"
    [[value]] = rows
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)


def _play_and_listen(
    connection: psycopg.Connection, url: str, steps: Sequence[Step], channels: Sequence[Step]
) -> tuple[list[_Wrong], str]:
    with connect(url, autocommit=True) as listener:
        for step in channels:
            listener.execute(psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(_channel(step))))
        wrong, unchecked = play(connection, steps, keep=True)
        if wrong or unchecked:
            return wrong, unchecked
        waited = {_channel(step): step for step in channels}
        pid = connection.info.backend_pid
        for notification in listener.notifies(timeout=PATIENCE):
            # Others may be at work on the same channel.
            if notification.pid == pid:
                waited.pop(notification.channel, None)
            if not waited:
                break
        return [_Wrong(step, f"nothing arrived within {PATIENCE:.0f} s") for step in waited.values()], ""


def _channel(step: Step) -> str:
    return step.expected.removeprefix("notifies ")


def _who(step: Step) -> str:
    return f"line {step.line}" + (f", as {step.role}" if step.role else "")
