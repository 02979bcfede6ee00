"""`make screenshots`: pictures of the pages for docs/pictures, of scenes that move; ARGS=portal takes one."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from playwright.sync_api import Page
from psycopg import conninfo

from dbtools import alembic_env
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from loop.sentinel import OperatorOptions, SentinelOptions
from loop.sentinel.server import background_pages
from tests.support import lite, portal_page
from tests.support.browser import chromium
from tests.support.scene import STORY, paint
from tests.support.terminal import record

FOLDER = Path(__file__).parents[2] / "docs/pictures"
TOKEN = "a token for these pictures"
SECONDS = 90

# As if nodes had computed some more.
_MOVE = """
update public.jobs set completed_iterations = completed_iterations + %s
where id = (select j.id from public.jobs as j where j.status = 'pending' order by j.id limit 1)
"""


def main(*names: str) -> None:
    """Take the pictures of these pages, or of all."""
    for name in names or _PAGES:
        _PAGES[name]()


def operator() -> None:
    with Shadow() as shadow, chromium() as browser:
        url = shadow.create()
        alembic_env.upgrade(Project.find(Path(__file__).parent), url)
        with psycopg.connect(conninfo.make_conninfo(url, user=ADMIN), autocommit=True) as admin:
            admin.execute("create role sentinel login in role service_role")
            paint(admin)
            sentinel = conninfo.make_conninfo(url, user="sentinel")
            options = SentinelOptions(sentinel, port=0, operator=OperatorOptions(TOKEN, database_url=url))
            with background_pages(options) as pages:
                page = browser.new_page(viewport={"width": 1200, "height": 900})
                page.goto(pages)
                page.get_by_label("Token").fill(TOKEN)
                page.keyboard.press("Enter")
                until = time.monotonic() + SECONDS
                while time.monotonic() < until:
                    admin.execute(_MOVE, [random.randint(150, 420)])
                    page.wait_for_timeout(100)
                take(page, "operator-overview")
                page.goto(f"{pages}/#/job/{STORY}")
                page.wait_for_selector(".k-done")
                take(page, "operator-story")


def portal() -> None:
    """The player's page, with a job under way."""
    with (
        TemporaryDirectory() as folder,
        lite.serve(Path(folder)) as api,
        portal_page.served(api) as url,
        psycopg.connect(api.database_url, autocommit=True) as owner,
        chromium() as browser,
    ):
        player = portal_page.Player(api, owner, "player@example.org")
        player.paint(["Frost opener", "Shatter, two targets", "Frost opener, no pet"], waiting=False)
        page = browser.new_page(viewport={"width": 1200, "height": 780})
        page.goto(url)
        portal_page.sign_in(page, player.email)
        page.wait_for_selector(".pill.running")
        for _ in range(4):
            player.tell(player.take(2))
            page.wait_for_timeout(1500)
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur()")
        take(page, "portal")


def take(page: Page, name: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=FOLDER / f"{name}.png")


def terminal() -> None:
    record(FOLDER / "terminal.svg")


_PAGES = {"operator": operator, "portal": portal, "terminal": terminal}

if __name__ == "__main__":
    main(*sys.argv[1:])
