"""Bad nights, by a seed: whatever becomes of sentinels, nodes, networks, clocks and the server, all jobs end right."""

from __future__ import annotations

import os
import random
import time
from contextlib import ExitStack
from pathlib import Path

from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS
from tests.figures.loop import answers, running
from tests.figures.troubles import TROUBLES, Nights
from tests.support.middle_box import middle_box
from tests.support.system import change_settings

CHUNKS = 30
SENTINELS = ("a", "b", "c")


def test_bad_nights_lose_and_double_nothing(tmp_path: Path, figure: Figure) -> None:
    # The same seed deals the same troubles in the same order; `DBTOOLS_SEED` repeats a run.
    seed = int(os.environ.get("DBTOOLS_SEED") or 20_261_128)
    began = time.monotonic()
    with running(tmp_path) as loop, ExitStack() as stack:
        with loop.connect() as conn:
            change_settings(conn, leader_lease="2 seconds")
        path = f"{loop.shadow.server.base}/.s.PGSQL.{loop.shadow.server.socket_port}"
        boxes = {name: stack.enter_context(middle_box(path)) for name in SENTINELS}
        nights = Nights(loop, boxes, random.Random(seed))
        for name in SENTINELS:
            nights.start(name)
        loop.until(lambda: all(answers(url) for url, _ in loop.sentinels.values()))
        for number in range(3):
            loop.start_node(number)
        for hand in nights.deal(COUNTS.troubles):
            done = loop.completed()
            loop.submit(CHUNKS)
            loop.until_completed(done + 3)
            with ExitStack() as troubles:
                for trouble in hand:
                    troubles.enter_context(trouble(nights))
                time.sleep(nights.draw.uniform(0.2, 3.0))
            loop.until(lambda: not loop.open_jobs())
        figure(
            "bad nights are survived",
            f"{COUNTS.troubles} troubles of {len(TROUBLES)} kinds in {time.monotonic() - began:.0f} s (seed {seed}), "
            f"{len(SENTINELS)} sentinels, 3 nodes, {nights.terms()} terms",
            **loop.outcome(),
            terms_with_two_writers=nights.terms_with_two_writers(),
        )
