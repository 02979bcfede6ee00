"""The protocol between node and program, with real programs."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from dbtools.project import Project
from loop.node.limits import Limits
from loop.node.memory import MemoryWatch
from loop.node.process import SimulationError
from loop.node.program import Command, Program, read_answer

# A program that says who asked; what a test does to it comes before, within or after its answer.
ANSWERS = """
import json, os, sys, time
{before}
for line in sys.stdin:
    question = json.loads(line)
    answer = {{"jsonrpc": "2.0", "id": question["id"], "result": {{"seed": question["params"]["seedOffset"]}}}}
    {within}
    print(json.dumps(answer), flush=True)
    {after}
"""


def source(before: str = "", within: str = "", after: str = "") -> str:
    return ANSWERS.format(before=before, within=within, after=after)


def compute(code: str, *seeds: int, one_shot: bool = False, pause: float = 0) -> tuple[list[object], list[str]]:
    """What each of these chunks comes to, a failure as its words, one after the other; and what the node was told."""
    said: list[str] = []

    async def all_of_them() -> list[object]:
        program = Program(Command([sys.executable, "-c", code], one_shot), MemoryWatch(), said.append)
        found: list[object] = []
        for seed in seeds:
            try:
                found.append((await program.compute({}, 1, seed, Limits(30))).get("seed"))
            except SimulationError as error:
                found.append(error.message)
            await asyncio.sleep(pause)
        await program.close()
        return found

    return asyncio.run(all_of_them()), said


def test_a_program_stays_for_many_questions_or_ends_after_each() -> None:
    assert compute(source(before="n = os.getpid()"), 1, 2, 3) == ([1, 2, 3], [])
    assert compute(source(after="sys.exit()"), 1, 2, 3) == ([1, 2, 3], [])


@pytest.mark.parametrize("pause", [0, 0.05], ids=["at once", "later"])
@pytest.mark.parametrize(
    "after",
    [
        "print(flush=True)",
        "print('Simulated!', flush=True)",
        "print(json.dumps(answer), flush=True)",
        "print('half a line', end='', flush=True)",
        "os.write(1, b'\\xff\\n' * 100_000)",
    ],
    ids=["empty line", "words", "the answer again", "half a line", "a flood"],
)
def test_a_word_too_many_never_reaches_another_chunk(after: str, pause: float) -> None:
    """Before the next question or after it: the process is ended, and a new one gets the question."""
    found, said = compute(source(after=after), 1, 2, 3, 4, pause=pause)
    assert found == [1, 2, 3, 4]
    assert any("the program is started anew" in line for line in said)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (source(before="print('Fight 1.0', flush=True)"), r"what is no answer: 'Fight 1.0\\n'"),
        (source(before="print(flush=True)"), r"what is no answer: '\\n'"),
        (source(within="answer['id'] = 'x'"), "the id of another question"),
        (source(within="answer['id'] = [answer['id']]"), "the id of another question"),
        (source(within="del answer['id']"), "is no JSON-RPC 2.0 response"),
        (source(within="del answer['jsonrpc']"), "is no JSON-RPC 2.0 response"),
        (source(within="answer = answer['result']"), "is no JSON-RPC 2.0 response"),
        (source(within="answer = [answer]"), "is no JSON-RPC 2.0 response"),
        (source(within="answer['result'] = 5"), "neither a result nor an error"),
        (source(within="answer['error'] = {'code': 1, 'message': 'x'}"), "neither a result nor an error"),
        (source(within="answer['result']['seed'] = float('nan')"), "NaN is no JSON"),
        (source(within="""print('{"id": 1, "id": 2}', flush=True)"""), "a key twice"),
        (source(within="print('[' * 100_000, flush=True)"), "what is no answer"),
        (source(within="answer['x'] = 'x' * 2_000_000"), "more than 1,000,000 bytes"),
        (source(within="sys.exit()"), "ended without an answer, with exit code 0"),
        (source(within="sys.exit('no such boss')"), "ended without an answer, with exit code 1: no such boss"),
        (source(within="sys.stderr.write('x' * 90_000 + 'why'); os.abort()"), "by SIGABRT: x{497}why"),
        (source(within="os.close(1); time.sleep(0.1); os._exit(3)"), "with exit code 3"),
    ],
)
def test_what_is_no_answer_fails_its_chunk_with_the_reason(code: str, reason: str) -> None:
    [found], _ = compute(code, 1)
    assert re.search(reason, str(found)), found


def test_an_error_is_the_chunks_own_and_the_process_stays() -> None:
    within = "answer = {**answer, 'error': {'code': 7, 'message': f'no {os.getpid()}'}}; del answer['result']"
    found, said = compute(source(within=within), 1, 2)
    assert all(re.fullmatch(r"no \d+", str(one)) for one in found)
    assert said == []


def test_a_chunk_that_breaks_a_used_process_is_tried_once_more_and_then_fails(tmp_path: Path) -> None:
    within = f"open({str(tmp_path / 'tries')!r}, 'a').write('x')\n    if answer['result']['seed'] == 2: os._exit(9)"
    found, _ = compute(source(within=within), 1, 2, 3)
    assert found[0] == 1
    assert "exit code 9" in str(found[1])
    assert found[2] == 3
    assert (tmp_path / "tries").read_text() == "xxxx"


ONE_SHOT = """
import json, sys, os
question = json.load(sys.stdin)
answer = {{"jsonrpc": "2.0", "id": question["id"], "result": {{"seed": question["params"]["seedOffset"]}}}}
{before}
print(json.dumps(answer, indent=2))
{after}
"""


def test_a_one_shot_program_reads_all_its_input_and_all_its_output_counts() -> None:
    assert compute(ONE_SHOT.format(before="", after=""), 1, 2, one_shot=True)[0] == [1, 2]
    for trouble, reason in (
        ({"before": "print('Fight 1.0')", "after": ""}, "what is no answer: 'Fight 1.0"),
        ({"before": "", "after": "print('bye')"}, "what is no answer"),
        ({"before": "", "after": "sys.exit(4)"}, "the program ended after its answer, with exit code 4"),
        ({"before": "print(' ' * 3_000_000)", "after": ""}, "more than 1,000,000 bytes"),
        ({"before": "sys.exit('no fight')", "after": ""}, "without an answer, with exit code 1: no fight"),
    ):
        [found], _ = compute(ONE_SHOT.format(**trouble), 1, one_shot=True)
        assert reason in str(found)


def test_the_documented_program_of_fifteen_lines_works(project: Project, tmp_path: Path) -> None:
    page = (project.root / "docs/reference/program-protocol.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(code.splitlines()) == 15
    (tmp_path / "fight").write_text(code)
    command = Command([sys.executable, str(tmp_path / "fight")])

    async def results() -> tuple[dict[str, Any], str]:
        program = Program(command, MemoryWatch(), lambda _: None)
        result = await program.compute({"baseDps": 900}, 400, 1000, Limits())
        with pytest.raises(SimulationError) as caught:
            await program.compute({}, 400, 1000, Limits())
        await program.close()
        return result, caught.value.message

    result, trouble = asyncio.run(results())
    assert result["meanDps"] == pytest.approx(900, rel=0.05)
    assert result["minDps"] < result["meanDps"] < result["maxDps"]
    assert result["iterations"] == 400
    assert trouble == "KeyError('baseDps')"


def test_the_documented_messages_are_what_is_spoken(project: Project) -> None:
    page = (project.root / "docs/reference/program-protocol.md").read_text()
    [answer] = re.findall(r"^← (.*)$", page, re.MULTILINE)
    assert read_answer(answer.encode(), "9f86d081884c7d65")["iterations"] == 1000
    said = "print(json.dumps(sorted(question)), json.dumps(sorted(question['params'])), file=sys.stderr); os._exit(1)"
    [found], _ = compute(source(within=said), 1)
    assert '["id", "jsonrpc", "method", "params"] ["config", "iterations", "seedOffset"]' in str(found)


def test_programs_of_one_node_are_asked_at_the_same_time() -> None:
    """Each gets its own answer, whoever is done first; several share one look at the memory."""
    slow = source(within="time.sleep(question['params']['seedOffset'] % 3 / 20)")

    async def all_of_them() -> list[int]:
        watch = MemoryWatch()
        programs = [Program(Command([sys.executable, "-c", slow]), watch, lambda _: None) for _ in range(4)]
        limits = Limits(30, 500_000_000)
        found = []
        for first in range(0, 20, 4):
            asked = (program.compute({}, 1, first + n, limits) for n, program in enumerate(programs))
            found += [answer["seed"] for answer in await asyncio.gather(*asked)]
        await asyncio.gather(*(program.close() for program in programs))
        return found

    assert asyncio.run(all_of_them()) == list(range(20))


def test_the_limits_are_the_smaller_ones() -> None:
    node = Limits(100.0, 200_000_000)
    assert node.of({}) == node
    assert node.of({"chunkLimits": {"timeoutSeconds": 5, "memoryMb": 50}}) == Limits(5.0, 50_000_000)
    assert node.of({"chunkLimits": {"timeoutSeconds": 500, "memoryMb": 500}}) == node
    assert Limits().of({"chunkLimits": {"memoryMb": 0.5}}) == Limits(memory=500_000)
    for wrong in (5, {"timeoutSeconds": 0}, {"timeoutSeconds": "5"}, {"memoryMb": True}, {"memoryMb": -1}):
        with pytest.raises(SimulationError, match="chunkLimits"):
            node.of({"chunkLimits": wrong})
