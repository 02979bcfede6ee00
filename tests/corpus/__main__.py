"""`make corpus CLONES=folder`: public schemas, pulled, replayed, compared, and followed by the whole chain.

Each schema of `index.tsv` is run on a hosted project's platform, laid from the packaged reference on Postgres 15, and
on a plain Postgres 15 and 18; on servers of its own each time, because roles belong to a server. The folder holds
clones as OWNER/NAME. A row says how many statements ran and failed, what pull answered, how many rows of the census
and entries of pg_dump differ between live and head, and how many things diff, `alembic check`, revise and a second pull
found to say.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic import command

from dbtools import alembic_env
from dbtools.platform import ground
from dbtools.postgres.embedded import EmbeddedServer
from dbtools.postgres.programs import binaries
from dbtools.postgres.shadow import Shadow
from dbtools.runner.head import at_head
from tests.corpus.applied import Schema, apply, index
from tests.corpus.census import census
from tests.support.pulled import problems, pulled, said_afterwards

# pg_dump prints what may be done with an extension's schema as a difference from what the extension's script gave, and
# in a shadow that script is another one. The census has the whole list.
_BROUGHT = re.compile(r"^(-- )?Name: SCHEMA (pgmq|cron); Type: ACL;", re.MULTILINE)

PLACES = ("hosted 15", "plain 15", "plain 18")


@contextmanager
def live(place: str) -> Iterator[str]:
    """The URL of an empty database, as its owner."""
    kind, major = place.split()
    if kind == "hosted":
        with Shadow(major=int(major)) as shadow:
            yield shadow.create()
        return
    server = EmbeddedServer(major=int(major))
    with server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute("create role postgres superuser login")
        with psycopg.connect(server.url("postgres", user="postgres"), autocommit=True) as admin:
            admin.execute("create database live owner postgres")
        yield server.url("live", user="postgres")


def dumped(url: str) -> Counter[str]:
    """The entries of a dump, each with its lines in order of the alphabet where their order means nothing."""
    printed = subprocess.run(
        [str(binaries() / "pg_dump"), "-s", "--no-tablespaces", "-d", url], check=True, capture_output=True, text=True
    ).stdout
    printed = re.sub(r"^\\(un)?restrict .*$", "", printed, flags=re.MULTILINE)
    printed = re.sub(r"^ALTER TABLE .* SET \(pg_attver=\d+\);\n", "", printed, flags=re.MULTILINE)
    entries = re.split(r"\n--\n(?=-- Name: )", printed.partition("-- PostgreSQL database dump complete")[0])
    return Counter(
        "\n".join(sorted(entry.splitlines())) if "; Type: ACL;" in entry or "; Type: DEFAULT ACL;" in entry else entry
        for entry in (re.sub(r"^SET default_.*$", "", one, flags=re.MULTILINE).strip("-\n ") for one in entries)
        if "alembic_version" not in entry and not _BROUGHT.search(entry)
    )


def differing(one: Counter[str], other: Counter[str], title: str, *, say: bool) -> int:
    """How many things only one of the two has; what differs only in how Postgres spells it again is no difference."""
    gone, came = one - other, other - one
    respelled = _unspelled(gone) & _unspelled(came)
    gone, came = (Counter(row for row in some if _bare(row) not in respelled) for some in (gone, came))
    if say:
        for sign, some in (("-", gone), ("+", came)):
            for row in sorted(some):
                print(f"    {title} {sign} {row}", file=sys.stderr)
    return max(gone.total(), came.total())


def _unspelled(rows: Counter[str]) -> Counter[str]:
    return Counter(map(_bare, rows))


def _bare(row: str) -> str:
    """Without brackets and casts between the types of text: `in ('a', 'b')` on varchar comes back with others."""
    return re.sub(r"::(text|character varying)(\[\])?|[()]", "", row)


def _schemas(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("select nspname from pg_namespace")}


def _without_alembic(url: str, *, keep: bool) -> None:
    """Take away what a head has for Alembic's sake."""
    with psycopg.connect(url) as connection:
        connection.execute("drop table private.alembic_version")
        if not keep:
            connection.execute("drop schema private")


def tried(schema: Schema, clones: Path, place: str, *, say: bool) -> list[str]:
    """A row of the table."""
    begun = time.perf_counter()
    with live(place) as url, tempfile.TemporaryDirectory() as folder:
        ran, failed = apply(url, schema.texts(clones))
        census_before, dump_before, schemas = census(url), dumped(url), _schemas(url)
        project, report = pulled(url, Path(folder))
        words = [*problems(report), *(f"secret: {item.object}" for item in report.secrets)]
        major = int(place.split()[1])
        with (
            Shadow(major=major, platform=ground.of_project(project.migrations)) as shadow,
            at_head(project, shadow) as head,
        ):
            _without_alembic(head, keep="private" in schemas)
            rows = differing(census_before, census(head), "census", say=say)
            entries = differing(dump_before, dumped(head), "pg_dump", say=say)
        after = said_afterwards(url, project)
        try:
            command.check(alembic_env.config(project, url))
        except Exception as error:
            after.append(f"alembic check: {error}")
        if say:
            for word in (*words, *after):
                print(f"    {word}", file=sys.stderr)
    answer = "0" if report.ok else f"1: {len(words)}"
    cells = [schema.repository, place, f"{ran} ({failed})", answer, str(rows), str(entries), str(len(after))]
    return [*cells, f"{time.perf_counter() - begun:.0f} s"]


def main() -> None:
    """Go through the index and print a table in Markdown; exit with 1 if something is not as it must be."""
    parser = argparse.ArgumentParser(prog="make corpus")
    parser.add_argument("clones", type=Path, help="the folder that holds clones, as OWNER/NAME")
    parser.add_argument("--only", action="append", help="a part of a repository's name; repeat it")
    parser.add_argument("--on", action="append", choices=PLACES, help="repeat it; default: all")
    parser.add_argument("--say", action="store_true", help="print every difference")
    arguments = parser.parse_args()
    good = True
    print("| schema | on | ran (failed) | pull | census | pg_dump | chain | took |\n|---|---|--:|---|--:|--:|--:|--:|")
    for schema in index():
        if arguments.only and not any(part in schema.repository for part in arguments.only):
            continue
        for place in arguments.on or PLACES:
            try:
                row = tried(schema, arguments.clones, place, say=arguments.say)
            except Exception as error:
                if arguments.say:
                    traceback.print_exc()
                row = [schema.repository, place, "", f"{type(error).__name__}: {str(error).splitlines()[0]}"]
            good &= row[3:7] == ["0", "0", "0", "0"]
            print(f"| {' | '.join(row)} |", flush=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
