"""`python -m bench.operator`: the operator's first paint with 10,000 nodes and many chunks, and what it costs.

A sentinel with its pages over a painted scene; Chromium signs in once and then opens the overview anew. Chunks in the
thousand as the argument: `python -m bench.operator 1000`; a tenth of that by default.
"""

from __future__ import annotations

import statistics
import sys
import time

import psycopg
from psycopg import conninfo

from dbtools import alembic_env
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from loop.sentinel import OperatorOptions, SentinelOptions
from loop.sentinel.server import background_pages
from tests.support.browser import chromium
from tests.support.scene import Size, paint

TOKEN = "a token for this measurement"  # noqa: S105
ROUNDS = 7
# Seconds for which one page stays open, to see what it costs.
OPEN = 60


def main() -> None:
    """Measure and print: seconds to an icon, to the first tiles, to all figures; the share of the database's time."""
    thousands = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    # Half of the jobs are open, and only these have chunks.
    size = Size(nodes=10_000, jobs=4_000, chunks=thousands // 2)
    with Shadow() as shadow, chromium() as browser:
        url = shadow.create()
        alembic_env.upgrade(Project.find(), url)
        with psycopg.connect(conninfo.make_conninfo(url, user=ADMIN), autocommit=True) as admin:
            admin.execute("create role sentinel login in role service_role")
            paint(admin, size)
            [chunks] = admin.execute("select count(*) from public.jobs_chunks").fetchone() or [0]
        sentinel = conninfo.make_conninfo(url, user="sentinel")
        options = SentinelOptions(sentinel, port=0, operator=OperatorOptions(TOKEN, database_url=url))
        with background_pages(options) as pages:
            page = browser.new_page()
            page.set_default_timeout(60_000)
            page.goto(pages)
            page.get_by_label("Token").fill(TOKEN)
            page.keyboard.press("Enter")
            bare, tiles, figures = [], [], []
            for _ in range(ROUNDS):
                page.wait_for_selector(".tiles")
                began = time.perf_counter()
                page.goto(f"{pages}/static/icon.svg")
                bare.append(time.perf_counter() - began)
                page.goto("about:blank")
                began = time.perf_counter()
                page.goto(pages, wait_until="commit")
                page.wait_for_selector(".tiles")
                tiles.append(time.perf_counter() - began)
                page.get_by_text("Sessions").first.wait_for()
                figures.append(time.perf_counter() - began)
            time.sleep(OPEN)
            share = page.evaluate("fetch('/api/overview').then(a => a.json()).then(told => told.cost.share)")
    print(f"10,000 nodes, {chunks:,} chunks, medians of {ROUNDS}")
    print(f"an icon alone {statistics.median(bare):.2f} s")
    print(f"first tiles   {statistics.median(tiles):.2f} s")
    print(f"all figures   {statistics.median(figures):.2f} s")
    print(f"readings      {share:.2%} of one connection's time, since the sentinel started, with a page open")


if __name__ == "__main__":
    main()
