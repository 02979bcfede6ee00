"""The loop over HTTP while its parts are killed, stopped and cut off: every job ends, and every chunk counts once."""

from __future__ import annotations

from pathlib import Path

from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS
from tests.figures.loop import Cable, namespace, running

CHUNKS = 36


def test_killed_nodes_and_sentinels_and_a_crashed_server_lose_and_double_nothing(
    tmp_path: Path, figure: Figure
) -> None:
    with running(tmp_path) as loop:
        for name in ("a", "b"):
            loop.start_sentinel(name)
        for number in range(3):
            loop.start_node(number)
        for turn in range(COUNTS.chaos_rounds):
            done = loop.completed()
            loop.submit(CHUNKS)
            loop.until_completed(done + CHUNKS // 6)
            loop.kill_node(turn % 3)
            loop.until_completed(done + CHUNKS // 3)
            leader = loop.leader() or "a"
            loop.kill_sentinel(leader)
            loop.until_completed(done + CHUNKS // 2)
            loop.shadow.server.stop(immediate=True)
            loop.shadow.server.start()
            loop.start_sentinel(leader)
            loop.until(lambda: not loop.open_jobs())
        figure(
            "the loop over HTTP survives",
            f"{COUNTS.chaos_rounds} x a node killed, the leading sentinel killed, the server stopped `immediate`, "
            "3 nodes, 2 sentinels",
            **loop.outcome(),
        )


def test_a_leading_sentinel_that_is_cut_off_loses_and_doubles_nothing(tmp_path: Path, figure: Figure) -> None:
    with namespace() as far:
        to_database, to_nodes = Cable(far, 0), Cable(far, 1)
        with running(tmp_path, listen_addresses=f"127.0.0.1,{to_database.near}") as loop:
            with (loop.shadow.server.base / "data/pg_hba.conf").open("a") as access:
                access.write(f"host all all {to_database.far}/32 trust\n")
            with loop.connect() as conn:
                conn.execute("select pg_reload_conf()")
            name = loop.database.split("@/")[1].split("?")[0]
            url = f"postgresql://sentinel@{to_database.near}:{loop.shadow.server.port}/{name}"
            loop.start_sentinel("far", url, to_nodes.far, "ip", "netns", "exec", far)
            loop.until(lambda: loop.leader() == "far")
            loop.start_sentinel("near")
            for number in range(2):
                loop.start_node(number)
            for turn in range(COUNTS.chaos_rounds):
                done = loop.completed()
                loop.submit(CHUNKS)
                loop.until_completed(done + CHUNKS // 6)
                # From the database, so that another must lead; then from the nodes, so that they must turn to another.
                cable = (to_database, to_nodes)[turn % 2]
                cable.cut()
                loop.until(lambda: not loop.open_jobs())
                cable.mend()
            figure(
                "a cut network is survived",
                f"{COUNTS.chaos_rounds} x a sentinel cut off the database or the nodes, 2 nodes, 2 sentinels",
                **loop.outcome(),
            )
