"""A stranger's repository, the database that people use, a copy of it from before, and what holds rows in either."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import alembic.config
import psycopg

import dbtools.cli
import dbtools.diff
import dbtools.pull.incremental
import dbtools.squash
import dbtools.verify
from dbtools.postgres.shadow import Shadow

HERE = Path(__file__).parent
_COLUMNS = """
select a.attrelid, a.attnum, format('%I.%I', n.nspname, c.relname), quote_ident(a.attname)
from pg_attribute as a
  inner join pg_class as c on a.attrelid = c.oid
  inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
  and n.nspname in ('public', 'internal', 'archive', 'config')
"""

# By table and column number: the column's name, how many rows, and what they hold.
Rows = dict[tuple[int, int], tuple[str, int, str]]


@contextmanager
def databases() -> Iterator[tuple[str, str]]:
    """Live and staging, hosted ones with the same schema and rows, as their owner."""
    server = Shadow()
    # People use it.
    server.server.settings["dbtools.shadow"] = "off"
    with server:
        urls = [server.create(name) for name in ("live", "staging")]
        for url in urls:
            for file in ("schema.sql", "rows.sql"):
                run(url, (HERE / file).read_text())
        yield urls[0], urls[1]


def run(url: str, text: str) -> None:
    """Type SQL, as whoever uses a SQL editor does; a line `commit;` ends a transaction."""
    with psycopg.connect(url) as connection:
        for part in re.split(r"^commit;$", text, flags=re.MULTILINE):
            connection.execute(part.encode())
            connection.commit()


def rows(url: str) -> Rows:
    """What each column of each table holds, in no order."""
    found: Rows = {}
    with psycopg.connect(url) as connection:
        for table, number, name, column in connection.execute(_COLUMNS.encode()).fetchall():
            values = f"string_agg(coalesce({column}::text, '-'), ';' order by {column}::text)"
            query = f"select count(*), coalesce(md5({values}), '') from only {name}"
            [(count, held)] = connection.execute(query.encode())
            found[table, number] = (f"{name}.{column}", count, held)
    return found


def lost(before: Rows, after: Rows) -> list[str]:
    """The columns whose rows are no longer what they were, as they were named before."""
    return [name for key, (name, count, held) in before.items() if count and after.get(key, ("", 0, ""))[2] != held]


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    words: Sequence[str]
    said: str
    code: int


class Running:
    """A command line that runs in a copy of this process: as from a shell, without loading everything again."""

    def __init__(self, words: Sequence[str], cwd: Path, url: str) -> None:
        self._words, self._said = words, tempfile.TemporaryFile()  # noqa: SIM115  (closed when it was read)
        sys.stdout.flush()
        self._pid = os.fork()
        if self._pid == 0:
            os._exit(self._run(cwd, url))

    def _run(self, cwd: Path, url: str) -> int:
        os.chdir(cwd)
        os.environ["DATABASE_URL"] = url
        for descriptor in (1, 2):
            os.dup2(self._said.fileno(), descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = [*self._words]
        try:
            if self._words[0] == "alembic":
                alembic.config.main(self._words[1:])
            else:
                dbtools.cli.main()
        except SystemExit as end:
            return (end.code if isinstance(end.code, int) else bool(end.code)) & 255
        except BaseException:
            traceback.print_exc()
            return 70
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        return 0

    def answer(self) -> Answer:
        """Wait for its end."""
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self._said.seek(0)
        with self._said:
            return Answer(self._words, self._said.read().decode(), code)


@dataclass
class Desk:
    """Where somebody works: a folder, and what its commands have said since the last new thing.

    A command may only be used if the output names it, or if it is of those that are used every day; any other is a
    question that was not answered.
    """

    root: Path
    url: str
    title: str = ""
    heard: str = ""
    unanswered: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def begin(self, title: str) -> None:
        """Something new: what was said before is forgotten."""
        self.heard = ""
        self.log = [f"# {title}"]
        self.title = title

    def every_day(self, *words: str, url: str | None = None) -> Answer:
        """A command that nobody has to be told to use."""
        return self._hear(Running(words, self.root, url or self.url))

    def at_once(self, commands: Sequence[tuple[Sequence[str], str]]) -> list[Answer]:
        """Several such commands, each against a database."""
        started = [Running(words, self.root, url) for words, url in commands]
        return [self._hear(one) for one in started]

    def _hear(self, running: Running) -> Answer:
        done = running.answer()
        self.log.append(f"$ {' '.join(done.words)}   # {done.code}\n{done.said}")
        self.heard += done.said
        return done

    def next(self, *words: str, named: str = "", url: str | None = None) -> Answer:
        """A command that the output has named; `named` is how, where that has other arguments."""
        self.told(named or " ".join(words))
        return self.every_day(*words, url=url)

    def told(self, what: str) -> None:
        """Something that is done because the output said so, be it a command or not."""
        if what not in self.heard:
            self.unanswered.append(f"{self.title}: nothing says {what!r}")

    def files(self, folder: str, pattern: str) -> set[Path]:
        """What there is in a folder of the repository."""
        return set((self.root / folder).glob(pattern))

    def fails(self, done: Answer) -> list[str]:
        """What is wrong with an answer, in a line; nothing if it is yes."""
        if done.code == 0:
            return []
        line = next((one for one in done.said.splitlines() if one.strip()), "")
        return [f"{self.title}: exit {done.code} of {' '.join(done.words)}: {line}"]
