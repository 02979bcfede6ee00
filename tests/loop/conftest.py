"""The loop's parts for a test: a sentinel over a database at head, a signed-in user, and nodes that speak HTTP."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import conninfo
from psycopg.rows import dict_row

from dbtools.postgres.connection import acting_as
from loop.sentinel import SentinelOptions, background
from loop.signing import public_key_text, sign
from tests.conftest import Connect

ABOUT = {"hostname": "box", "totalCores": 4, "enabledCores": 2, "platform": "linux x86_64", "version": "1.0"}


class Database:
    """The database as its owner sees it, and what a signed-in user does in it."""

    def __init__(self, owner: psycopg.Connection) -> None:
        self.owner = owner
        self.user = str(uuid.uuid4())
        owner.execute("insert into auth.users (id, email) values (%s, %s)", [self.user, f"{self.user}@example.org"])

    def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        with self.owner.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), parameters).fetchall()

    def row(self, statement: str, *parameters: object) -> dict[str, Any]:
        [row] = self.rows(statement, *parameters)
        return row

    def change(self, statement: str, *parameters: object) -> None:
        self.owner.execute(statement.encode(), parameters)

    def as_user(self, statement: str, *parameters: object) -> Any:
        """The one value that a statement gives the signed-in user."""
        with acting_as(self.owner, "authenticated", {"sub": self.user}):
            row = self.owner.execute(statement.encode(), parameters).fetchone()
        assert row is not None
        return row[0]

    def let_leases_run_out(self) -> None:
        """As if nobody had heard of the running chunks for long."""
        self.change("update public.jobs_chunks set lease_expires_at = now() - interval '1 second'")

    def submit(self, iterations: int, **config: object) -> str:
        job = self.as_user("select public.create_job(%s::jsonb, %s)", json.dumps(config), iterations)
        return str(job["jobId"])

    def claim(self, code: str, max_parallel: int = 4) -> None:
        found = self.as_user("select public.verify_claim_code(%s)", code)
        self.as_user("select public.claim_node(%s, 'mine', %s)", found["nodeId"], max_parallel)

    def until(self, statement: str, *parameters: object, seconds: float = 20) -> dict[str, Any]:
        """The first row that a statement gives, as soon as it gives one."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if rows := self.rows(statement, *parameters):
                return rows[0]
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} s: {statement}")


class Caller:
    """A node as the sentinel sees it: a key, and signed requests."""

    def __init__(self, url: str) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.public = public_key_text(self.key)
        self.url = url
        self._tick = int(time.time())

    def post(self, path: str, body: object) -> httpx.Response:
        """A signed call; what is not bytes goes as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        # Seconds apart, for equal requests of one second count as a replay.
        self._tick += 1
        headers = sign(self.key, "POST", path, content, min(self._tick, int(time.time()) + 290))
        return httpx.post(self.url + path, content=content, headers=headers, timeout=40)

    def register(self) -> dict[str, Any]:
        answer = self.post("/nodes/register", ABOUT)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def beat(self, **fields: object) -> dict[str, Any]:
        answer = self.post("/nodes/heartbeat", {"status": "online", **fields})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def chunks(self, number: int) -> list[dict[str, Any]]:
        """That many chunks to compute, the job's first one first.

        It may take a second heartbeat: what the scheduler is assigning in this very moment is in nobody's answer yet.
        """
        deadline = time.monotonic() + 20
        while len(found := self.beat()["chunks"]) < number:
            assert time.monotonic() < deadline, f"{len(found)} chunks in 20 s"
        return sorted(found, key=lambda chunk: int(chunk["seedOffset"]))


@pytest.fixture
def database(head_url: str, connect: Connect) -> Database:
    return Database(connect(head_url))


@pytest.fixture
def sentinel_options(head_url: str, database: Database) -> SentinelOptions:
    """For a login of the sentinel's own, made by the project's owner as the documentation says."""
    if not database.rows("select 1 from pg_roles where rolname = 'sentinel'"):
        database.change("create role sentinel login in role service_role")
    return SentinelOptions(conninfo.make_conninfo(head_url, user="sentinel"), port=0)


@pytest.fixture
def sentinel(sentinel_options: SentinelOptions) -> Iterator[str]:
    """The base URL of a sentinel whose first assignment pass is done."""
    with background(sentinel_options) as url:
        wait_until_ready(url)
        yield url


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + 20
    while httpx.get(url + "/ready").status_code != 200:
        assert time.monotonic() < deadline, "the sentinel is not ready within 20 s"
        time.sleep(0.02)


@pytest.fixture
def ready() -> Callable[[str], None]:
    return wait_until_ready


@pytest.fixture
def new_node(sentinel: str) -> Callable[[], Caller]:
    """Make a node that nobody has registered."""
    return lambda: Caller(sentinel)


@pytest.fixture
def node(sentinel: str, database: Database) -> Caller:
    """A registered node, claimed by the signed-in user."""
    caller = Caller(sentinel)
    database.claim(caller.register()["claimCode"])
    return caller
