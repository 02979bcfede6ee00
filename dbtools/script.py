"""Running a file of SQL so that it arrives byte for byte, and saying which statement failed, where, and why."""

from __future__ import annotations

from pathlib import Path

import psycopg
from pglast.parser import ParseError, split

from dbtools.errors import MigrationError


def read(path: Path) -> str:
    """The file's text.

    Raises:
        MigrationError: it is missing, or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MigrationError(f"{path.name} is missing", hint="a revision's SQL belongs beside its .py file") from error
    except UnicodeDecodeError as error:
        raise MigrationError(f"{path.name} is not UTF-8: {error}") from error


def execute(connection: psycopg.Connection, path: Path) -> None:
    """Run the file's statements one by one in the connection's transaction.

    Raises:
        MigrationError: a statement failed; names file, line and statement, and what the server answered.
    """
    text = read(path)
    with connection.cursor() as cursor:
        for start, statement in _statements(text):
            try:
                cursor.execute(statement.encode())
            except psycopg.Error as error:
                raise _failed(path, text, start, statement, error) from error


def _statements(text: str) -> list[tuple[int, str]]:
    """Each statement with its offset; the whole text as one where our parser is older than the server's syntax."""
    try:
        return [(part.start, text[part]) for part in split(text, only_slices=True)]
    except ParseError:
        return [(0, text)]


def _failed(path: Path, text: str, start: int, statement: str, error: psycopg.Error) -> MigrationError:
    position = error.diag.statement_position
    offset = start + (int(position) - 1 if position else _leading_comment(statement))
    line = text.count("\n", 0, offset) + 1
    first = statement[_leading_comment(statement) :].strip().split("\n", 1)[0]
    hint = error.diag.message_hint or error.diag.message_detail or ""
    message = (error.diag.message_primary or str(error)).strip()
    return MigrationError(f"{path.name}, line {line}: {message}\n  in: {first}", hint=hint)


def _leading_comment(statement: str) -> int:
    """How many characters of white space and `--` comments stand before a statement's first word."""
    offset = 0
    for line in statement.splitlines(keepends=True):
        if line.strip() and not line.lstrip().startswith("--"):
            break
        offset += len(line)
    return offset
