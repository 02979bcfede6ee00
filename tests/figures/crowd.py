"""A crowd of owners, some of whom lie, and the job system's own functions between them and the results.

Every round hands out what waits and takes all of it back computed. The figures are in standard deviations of one
iteration: the mean of an honest chunk of 1,000 iterations scatters by 0.0316. Not modelled, unlike in the study whose
kinds of liars these are: nodes that vanish, nodes of different speed, and time (who is blocked stays so).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import psycopg

from tests.support import system
from tests.support.system import Row, assign, create_job, new_node, new_user, rows, value

ITERATIONS = 1000
CHUNKS = 50
SIGMA = ITERATIONS**-0.5
PUBLIC = ("public", None)
WRONG = 1e-6


def truth(chunk: Row) -> float:
    return random.Random(f"{chunk['config_hash']}:{chunk['seed_offset']}").gauss(0, SIGMA)


@dataclass
class Node:
    """A node: its owner, what kind it is, and how many results it has told."""

    id: str
    owner: str
    kind: str
    told: int = 0
    flaky: bool = False


@dataclass
class Crowd:
    """100 nodes; `share` of them lie. `seeds` of the honest are trusted from the start."""

    db: psycopg.Connection
    kind: str
    share: float
    replication: str
    seeds: int = 50
    flaky: float = 0.0
    wake: int = 50
    seed: int = 1
    nodes: dict[str, Node] = field(default_factory=dict)
    computed: int = 0
    first: dict[tuple[str, int], str] = field(default_factory=dict)
    delivered: dict[str, float] = field(default_factory=dict)
    names: int = 0

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)
        system.change_settings(self.db, max_open_jobs_per_user=100_000, jobs_per_minute=0)
        liars = round(100 * self.share)
        self.user = new_user(self.db)
        for n in range(100 - liars):
            if n % 2 == 0:
                owner = new_user(self.db)
                if n < self.seeds:
                    self.db.execute("insert into private.owner_trust (owner, valid) values (%s, 60)", [owner])
            self.join(owner, "honest", self.draw.choice((2, 4, 6)), flaky=self.draw.random() < self.flaky)
        for _ in range(liars):
            self.join(new_user(self.db), self.kind, 4)

    def join(self, owner: str, kind: str, slots: int, *, flaky: bool = False) -> None:
        made = new_node(self.db, owner, capacity=slots, allow=PUBLIC, seen="-1 days")
        self.nodes[made] = Node(made, owner, kind, flaky=flaky)
        self.names += kind != "honest"

    def run(self, chunks: int) -> dict[str, float]:
        """Compute that many chunks in jobs of 50, and say what came of it."""
        left = chunks // CHUNKS
        at_once = max(1, round(0.35 * sum(self._slots()) / CHUNKS))
        for turn in range(20 * (left // at_once + 10)):
            for _ in range(min(left, at_once)):
                config = {"specId": turn, "name": f"{self.kind} {left}"}
                how = {"access": "public", "replication": self.replication}
                create_job(self.db, self.user, ITERATIONS * CHUNKS, config=config, **how)
                left -= 1
            if not self.round() and not left and not self._open():
                break
            if turn % 20 == 19:
                self.db.execute("update public.jobs set completed_at = completed_at - interval '20 seconds'")
                value(self.db, "select public.reap_stale_chunks()")
        return self.outcome()

    def round(self) -> int:
        while system.service(self.db, "select public.settle_checks() as n")[0]["n"] >= 100:
            pass
        given = assign(self.db, 1000)
        entries = [self.says(self.nodes[str(chunk["node_id"])], chunk) for chunk in given]
        self.draw.shuffle(entries)
        for start in range(0, len(entries), 500):
            system.complete(self.db, entries[start : start + 500])
        self.computed += len(given)
        for done in rows(self.db, DELIVERED, list(self.delivered)):
            self.delivered[done["id"]] = done["mean"]
        self.replace_sybils()
        return len(given)

    def says(self, node: Node, chunk: Row) -> Row:
        """The report on a chunk: right, or a lie of the node's kind."""
        node.told += 1
        if node.kind == "honest":
            self.first.setdefault((str(chunk["config_hash"]), int(chunk["seed_offset"])), node.kind)
        error = LIES[node.kind](self, node, chunk) if node.kind != "honest" else 0.0
        if node.flaky and self.draw.random() < 0.01:
            error = 0.5
        mean = truth(chunk) + error
        figures: Row = {"meanDps": mean, "stdDps": 1.0, "minDps": mean - 3, "maxDps": mean + 3}
        if node.kind in {"constant", "sybil"}:
            figures = {"meanDps": 0.5, "stdDps": 1.0, "minDps": -2.0, "maxDps": 3.0}
        return system.entry(chunk, **figures)

    def replace_sybils(self) -> None:
        """Whoever is found comes back under a new name."""
        if self.kind != "sybil":
            return
        lost = {str(each["owner"]) for each in rows(self.db, "select owner from private.owner_trust where lost > 0")}
        for node in [one for one in self.nodes.values() if one.owner in lost and one.kind == "sybil"]:
            self.db.execute("update public.nodes set status = 'offline' where id = %s", [node.id])
            node.kind = "found"
            self.join(new_user(self.db), "sybil", 4)

    def valid(self, node: Node) -> int:
        found = rows(self.db, "select valid from private.owner_trust where owner = %s", node.owner)
        return int(found[0]["valid"]) if found else 0

    def outcome(self) -> dict[str, float]:
        chunks = rows(self.db, RESULTS)
        wrong = sum(abs(each["mean"] - truth(each)) > WRONG for each in chunks)
        honest = [node.owner for node in self.nodes.values() if node.kind == "honest" and not node.flaky]
        losers = {str(each["owner"]) for each in rows(self.db, "select owner from private.owner_trust where lost > 0")}
        exact: dict[str, float] = {}
        for each in chunks:
            exact[each["job_id"]] = exact.get(each["job_id"], 0.0) + truth(each) / CHUNKS
        off = sum(abs(mean - exact[job]) > SIGMA * CHUNKS**-0.5 for job, mean in self.delivered.items())
        liars = {node.owner for node in self.nodes.values() if node.kind != "honest"}
        return {
            "chunks": len(chunks),
            "wrong": wrong,
            "extra": self.computed / max(len(chunks), 1) - 1,
            "off": off,
            "not_ended": self._open(),
            "right_lost": len(losers & set(honest)),
            "found": len(losers & liars) / max(len(liars), 1),
            "names": self.names,
        }

    def _slots(self) -> Sequence[int]:
        return [each["n"] for each in rows(self.db, "select least(max_parallel, total_cores) as n from public.nodes")]

    def _open(self) -> int:
        return int(value(self.db, OPEN))


def biased(crowd: Crowd, node: Node, chunk: Row) -> float:
    return 0.1


def noise(crowd: Crowd, node: Node, chunk: Row) -> float:
    return 0.5 + crowd.draw.gauss(0, SIGMA)


def sly(crowd: Crowd, node: Node, chunk: Row) -> float:
    return 0.1 if crowd.draw.random() < 0.05 else 0.0


def cautious(crowd: Crowd, node: Node, chunk: Row) -> float:
    """Honest while it is new, since it knows the rules."""
    return 0.1 if crowd.valid(node) >= 10 else 0.0


def sleeper(crowd: Crowd, node: Node, chunk: Row) -> float:
    return 0.1 if node.told > crowd.wake else 0.0


def ring(crowd: Crowd, node: Node, chunk: Row) -> float:
    """Lies where nobody came before, and where a mate lied; all of them lie the same."""
    key = (str(chunk["config_hash"]), int(chunk["seed_offset"]))
    if crowd.first.setdefault(key, node.kind) != node.kind:
        return 0.0
    return 0.1


def mole(crowd: Crowd, node: Node, chunk: Row) -> float:
    return ring(crowd, node, chunk) if node.told > crowd.wake else 0.0


LIES: dict[str, Callable[[Crowd, Node, Row], float]] = {
    "constant": lambda crowd, node, chunk: 0.5,
    "sybil": lambda crowd, node, chunk: 0.5,
    "found": lambda crowd, node, chunk: 0.0,
    "noise": noise,
    "biased": biased,
    "sly": sly,
    "cautious": cautious,
    "sleeper": sleeper,
    "ring": ring,
    "mole": mole,
}

DELIVERED = """
select id::text, (result ->> 'meanDps')::float8 as mean from public.jobs
where status = 'completed' and replication <> 'copy' and id <> all(%s::uuid[])
"""
RESULTS = """
select c.job_id::text, c.config_hash, c.seed_offset, (c.result ->> 'meanDps')::float8 as mean
from public.jobs_chunks as c inner join public.jobs as j on j.id = c.job_id
where j.replication <> 'copy' and c.status = 'completed'
"""
OPEN = """
select
  (select count(*) from public.jobs where status in ('pending', 'running') and replication <> 'copy')
  + (select count(*) from private.checks where settled_at is null)
"""
