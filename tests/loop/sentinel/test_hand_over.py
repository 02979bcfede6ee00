"""Work that is assigned reaches those who wait for it as they would have found it themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from loop.sentinel import hand_over
from loop.sentinel.hand_over import Assigned, answer_with
from loop.sentinel.heartbeats import Beat, Heartbeats
from tests.loop.sentinel.programs import status, until

WAYS: dict[str, dict[str, object]] = {
    "inputs beside": {"inputs": []},
    "inputs within": {},
    "no inputs": {"embed": False},
}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Beat]:
    """Whoever asks the database."""
    asked: list[Beat] = []
    ask = Heartbeats.ask

    async def watched(self: Heartbeats, beat: Beat) -> Any:
        asked.append(beat)
        return await ask(self, beat)

    monkeypatch.setattr(Heartbeats, "ask", watched)
    return asked


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_who_waits_gets_what_he_would_have_found(
    way: dict[str, object], node: Any, sentinel: str, database: Any, looks: list[Beat]
) -> None:
    node.beat()
    looks.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(node.post, "/nodes/heartbeat", {"wait": 20, **way})
        until(lambda: status(sentinel)["waitingNodes"] == 1 and len(looks) == 1)
        database.as_user("select public.create_job('{\"x\": 0.12345678901234567890123}', 2500)")
        handed = waiting.result()
    assert len(looks) == 1
    found = node.post("/nodes/heartbeat", way)
    assert handed.json() == found.json()
    assert len(handed.json()["chunks"]) == 3
    assert ("0.12345678901234567890123" in handed.text) == ("embed" not in way)


def test_everybody_who_waits_is_given_his_own(
    sentinel: str, new_node: Callable[[], Any], database: Any, looks: list[Beat]
) -> None:
    callers = [new_node() for _ in range(12)]
    for caller in callers:
        database.claim(caller.register()["claimCode"])
        caller.beat()
    looks.clear()
    with ThreadPoolExecutor(12) as pool:
        waiting = [pool.submit(caller.beat, wait=20, inputs=[]) for caller in callers]
        until(lambda: status(sentinel)["waitingNodes"] == 12 and len(looks) == 12)
        database.submit(12_000, baseDps=1)
        given = [[chunk["chunkId"] for chunk in answer.result()["chunks"]] for answer in waiting]
    assert [len(chunks) for chunks in given] == [1] * 12
    held = database.rows(
        "select c.id::text, n.public_key from public.jobs_chunks c join public.nodes n on n.id = c.node_id"
    )
    assert {row["id"]: row["public_key"] for row in held} == {
        chunk: caller.public for caller, [chunk] in zip(callers, given, strict=True)
    }
    assert len(looks) == 12


def test_a_script_is_fetched_by_the_node_itself(node: Any, sentinel: str, database: Any, looks: list[Beat]) -> None:
    rotation = database.as_user(
        "insert into public.rotations (user_id, slug, name, script, spec_id)"
        " values (auth.uid(), 'r', 'R', 'cast fireball', 1) returning id"
    )
    node.beat()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(node.beat, wait=20, inputs=[])
        until(lambda: status(sentinel)["waitingNodes"] == 1 and len(looks) == 2)
        database.submit(1000, rotationId=str(rotation))
        assert list(waiting.result()["scripts"].values()) == ["cast fireball"]


# What an answer is made of

KNOWN = '{"id": "n", "chunks": [], "configs": {}, "scripts": {}, "cancelled": []}'
HASH = "a" * 64


def assigned(config: str | None = '{"x": 1.0}', checksum: str | None = None) -> Assigned:
    rotation = checksum and {"id": "r", "version": 1, "checksum": checksum}
    return Assigned({"chunkId": "c", "configHash": HASH, "rotation": rotation}, config)


def test_a_config_that_the_node_has_is_not_sent_again() -> None:
    for inputs, configs in (([], {HASH: {"x": 1.0}}), ([HASH], {})):
        answer = answer_with(Beat("key", inputs=inputs), KNOWN, [assigned(), assigned()])
        assert answer is not None
        assert json.loads(answer)["configs"] == configs
        assert len(json.loads(answer)["chunks"]) == 2


@pytest.mark.parametrize(
    ("beat", "known", "chunk"),
    [
        (Beat("key", inputs=[]), KNOWN, assigned(checksum="b")),
        (Beat("key"), KNOWN, assigned(checksum="b")),
        (Beat("key", inputs=[]), KNOWN, assigned(None)),
        (Beat("key", inputs=[]), KNOWN, assigned("1" * (hand_over.MOST_INPUTS + 1))),
        (Beat("key", inputs=[]), KNOWN.replace("[]", "[1]", 1), assigned()),
    ],
    ids=["script beside", "script within", "no config", "too much", "others held"],
)
def test_where_the_rows_do_not_say_all_the_node_looks_itself(beat: Beat, known: str, chunk: Assigned) -> None:
    assert answer_with(beat, known, [chunk]) is None


def test_a_script_that_the_node_has_keeps_nobody() -> None:
    for beat in (Beat("key", inputs=["b"]), Beat("key", embed=False)):
        assert answer_with(beat, KNOWN if beat.inputs else '{"chunks": [], "cancelled": []}', [assigned(checksum="b")])
