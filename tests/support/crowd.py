"""Owners with a node each, and what they compute, for tests of whom to trust."""

from __future__ import annotations

import psycopg

from tests.support import system
from tests.support.system import Row, assign, complete, create_job, entry, job, new_node, new_user, rows

PUBLIC = ("public", None)


class Crowd:
    """Owners with a public node each; what they compute is right, unless a test says otherwise."""

    def __init__(self, db: psycopg.Connection) -> None:
        self.db = db
        self.owners: dict[str, str] = {}

    def join(self, *, valid: int = 0, appointed: bool = False, capacity: int = 8) -> str:
        """A node whose owner has so many valid results."""
        owner = new_user(self.db)
        node = new_node(self.db, owner, capacity=capacity, allow=PUBLIC)
        self.owners[node] = owner
        if valid or appointed:
            self.db.execute(
                "insert into private.owner_trust (owner, valid, appointed) values (%s, %s, %s)",
                [owner, valid, appointed],
            )
        return node

    def trust(self, node: str) -> Row:
        query = "select valid, lost, blocked_until > now() as blocked from private.owner_trust where owner = %s"
        found = rows(self.db, query, self.owners[node])
        return found[0] if found else {"valid": 0, "lost": 0, "blocked": None}

    def settle(self) -> None:
        while system.service(self.db, "select public.settle_checks() as n")[0]["n"]:
            pass

    def take(self, node: str, limit: int = 8) -> list[Row]:
        return assign(self.db, limit, node)

    def tell(self, chunks: list[Row], lie: float = 0.0) -> list[str]:
        """Hand results in; each chunk's is its own, and a lie is off by that much."""
        sent = [entry(chunk, meanDps=truth(chunk) + lie) for chunk in chunks]
        found = [answer["outcome"] for answer in complete(self.db, sent)]
        self.settle()
        return found


def truth(chunk: Row) -> float:
    return 100.0 + int(chunk["seed_offset"]) / 1e5


def public_job(db: psycopg.Connection, replication: str, chunks: int = 1) -> str:
    made = create_job(db, new_user(db), 1000 * chunks, access="public", replication=replication)
    return str(made["jobId"])


def verdicts(db: psycopg.Connection) -> list[tuple[str, str | None]]:
    return [(each["reason"], each["verdict"]) for each in rows(db, "select * from private.checks order by opened_at")]


def mean(db: psycopg.Connection, made: str) -> float:
    return float(job(db, made)["result"]["meanDps"])
