"""A public schema's SQL, from a clone at the commit of the index, run as its migrations would be."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pglast
import psycopg
from pglast.parser import ParseError

INDEX = Path(__file__).with_name("index.tsv")

# Tools that keep both ways in one file mark where the way back begins.
_WAY_BACK = re.compile(r"^-- \+(?:goose|migrate) Down.*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Schema:
    """A line of the index: `OWNER/NAME` on GitHub, the commit, and patterns of the files, in the order of running.

    `first` is SQL that the project's own installer runs before.
    """

    repository: str
    commit: str
    files: str
    first: str = ""

    def texts(self, clones: Path) -> Iterator[str]:
        """The files' texts, in order; those of one pattern by name.

        Raises:
            FileNotFoundError: there is no clone, or it lacks the commit.
        """
        there = clones / self.repository
        if not there.exists():
            raise FileNotFoundError(f"git clone https://github.com/{self.repository} {there}")
        yield self.first
        listed = _git(there, "ls-tree", "-r", "-z", "--name-only", self.commit).split("\0")
        for pattern in self.files.split():
            for name in sorted(name for name in listed if fnmatchcase(name, pattern)):
                yield _WAY_BACK.sub("", _git(there, "show", f"{self.commit}:{name}"))


def index() -> list[Schema]:
    """The lines of the index."""
    rows = csv.reader(INDEX.read_text().splitlines()[1:], delimiter="\t")
    return [Schema(*row) for row in rows]


def apply(url: str, texts: Iterator[str]) -> tuple[int, int]:
    """Run each file in a session of its own, each statement by itself; psql's own commands and data are passed over.

    Returns:
        how many statements ran, and how many failed.
    """
    ran, failed = 0, 0
    for text in texts:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in _statements(text):
                try:
                    connection.execute(statement.encode())
                    ran += 1
                except psycopg.Error:
                    failed += 1
                    if connection.closed:
                        break
    return ran, failed


def _statements(text: str) -> Iterator[str]:
    text = re.sub(r"^\\.*$", "", text, flags=re.MULTILINE)
    try:
        yield from pglast.split(text, with_parser=False)
    except (ParseError, ValueError):
        yield text


def _git(clone: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(clone), *words], capture_output=True, check=False)
    if done.returncode:
        raise FileNotFoundError(f"{clone}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode("utf-8-sig", errors="replace")
