"""The programs that compute chunks, in any language.

For each chunk a program reads one line from standard input, `{"config": {…}, "iterations": 1000, "seedOffset": 0}`, and
writes one to standard output: `{"meanDps", "stdDps", "minDps", "maxDps", "iterations"}`, or `{"error": "why not"}`. It
may stay for the next chunk, or exit with 0; then it is started again. Any other end is the chunk's failure. Standard
error is the node's own. Standard input ends when the node needs the program no more.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from loop.errors import LoopError

# Bytes of an answer's line.
_LONGEST = 1_000_000


class SimulationError(LoopError):
    """A simulation did not give a result; the message says why."""

    code = "simulation"


class Program:
    """One process, started when there is something to compute; it computes one chunk at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None

    async def compute(self, config: dict[str, Any], iterations: int, seed_offset: int) -> dict[str, Any]:
        """A chunk's result.

        Cancelled, it kills the process: a program cannot be told to stop computing.

        Raises:
            SimulationError: the program cannot be started, ends without an answer, or answers with an error.
        """
        question = json.dumps({"config": config, "iterations": iterations, "seedOffset": seed_offset}).encode() + b"\n"
        try:
            used = self._process is not None
            line, code = await self._ask(question)
            if not line and code == 0 and used:
                # It had ended after its last answer, as it may.
                line, code = await self._ask(question)
        except asyncio.CancelledError:
            self.kill()
            raise
        except (OSError, ValueError) as error:
            self.kill()
            raise SimulationError(f"{self._command[0]}: {error}") from error
        if not line:
            raise SimulationError(f"the program ended without an answer, with exit code {code}")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise SimulationError("the program's answer is no JSON object")
        if "error" in answer:
            raise SimulationError(str(answer["error"]))
        return answer

    async def _ask(self, question: bytes) -> tuple[bytes, int | None]:
        """The answer's line; without one, the process has ended with that code."""
        if self._process is None:
            # A session of its own: Ctrl-C in the terminal is the node's to hear.
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LONGEST,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        process = self._process
        assert process.stdin is not None  # noqa: S101 -- both are pipes
        assert process.stdout is not None  # noqa: S101
        with suppress(ConnectionError):
            process.stdin.write(question)
            await process.stdin.drain()
        line = await process.stdout.readline()
        if line:
            return line, None
        self._process = None
        return b"", await process.wait()

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process = None

    async def close(self) -> None:
        """Let the process end, which is idle."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            try:
                async with asyncio.timeout(5):
                    await self._process.wait()
            except TimeoutError:
                self.kill()
