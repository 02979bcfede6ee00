"""examples/portal at a running API, and a player whose jobs are in every state."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dbtools.postgres.connection import acting_as
from tests.support import system
from tests.support.lite import Api
from tests.support.serving import serving

FOLDER = Path(__file__).parents[2] / "examples/portal"
PASSWORD = "correct horse battery"
HOSTILE = ("<script>document.title='owned'</script>", "\u202eedoc-lived", "W" * 255)


@contextmanager
def served(api: Api) -> Iterator[str]:
    """The page's URL; in it the two settings are those of the API, as its README says."""
    index = (FOLDER / "index.html").read_text()
    index = index.replace("http://127.0.0.1:54321", api.url).replace("sb_publishable_YOURS", api.key)
    routes = [Route("/", lambda request: HTMLResponse(index)), Mount("/", StaticFiles(directory=FOLDER))]
    with serving(Starlette(routes=routes)) as url:
        yield url


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


class Player:
    """A signed-up user, and what happens to the user's jobs."""

    def __init__(self, api: Api, conn: psycopg.Connection, email: str = "") -> None:
        self.email = api.sign_up(PASSWORD, email)
        self.conn = conn
        self.id = str(system.value(conn, "select id from auth.users where email = %s", self.email))
        self.node = system.new_node(conn, self.id, capacity=64)

    def forget(self) -> None:
        """As if the player had never done anything."""
        self.conn.execute("delete from public.jobs where user_id = %s", [self.id])
        self.conn.execute("delete from public.rotations where user_id = %s", [self.id])
        self.conn.execute("delete from private.rates")

    def rotation(self, name: str) -> str:
        made = system.new_rotation(self.conn, self.id)
        self.conn.execute("update public.rotations set name = %s where id = %s", [name, made])
        return made

    def submit(self, iterations: int, **config: object) -> str:
        with acting_as(self.conn, "authenticated", {"sub": self.id}):
            made = system.value(
                self.conn,
                "select public.create_job(%s, %s, p_request_id => %s)",
                *(json.dumps(config), iterations, str(uuid.uuid4())),
            )
        return str(made["jobId"])

    def jobs(self) -> int:
        return int(system.value(self.conn, "select count(*) from public.jobs where user_id = %s", self.id))

    def take(self, number: int = 64) -> list[system.Row]:
        """What waits for the player's node."""
        return system.assign(self.conn, number, self.node)

    def tell(self, chunks: Sequence[system.Row], **numbers: Any) -> None:
        """Hand results in, each a little different."""
        entries = [
            system.entry(chunk, meanDps=1500.0 + place % 7, stdDps=60.0, minDps=1310.0, maxDps=1720.0, **numbers)
            for place, chunk in enumerate(chunks)
        ]
        system.complete(self.conn, entries)

    def fail(self, error: str) -> None:
        """Let all chunks of what waits fail for good."""
        while chunks := self.take():
            system.fail(self.conn, [system.failure(chunk, error) for chunk in chunks])
        # A node that fails gets little and waits for longer and longer; here it may go on.
        self.conn.execute("update public.nodes set backoff_until = null, quota = 64 where id = %s", [self.node])

    def paint(
        self, names: Sequence[str], error: str = "program exited with status 139", *, waiting: bool = True
    ) -> None:
        """A job in each state, with rotations of these names: cancelled, failed, done, half done, waiting."""
        rotations = [self.rotation(name) for name in names]
        cycled = cycle(reversed(rotations))
        cancelled = self.submit(20_000, baseDps=900, fightSeconds=60, rotationId=next(cycled))
        self.tell(self.take()[:3])
        with acting_as(self.conn, "authenticated", {"sub": self.id}):
            self.conn.execute("select public.cancel_job(%s)", [cancelled])
        self.submit(1_000, baseDps=1_500, fightSeconds=30, rotationId=next(cycled))
        self.fail(error)
        self.submit(50_000, baseDps=1_200, fightSeconds=300, critChance=0.25, rotationId=next(cycled))
        self.tell(self.take())
        self.submit(40_000, baseDps=1_400, fightSeconds=300, critChance=0.31, rotationId=next(cycled))
        self.tell(self.take(18))
        if waiting:
            self.submit(1_000_000, baseDps=1_100, fightSeconds=180)
