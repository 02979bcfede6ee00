"""Whoever reports has new work at once: the leader gives it without a pass, and nobody else gives any."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from loop.sentinel import SentinelOptions, background
from loop.sentinel.assignments import BATCH, Assignments, Given
from loop.sentinel.leadership import Leadership
from loop.sentinel.metrics import Metrics
from loop.sentinel.refill import Refill
from tests.loop.conftest import Caller
from tests.loop.sentinel.programs import status, until

RESULT = {"meanDps": 1, "stdDps": 0, "minDps": 1, "maxDps": 1, "iterations": 1000}
KEYS = [chr(65 + number) * 43 + "=" for number in range(4)]


def result(chunk: dict[str, Any]) -> dict[str, Any]:
    return {"chunkId": chunk["chunkId"], "attemptToken": chunk["attemptToken"], "result": RESULT}


def work(caller: Caller, **fields: object) -> dict[str, Any]:
    answer = caller.post("/nodes/work", {"running": [], "inputs": [], **fields})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class Gate:
    """Lets passes assign, or not."""

    closed = False


@pytest.fixture
def passes_may(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate, to_all = Gate(), Assignments.to_all

    async def assign(self: Assignments, limit: int = BATCH) -> Given:
        return Given(0, {}, True) if gate.closed else await to_all(self, limit)

    monkeypatch.setattr(Assignments, "to_all", assign)
    return gate


@pytest.fixture
def busy_node(passes_may: Gate, node: Any, database: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A node with room for one chunk, and the one that it has; two more wait, and no pass assigns them."""
    database.change("update public.nodes set max_parallel = 1")
    database.submit(3000, baseDps=1)
    [chunk] = node.chunks(1)
    passes_may.closed = True
    yield node, chunk
    assert database.row("select max(attempts) as most from public.jobs_chunks")["most"] == 1


def test_a_result_is_answered_with_new_work(busy_node: tuple[Any, dict[str, Any]], database: Any) -> None:
    node, chunk = busy_node
    for _ in range(2):
        [following] = work(node, wait=20, results=[result(chunk)])["chunks"]
        assert following["chunkId"] != chunk["chunkId"]
        chunk = following
    work(node, results=[result(chunk)])
    assert database.row("select status from public.jobs")["status"] == "completed"


def test_a_result_of_the_older_call_brings_new_work_as_well(busy_node: tuple[Any, dict[str, Any]]) -> None:
    node, chunk = busy_node
    for _ in range(2):
        node.post("/chunks/complete", result(chunk))
        [chunk] = node.beat(wait=20)["chunks"]


def test_who_does_not_wait_finds_it_with_the_next_call(
    busy_node: tuple[Any, dict[str, Any]], database: Any, node: Any
) -> None:
    work(node, results=[result(busy_node[1])])
    database.until("select from public.jobs_chunks having count(*) filter (where status = 'running') = 1")
    assert len(work(node)["chunks"]) == 1


def test_a_node_that_goes_is_given_nothing(busy_node: tuple[Any, dict[str, Any]], database: Any, node: Any) -> None:
    work(node, status="offline", results=[result(busy_node[1])])
    node.beat(status="offline")
    assert database.rows("select from public.jobs_chunks where status = 'running'") == []


def test_many_that_report_at_once_are_given_each_chunk_once(
    passes_may: Gate, new_node: Callable[[], Any], database: Any
) -> None:
    callers = [new_node() for _ in range(8)]
    for number, caller in enumerate(callers):
        database.claim(caller.register()["claimCode"], 1 + number % 3)
        caller.beat()
    job = database.submit(30_000, baseDps=1)
    for caller in callers:
        caller.held = caller.beat(wait=20)["chunks"]
    passes_may.closed = True
    given: list[str] = []

    def drain(caller: Any) -> None:
        while caller.held or len(given) < 30:
            given.extend(chunk["chunkId"] for chunk in caller.held)
            answer = work(caller, wait=0.2, results=[result(chunk) for chunk in caller.held])
            assert {said["outcome"] for said in answer["results"]} == {"accepted"}
            caller.held = answer["chunks"]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(drain, callers))
    done = database.row("select status, completed_iterations from public.jobs where id = %s", job)
    assert done == {"status": "completed", "completed_iterations": 30_000}
    assert len(given) == len(set(given)) == 30
    assert database.rows("select distinct attempts from public.jobs_chunks") == [{"attempts": 1}]


def test_at_a_standby_new_work_comes_from_the_leader(
    sentinel_options: SentinelOptions, database: Any, ready: Callable[[str], None]
) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(background(sentinel_options))
        until(lambda: bool(status(first)["leader"]))
        second = stack.enter_context(background(sentinel_options))
        ready(second)
        assert not status(second)["leader"]
        node = Caller(second)
        database.claim(node.register()["claimCode"], 1)
        node.beat()
        database.submit(3000, baseDps=1)
        [chunk] = node.beat(wait=20)["chunks"]
        for _ in range(2):
            [chunk] = work(node, wait=20, results=[result(chunk)])["chunks"]
        # What was reported at one of them may be waited for at the other.
        node.post("/chunks/complete", result(chunk))
        database.submit(1000, baseDps=1)
        [chunk] = node.beat(wait=20)["chunks"]
        node.url = first
        node.post("/chunks/complete", result(chunk))
        node.url = second
        database.submit(1000, baseDps=1)
        assert len(node.beat(wait=20)["chunks"]) == 1


def test_under_an_ended_term_nothing_is_given_and_the_next_leader_gives_it(
    busy_node: tuple[Any, dict[str, Any]], database: Any, sentinel: str, passes_may: Gate
) -> None:
    node, chunk = busy_node
    database.change(
        "update private.leader set term = term + 1, holder = 'another', expires_at = now() + interval '1 hour'"
    )
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(work, node, wait=20, results=[result(chunk)])
        database.until("select from public.jobs_chunks where status = 'completed'")
        until(lambda: not status(sentinel)["leader"])
        assert database.rows("select from public.jobs_chunks where status = 'running'") == []
        passes_may.closed = False
        database.change("update private.leader set expires_at = now()")
        assert len(waiting.result()["chunks"]) == 1


# What becomes of a statement that does not fill everybody.


class Answers(Assignments):
    """Stands for the database: it gives these answers, one after the other."""

    def __init__(self, *answers: Given | Exception) -> None:
        self.asked: list[list[str]] = []
        self._answers = list(answers)

    async def to_all(self, limit: int = BATCH) -> Given:
        return await self.to_nodes([f"all for {limit}"])

    async def to_nodes(self, keys: Sequence[str]) -> Given:
        self.asked.append(list(keys))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Leads(Leadership):
    leading = True


class Follows(Leadership):
    leading = False


def passes(assignments: Answers, leadership: Leadership, rooms: Sequence[dict[str, int]]) -> int:
    """For how many passes is asked while so much room is reported, round by round."""
    asked = 0

    async def ask() -> None:
        nonlocal asked
        asked += 1

    async def run() -> None:
        refill = Refill(assignments, leadership, Metrics(), ask)
        for nodes in rooms:
            for key, room in nodes.items():
                refill.node(key, room)
            with suppress(OSError):
                await refill.step()

    asyncio.run(run())
    return asked


def test_those_that_report_meanwhile_are_the_next_statement() -> None:
    a, b, c, _ = KEYS
    database = Answers(Given(2, {a: 1, b: 1}, False), Given(1, {c: 1}, False))
    assert passes(database, Leads(), [{a: 1, b: 1}, {c: 1}]) == 0
    assert database.asked == [[a, b], [c]]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Given(1, {KEYS[0]: 1}, False), 0),
        (Given(1, {KEYS[0]: 1}, True), 1),
        (OSError("the network is gone"), 1),
    ],
    ids=["filled", "room left", "failed"],
)
def test_a_pass_is_asked_for_where_room_may_be_left(answer: Given | Exception, expected: int) -> None:
    assert passes(Answers(answer), Leads(), [{KEYS[0]: 2}]) == expected


def test_many_at_once_are_filled_with_all_others_until_nothing_fits() -> None:
    nodes = {str(number): 20 for number in range(65)}
    some = Given(1000, dict.fromkeys(nodes, 15) | {"another": 25}, True)
    database = Answers(some, Given(300, dict.fromkeys(nodes, 4), True))
    assert passes(database, Leads(), [nodes, {}]) == 0
    assert database.asked == [["all for 1000"], ["all for 325"]]


def test_who_does_not_lead_assigns_nothing_and_asks_for_a_pass() -> None:
    database = Answers()
    assert passes(database, Follows(), [{KEYS[0]: 1}]) == 1
    assert database.asked == []
