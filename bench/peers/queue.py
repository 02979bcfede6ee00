"""What every queue can do, and the floor: the barest SQL that does the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bench.peers.wire import Row, Session, array

# Made by the server, so that a client sends one number, however many chunks there are.
PAYLOAD = "jsonb_build_object('specId', 577, 'iterations', 1000, 'seedOffset', 1000 * g)"
COUNTER = "create table counter (done bigint not null, total bigint not null); insert into counter values (0, 0)"
COUNT = "update counter set done = done + (select count(*) from finished), total = total + {total} returning done"


class Queue(ABC):
    """One way to create, claim, complete and rescue chunks, in a database of its own.

    Queues without jobs keep a counter in the statement that completes, where the work is one job with an aggregate.

    Attributes:
        name: a word.
        keeps: what is left of a finished chunk.
    """

    name: ClassVar[str]
    keeps: ClassVar[str] = "nothing"
    version = ""

    @abstractmethod
    def install(self, session: Session, url: str) -> None:
        """Make the schema, once."""

    @abstractmethod
    def prepare(self, session: Session) -> None:
        """Prepare what a session calls."""

    @abstractmethod
    def clear(self, session: Session) -> None:
        """Take all chunks away."""

    @abstractmethod
    def create(self, session: Session, chunks: int) -> None:
        """Chunks of one job, in one call."""

    def fill(self, session: Session, chunks: int, jobs: int) -> None:
        """Chunks of so many jobs, where the queue knows jobs."""
        del jobs
        self.create(session, chunks)

    @abstractmethod
    def claim(self, session: Session, limit: int) -> list[Row]:
        """Up to so many chunks; the first column is the id."""

    @abstractmethod
    def complete(self, session: Session, chunks: Sequence[Row], figures: Sequence[int], counted: bool) -> int:
        """Complete them with a result each, in one transaction; how many were."""

    UNFINISHED: ClassVar[str]
    # Where results are kept.
    SUM: ClassVar[str] = ""

    def problem(self, session: Session, chunks: int, total: int, counted: bool) -> str:
        """What does not add up when all chunks have been completed with figures of that sum; empty if all does."""
        if (left := session.value(self.UNFINISHED)) != "0":
            return f"{left} chunks are left"
        if counted and (count := session.value("select done || ' ' || total from counter")) != f"{chunks} {total}":
            return f"the counter says {count}, not {chunks} {total}"
        if self.SUM and (kept := session.value(self.SUM)) != f"{chunks} {total}":
            return f"the results kept are {kept}, not {chunks} {total}"
        return ""

    @abstractmethod
    def abandon(self, session: Session) -> None:
        """All that waits becomes running, claimed long ago."""

    @abstractmethod
    def rescue(self, session: Session) -> None:
        """The queue's own way to take back what was abandoned."""

    WAITING: ClassVar[str]


class Floor(Queue):
    """One narrow table with bigint keys and two partial indexes; no jobs, attempts, users, turns or checks."""

    name = "floor"
    keeps = "result"
    INSTALL = f"""
        create table chunk (
          id bigint generated always as identity primary key, job_id bigint not null,
          status smallint not null default 0, payload jsonb not null, node text, claimed_at timestamptz,
          completed_at timestamptz, result jsonb
        );
        create index on chunk (id) where status = 0;
        create index on chunk (claimed_at) where status = 1;
        {COUNTER}"""
    # By the key alone (`status + 0`): else the index of what runs looks shorter, and holds all that is dead.
    FINISH = """
        update chunk as c set status = 2, completed_at = now(), result = r.result
        from jsonb_to_recordset($2::jsonb) as r (id bigint, result jsonb)
        where c.id = any($1::bigint[]) and c.id = r.id and c.status + 0 = 1"""
    UNFINISHED = "select count(*) from chunk where status <> 2"
    WAITING = "select count(*) from chunk where status = 0"
    SUM = "select count(*) || ' ' || sum((result ->> 'figure')::bigint) from chunk where status = 2"

    def install(self, session: Session, url: str) -> None:
        """A table."""
        del url
        session.script(self.INSTALL)

    def prepare(self, session: Session) -> None:
        """One statement for each operation."""
        session.prepare(
            "create", f"insert into chunk (job_id, payload) select 1, {PAYLOAD} from generate_series(1, $1::int) as g"
        )
        session.prepare(
            "claim",
            """update chunk set status = 1, node = 'node', claimed_at = now() where id = any(array(
              select id from chunk where status = 0 order by id limit $1::int for update skip locked
            )) returning id, payload""",
        )
        session.prepare("complete", self.FINISH)
        session.prepare(
            "complete and count", f"with finished as ({self.FINISH} returning 1) {COUNT.format(total='$3::bigint')}"
        )
        session.prepare(
            "rescue",
            """update chunk set status = 0, node = null, claimed_at = null
            where status = 1 and claimed_at < now() - interval '5 minutes'""",
        )

    def clear(self, session: Session) -> None:
        """Truncated."""
        session.script("truncate chunk; update counter set done = 0, total = 0")

    def create(self, session: Session, chunks: int) -> None:
        """One insert."""
        session.run("create", b"%d" % chunks)

    def claim(self, session: Session, limit: int) -> list[Row]:
        """One update."""
        return session.rows("claim", b"%d" % limit)

    def complete(self, session: Session, chunks: Sequence[Row], figures: Sequence[int], counted: bool) -> int:
        """One update, by key."""
        ids, results = array([chunk[0] for chunk in chunks]), report(chunks, figures)
        if counted:
            session.run("complete and count", ids, results, b"%d" % sum(figures))
            return len(chunks)
        return session.run("complete", ids, results).command_tuples or 0

    def abandon(self, session: Session) -> None:
        """One update."""
        session.script(
            "update chunk set status = 1, node = 'node', claimed_at = now() - interval '1 hour' where status = 0"
        )

    def rescue(self, session: Session) -> None:
        """One update."""
        session.run("rescue")


def report(
    chunks: Sequence[Row], figures: Sequence[int], id_key: bytes = b"id", result_key: bytes = b"result"
) -> bytes:
    """The JSON of some results."""
    entries = [
        b'{"%s":"%s","%s":{"figure":%d,"mean":12.5,"iterations":1000}}' % (id_key, chunk[0], result_key, figure)
        for chunk, figure in zip(chunks, figures, strict=True)
    ]
    return b"[" + b",".join(entries) + b"]"


HERE = Path(__file__).parent
