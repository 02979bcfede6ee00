"""Running a file of SQL so that it arrives byte for byte, and saying which statement failed, where, and why."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from dbtools.errors import MigrationError

if TYPE_CHECKING:
    from pglast import ast


@dataclass(frozen=True)
class Statement:
    """One statement of a file.

    Attributes:
        start: its offset in the file's text, in characters.
        text: as it stands there, with the comments before it and without the semicolon.
    """

    start: int
    text: str

    @cached_property
    def node(self) -> ast.Node | None:
        """What it says, parsed when it is first asked for; None where our parser is older than the server's syntax."""
        from pglast.parser import ParseError, parse_sql  # noqa: PLC0415  (slow to load, and not everybody asks)

        with suppress(ParseError):
            if found := parse_sql(self.text):
                return found[0].stmt
        return None

    @property
    def first_line(self) -> str:
        """Enough of it for a person to know it again."""
        return self.text[self.first_word :].strip().split("\n", 1)[0]

    @property
    def first_word(self) -> int:
        """Where its first word begins, after white space and `--` comments: an offset in its text."""
        offset = 0
        for line in self.text.splitlines(keepends=True):
            if line.strip() and not line.lstrip().startswith("--"):
                break
            offset += len(line)
        return offset


@dataclass(frozen=True)
class Script:
    """A file of SQL and its statements, in order."""

    path: Path
    text: str
    statements: Sequence[Statement]

    @classmethod
    def read(cls, path: Path) -> Script:
        """The file at `path`.

        Raises:
            MigrationError: as `text_of` does.
        """
        text = text_of(path)
        return cls(path, text, _statements(text))

    def where(self, statement: Statement, offset: int | None = None) -> str:
        """File and line of a statement: of its first word, or of an offset in its text."""
        at = statement.start + (statement.first_word if offset is None else offset)
        line = self.text.count("\n", 0, at) + 1
        return f"{self.path.name}, line {line}"

    @property
    def terminated(self) -> str:
        """The text with a semicolon after its last statement, which a file of its own need not have."""
        last = self.statements[-1:]
        rest = self.text[last[0].start + len(last[0].text) :] if last else ";"
        return self.text if rest.lstrip().startswith(";") else f"{self.text.rstrip()}\n;\n"

    def execute(self, connection: psycopg.Connection) -> None:
        """Run the statements one by one; raises as `run` does."""
        for statement in self.statements:
            self.run(connection, statement)

    def run(self, connection: psycopg.Connection, statement: Statement) -> None:
        """Run one of the statements.

        Raises:
            MigrationError: it failed; names file, line and statement, and what the server answered.
        """
        try:
            connection.execute(statement.text.encode())
        except psycopg.Error as error:
            raise self._failed(statement, error) from error

    def _failed(self, statement: Statement, error: psycopg.Error) -> MigrationError:
        position = error.diag.statement_position
        where = self.where(statement, int(position) - 1 if position else None)
        message = (error.diag.message_primary or str(error)).strip()
        hint = error.diag.message_hint or error.diag.message_detail or ""
        return MigrationError(f"{where}: {message}\n  in: {statement.first_line}", hint=hint)


def text_of(path: Path) -> str:
    """A file of SQL as the server is sent it: every byte, whatever ends its lines, but for a byte order mark.

    Raises:
        MigrationError: it is missing, a folder, not UTF-8, or no text.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise MigrationError(f"{path.name} is missing", hint="a revision's SQL belongs beside its .py file") from error
    except IsADirectoryError as error:
        raise MigrationError(f"{path.name} is a folder", hint="a file of SQL is expected there") from error
    except UnicodeDecodeError as error:
        raise MigrationError(f"{path.name} is not UTF-8: {error}", hint="save it as UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise MigrationError(f"{path.name}, line {line}: a NUL character", hint="no text in Postgres can hold one")
    return text


def write(path: Path, text: str) -> None:
    """Write a file of SQL that was proven as a text.

    Raises:
        MigrationError: what the file holds then is another text.
    """
    path.write_bytes(text.encode())
    if text_of(path) != text:
        raise MigrationError(f"{path.name} does not hold what was written to it", hint="does the disk change files?")


def execute(connection: psycopg.Connection, path: Path) -> None:
    """Run the statements of the file at `path` one by one in the connection's transaction.

    Raises:
        MigrationError: as `Script.read` and `Script.run` do.
    """
    Script.read(path).execute(connection)


def _statements(text: str) -> list[Statement]:
    """The text's statements; the whole as one where our parser is older than the server's syntax."""
    from pglast.parser import ParseError, split  # noqa: PLC0415  (slow to load, and not everybody runs a file)

    try:
        return [Statement(part.start, text[part]) for part in split(text, only_slices=True)]
    except ParseError:
        return [Statement(0, text)]
