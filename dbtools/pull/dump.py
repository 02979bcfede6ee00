"""`pg_dump`: which one to run, how to run it, and its plain output cut into entries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import conninfo

from dbtools.errors import PullError
from dbtools.platform.ownership import Ownership
from dbtools.postgres import tls
from dbtools.postgres.programs import EMBEDDED_MAJOR, binaries
from dbtools.pull.masked import masked, substituted

LOCK_WAIT = "5s"

_HEADER = re.compile(r"-- Name: (?P<name>.*); Type: (?P<type>[A-Z ]+); Schema: (?P<schema>.*); Owner: (?P<owner>.*)")
_END = "-- PostgreSQL database dump complete"
_COMMENT = re.compile(r"--[^\n]*")
_ACCESS_METHOD = re.compile(r"^SET default_table_access_method = (.+);$", re.MULTILINE)
# What pg_dump sets between entries.
_SETTING = re.compile(r"^SET default_(tablespace|table_access_method) = .+;$", re.MULTILINE)

# Newer minor releases (15.20 for one) mark every column with a number of their own, which other servers do not know.
_NAME = r'(?:"(?:[^"]|"")+"|[^\s".]+)'
_COLUMN_MARK = re.compile(
    rf"^(ALTER (?:FOREIGN )?TABLE ONLY {_NAME}\.{_NAME} ALTER COLUMN {_NAME} SET \()pg_attver=\d+(?:, (.+))?(\);)\n?",
    re.MULTILINE,
)
_WITH_COLUMNS = ("TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW")


# As pg_dump's patterns, in which a quoted name means itself.
_NOT_OURS = """
    select format('"%%s"."%%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""'))
    from pg_class as c
      inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and (pg_get_userbyid(c.relowner) = any(%s) or c.relname ~ '^[qa]_' and n.oid = (
        select e.extnamespace from pg_extension as e where e.extname = 'pgmq'
      ))
"""


@dataclass(frozen=True)
class Entry:
    """One entry of a dump: an object as pg_dump names it, and its statements.

    Its name and schema are as `in_header` makes them. `schema` is empty for what has none; `access_method` is the one
    that its table is to be created with.
    """

    name: str
    type: str
    schema: str
    owner: str
    text: str
    access_method: str = "heap"


def in_header(name: str) -> str:
    """A name as the line above an entry has it, which is one line."""
    return name.replace("\n", " ").replace("\r", " ")


@contextmanager
def dump(
    connection: psycopg.Connection, url: str, own: Collection[str], ownership: Ownership
) -> Iterator[Callable[[], tuple[list[Entry], int]]]:
    """Let pg_dump print all that it sees of the schema, without the platform's tables, while the block does other work.

    Args:
        connection: in a repeatable-read transaction on the database of `url`; pg_dump sees the same snapshot.
        url: a libpq URL; its password travels in the environment, never on the command line.
        own: the platform's schemas that the project has something in; pg_dump is not sent to the others.
        ownership: what is the platform's.

    Yields:
        what waits for the end and returns the entries, and the major version of the pg_dump that printed them.

    Raises:
        ConnectError: the server cannot be reached, or trusted, a second time.
        PullError: no pg_dump is new enough, or pg_dump failed: an object that may not be read, a lock not granted.
    """
    pg_dump, major = program(connection.info.server_version // 10000)
    row = connection.execute("select pg_export_snapshot()").fetchone()
    assert row is not None  # noqa: S101  (a function in the select list gives one row)
    # Its tables are locked by nobody: not every role may, and they are none of ours.
    tables = connection.execute(_NOT_OURS, [list(own), list(ownership.roles)]).fetchall()
    others = sorted((ownership.schemas | ownership.nobodys) - set(own))
    excluded = ['--exclude-schema="{}"'.format(name.replace('"', '""')) for name in others]
    excluded += [f"--exclude-table={table}" for (table,) in tables]
    options = [f"--snapshot={row[0]}", *excluded]
    if connection.pgconn.ssl_in_use:
        # The embedded pg_dump has no TLS; and any other one could be less strict than the connection that we have.
        command, environment = _command(pg_dump, url, options, door=True)
        environment["PGPASSWORD"] = connection.info.password
        yield lambda: (_entries_of(*tls.run(connection, command, environment)), major)
        return
    command, environment = _command(pg_dump, url, options)
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        ) as process,
    ):

        def finish() -> tuple[list[Entry], int]:
            # With a timeout Python looks every now and then. A signal that another thread of ours receives wakes nobody
            # who waits without one, and Ctrl-C would be heard only when pg_dump has ended.
            code = process.wait(threading.TIMEOUT_MAX)
            for file in (output, errors):
                file.seek(0)
            return _entries_of(code, output.read(), errors.read()), major

        try:
            yield finish
        finally:
            process.kill()


def _entries_of(code: int, output: bytes, errors: bytes) -> list[Entry]:
    if code:
        raise _failed(errors.decode(errors="replace"))
    return split(output.decode())


def split(text: str) -> list[Entry]:
    """Cut pg_dump's plain output into its entries.

    What pg_dump itself wrote counts only where it is no part of a string or a name, so that those may contain anything.
    """
    text = _without_psql_commands(text)
    plain = masked(text)
    comments = [(found.start(), found.end(), found[0]) for found in _COMMENT.finditer(plain)]
    starts: list[tuple[int, int, re.Match[str]]] = []
    end = len(text)
    for (before, _, rule), (_, _, line), (_, after, rule_below) in zip(
        comments, comments[1:], comments[2:], strict=False
    ):
        if rule == rule_below == "--":
            if header := _HEADER.fullmatch(line):
                starts.append((before, after, header))
            elif line == _END:
                end = before
    ends = [before for before, _, _ in starts[1:]] + [end] * bool(starts)
    return list(_entries(text, plain, starts, ends))


def _entries(text: str, plain: str, starts: list[tuple[int, int, re.Match[str]]], ends: list[int]) -> Iterator[Entry]:
    access_method = "heap"
    for position, ((_, after, header), end) in enumerate(zip(starts, ends, strict=True)):
        if position == 0:
            access_method = _access_method(text[: starts[0][0]], access_method)
        last, settings = _settings(text, plain, after, end)
        body = text[after:last].strip()
        if header["type"] in _WITH_COLUMNS:
            body = without_column_marks(body).rstrip()
        schema = header["schema"]
        yield Entry(
            name=header["name"],
            type=header["type"],
            schema="" if schema == "-" else schema,
            owner=header["owner"] if header["owner"] != "-" else "",
            text=body,
            access_method=access_method if header["type"] in ("TABLE", "MATERIALIZED VIEW") else "heap",
        )
        access_method = _access_method(settings, access_method)


def without_column_marks(text: str) -> str:
    """Without the options by which newer minor releases mark every column."""
    if "pg_attver=" not in text:
        return text
    return substituted(_COLUMN_MARK, text, lambda mark: f"{mark[0]}{mark[1]}{mark[2]}\n" if mark[1] else "")


def _settings(text: str, plain: str, start: int, end: int) -> tuple[int, str]:
    """Where an entry's own text ends, and the settings for the entries after it, which stand at its end."""
    last = end
    while (line := plain.rfind("\n", start, last)) >= 0 and (
        not plain[line:last].strip() or _SETTING.fullmatch(plain, line + 1, last)
    ):
        last = line
    return last, text[last:end]


def _access_method(settings: str, current: str) -> str:
    found = _ACCESS_METHOD.findall(settings)
    return str(found[-1]) if found else current


def _without_psql_commands(text: str) -> str:
    """Without `\\restrict KEY` before the first statement and `\\unrestrict KEY` after the last one."""
    if match := re.search(r"^\\restrict (\S+)\n", text, re.MULTILINE):
        text = text[: match.start()] + text[match.end() :]
        head, separator, tail = text.rpartition(f"\\unrestrict {match[1]}\n")
        text = head + tail if separator else text
    return text


def _command(program: Path, url: str, options: list[str], *, door: bool = False) -> tuple[list[str], dict[str, str]]:
    """The command line, and what must travel in the environment: other users of the machine can read the former.

    With a `door`, the way to the server is left to `tls.run`.
    """
    parameters = conninfo.conninfo_to_dict(url)
    environment = {"PGTZ": "UTC", "PGAPPNAME": "dbtools-pull"}
    if "password" in parameters:
        environment["PGPASSWORD"] = str(parameters.pop("password"))
    if door:
        parameters = {name: value for name, value in parameters.items() if name in ("user", "dbname", "options")}
    command = [
        str(program),
        "--schema-only",
        "--no-password",
        "--no-tablespaces",
        "--no-subscriptions",
        "--encoding=UTF8",
        f"--lock-wait-timeout={LOCK_WAIT}",
        *options,
        "--exclude-table=*.alembic_version",
        f"--dbname={conninfo.make_conninfo('', **parameters)}",
    ]
    return command, environment


def program(major: int) -> tuple[Path, int]:
    """The pg_dump to run for a server and its version: the embedded one wherever it can, so that all write the same.

    Raises:
        PullError: none at hand is new enough.
    """
    if major <= EMBEDDED_MAJOR:
        return binaries(EMBEDDED_MAJOR) / "pg_dump", EMBEDDED_MAJOR
    found = shutil.which("pg_dump")
    if found and _major(found) >= major:
        return Path(found), _major(found)
    raise PullError(
        f"the server is Postgres {major}, newer than the pg_dump at hand",
        hint=f"install the Postgres {major} client (Debian: postgresql-client-{major}), so that its pg_dump is on PATH",
    )


def _major(program: str) -> int:
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+", printed)
    return int(found[0]) if found else 0


def _failed(stderr: str) -> PullError:
    lines = [line for line in stderr.splitlines() if "error:" in line.lower()]
    message = re.sub(r"^pg_dump: error: (query failed: )?(ERROR: *)?", "", lines[0] if lines else stderr.strip())
    hint = ""
    if "permission denied" in message:
        hint = "pull as the owner of the project's objects (postgres), or grant this role SELECT on it"
    elif "lock timeout" in stderr or "statement timeout" in stderr:
        hint = f"something holds a lock on one of the tables for longer than {LOCK_WAIT}; try again when it is done"
    return PullError(f"pg_dump: {message}", hint=hint)
