"""The programs that compute chunks, in any language: docs/reference/program-protocol.md, seen from the node.

JSON-RPC 2.0, one message a line: the node asks on standard input, the program answers on standard output, which is for
answers only. Each question has an id that cannot be guessed, and an answer must repeat it. So nothing that a program
says about one chunk can ever be taken for another one's answer: what is no answer to the question at hand ends the
process.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from loop.node.limits import MEGABYTE, Limits
from loop.node.memory import MemoryWatch
from loop.node.process import LONGEST_LINE, GuardedProcess, SimulationError
from loop.strict_json import no_key_twice, no_number

# Characters of a stray line, and of standard error, that go into a failure's reason.
_SHOWN, _LAST_WORDS = 80, 500
_SEE = "see docs/reference/program-protocol.md"


@dataclass(frozen=True)
class Command:
    """What to start.

    Attributes:
        words: the program and its arguments.
        one_shot: whether each chunk gets a process of its own, whose standard input ends after the question and whose
            whole output is the answer.
        environment: what it gets beside the node's own environment.
    """

    words: Sequence[str]
    one_shot: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


class BadAnswerError(SimulationError):
    """The process gave no answer to its question; a process that was just started may do better."""


class EndedError(BadAnswerError):
    """The process has ended by itself with exit code 0, as it may after its last answer."""


class Program:
    """Computes one chunk at a time, in a process that is started when there is something to compute."""

    def __init__(self, command: Command, watch: MemoryWatch, say: Callable[[str], None]) -> None:
        self._command = command
        self._watch = watch
        self._say = say
        self._process: GuardedProcess | None = None
        self._idle: asyncio.Task[None] | None = None

    async def compute(
        self, config: dict[str, Any], iterations: int, seed_offset: int, limits: Limits
    ) -> dict[str, Any]:
        """A chunk's result.

        However this ends without one, the process and all that it started are gone by then. What goes wrong in a
        process that has computed other chunks before is tried once more in a new one: it may not be this chunk's fault.

        Raises:
            SimulationError: the program cannot be started, breaks a limit, ends without an answer, says what is none,
                or answers with an error.
        """
        params = {"config": config, "iterations": iterations, "seedOffset": seed_offset}
        try:
            async with asyncio.timeout(None if math.isinf(limits.seconds) else limits.seconds):
                used = await self._stop_listening()
                try:
                    result = await self._ask(params, limits)
                except BadAnswerError as error:
                    if not used:
                        raise
                    if not isinstance(error, EndedError):
                        self._say(f"the program is started anew, for another try at this chunk: {error.message}")
                    await self.end()
                    result = await self._ask(params, limits)
        except TimeoutError:
            await self.end()
            raise SimulationError(f"it was not computed within {limits.seconds:g} seconds") from None
        except BaseException:
            await self.end()
            raise
        if self._process is not None:
            self._idle = asyncio.create_task(self._listen(self._process))
        return result

    async def end(self) -> None:
        """End the process, and wait until it is gone with everything that it started."""
        await self._stop_listening()
        if self._process is not None:
            process, self._process = self._process, None
            await process.end()

    async def close(self) -> None:
        """Let the process end, which is idle; it has a second."""
        if self._process is not None:
            self._process.input.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._process.ended()
        await self.end()

    async def _listen(self, process: GuardedProcess) -> None:
        """Between two chunks nobody has asked anything: whatever the program says is one word too many."""
        with suppress(OSError):
            if word := await process.output.read(_SHOWN):
                self._say(f"the program is started anew: nobody had asked when it wrote {_shown(word)}; {_SEE}")
        self._process = None
        await process.end()

    async def _stop_listening(self) -> bool:
        """Whether there is a process that has said nothing since its last answer."""
        if self._idle is not None:
            if self._process is not None:
                self._idle.cancel()
            await asyncio.wait({self._idle})
            self._idle = None
        return self._process is not None

    async def _ask(self, params: dict[str, Any], limits: Limits) -> dict[str, Any]:
        if self._process is None:
            self._process = await GuardedProcess.start(self._command.words, {**os.environ, **self._command.environment})
        process = self._process
        id_ = secrets.token_hex(8)
        question = {"jsonrpc": "2.0", "id": id_, "method": "simulate", "params": params}
        answer = asyncio.create_task(self._exchange(process, json.dumps(question, allow_nan=False).encode() + b"\n"))
        tasks: set[asyncio.Task[Any]] = {answer}
        if limits.memory:
            tasks.add(asyncio.create_task(self._watch.exceeded(process.guard, limits.memory)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise SimulationError(f"it took more than {limits.memory / MEGABYTE:,.0f} MB of memory")
            text = answer.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        return read_answer(text, id_)

    async def _exchange(self, process: GuardedProcess, question: bytes) -> bytes:
        """Ask, and wait for the answer: the next line, or all the output of a process that is used once.

        Raises:
            BadAnswerError: the process ended without one.
        """
        # It may have ended, or closed its input: what it said is read all the same.
        with suppress(ConnectionError):
            process.input.write(question)
            await process.input.drain()
        try:
            if self._command.one_shot:
                process.input.close()
                text = await process.output.read(LONGEST_LINE + 1)
                while len(text) <= LONGEST_LINE and (more := await process.output.read(LONGEST_LINE + 1)):
                    text += more
            else:
                text = await process.output.readline()
        except ValueError:
            text = b"x" * (LONGEST_LINE + 1)
        if len(text) > LONGEST_LINE:
            raise BadAnswerError(f"the program's answer has more than {LONGEST_LINE:,} bytes")
        if text and not self._command.one_shot:
            return text
        how = await process.ended()
        self._process = None
        if text and how == "with exit code 0":
            return text
        said = process.last_words()[-_LAST_WORDS:]
        what = "after its answer" if text else "without an answer"
        kind = EndedError if how == "with exit code 0" else BadAnswerError
        raise kind(f"the program ended {what}, {how}" + (f": {said}" if said else ""))


def read_answer(text: bytes, id_: str) -> dict[str, Any]:
    """The result in an answer to the question with that id.

    Raises:
        SimulationError: the answer is an error.
        BadAnswerError: it is no answer to that question.
    """
    try:
        answer = json.loads(text, object_pairs_hook=no_key_twice, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(f"the program wrote what is no answer: {_shown(text)} ({error}); {_SEE}") from None
    if not isinstance(answer, dict) or answer.get("jsonrpc") != "2.0" or "id" not in answer:
        raise BadAnswerError(f"the program's answer is no JSON-RPC 2.0 response: {_shown(text)}; {_SEE}")
    match answer:
        case {"error": {"message": str(message)}} if answer["id"] == id_ and "result" not in answer:
            raise SimulationError(message or "the program gave no reason")
        case {"id": found} if found != id_:
            raise BadAnswerError(f"the program's answer has the id of another question: {_shown(text)}; {_SEE}")
        case {"result": dict(result)} if "error" not in answer:
            return result
    raise BadAnswerError(f"the program's answer has neither a result nor an error: {_shown(text)}; {_SEE}")


def python_command(simulation: str) -> Command:
    """The command that computes with a function in Python, see `loop.node.simulation`."""
    paths = os.pathsep.join(filter(None, sys.path))
    return Command([sys.executable, "-m", "loop.node.python_program", simulation], environment={"PYTHONPATH": paths})


def _shown(text: bytes) -> str:
    return repr(text.decode(errors="replace")[:_SHOWN])
