"""A program's process under its guard: started, listened to, and ended with everything that it has started."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from loop.errors import LoopError

_GUARD = Path(__file__).with_name("guard.py")
# Bytes of a line, and of what is kept of standard error.
LONGEST_LINE = 1_000_000
_KEPT = 2_000
# Seconds that a guard has to end its program, before the node does what it can by itself.
_PATIENCE = 1.5


class SimulationError(LoopError):
    """A simulation did not give a result; the message says why."""

    code = "simulation"


class GuardedProcess:
    """A running program; `start` makes one.

    Attributes:
        guard: the process id of its guard, of which everything that belongs to the program descends.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reports: asyncio.StreamReader,
        guard: asyncio.StreamWriter,
    ) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018, S101 -- all are pipes
        self.guard = process.pid
        self.input = process.stdin
        self.output = process.stdout
        self._process = process
        self._reports = reports
        self._hold = guard
        self._program = 0
        self._said = b""
        self._errors = asyncio.create_task(self._keep_errors(process.stderr))
        self._ending: asyncio.Task[str] | None = None

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str]) -> GuardedProcess:
        """Start a program.

        Raises:
            SimulationError: it cannot be started.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-S", str(_GUARD), str(theirs.fileno()), *command),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    limit=LONGEST_LINE,
                    # Ctrl-C in the terminal is the node's to hear.
                    start_new_session=True,
                    pass_fds=(theirs.fileno(),),
                    env=environment,
                )
            reports, guard = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            raise
        started = cls(process, reports, guard)
        try:
            report = (await reports.readline()).decode(errors="replace").strip()
        except asyncio.CancelledError:
            await started.end()
            raise
        word, _, rest = report.partition(" ")
        if word == "started":
            started._program = int(rest)
            # Once it has ended, so has its output, whoever holds it open; and nobody has to ask for that.
            started._ending = asyncio.create_task(started._wait())
            return started
        await started.end()
        raise SimulationError(f"{command[0]}: {rest or started.last_words() or 'it cannot be started'}")

    async def ended(self) -> str:
        """Wait until the program and all that it started have ended; how it ended, for a sentence."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._wait())
        return await asyncio.shield(self._ending)

    async def end(self) -> None:
        """Kill the program and all that it started, and wait until they are gone."""
        self._hold.write_eof()  # and the guard's report can still be read
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.ended()
        except TimeoutError:
            self._kill()
            await self.ended()

    def last_words(self) -> str:
        """The end of what the program wrote to standard error."""
        return self._said.decode(errors="replace").strip()

    async def _wait(self) -> str:
        lines: list[bytes] = []
        # Until the guard has ended, and with it its end of the socket.
        with suppress(OSError):
            lines = (await self._reports.read()).splitlines()
        report: list[str] = []
        for line in lines:
            word, *rest = line.decode(errors="replace").split()
            if word == "started":
                self._program = int(rest[0])
            else:
                report = [word, *rest]
        if not report:
            # The guard has been killed; where the program did not die with it, it is ended here.
            self._kill()
        self._hold.close()
        ended = asyncio.create_task(self._process.wait())
        # Both wait for whoever holds a pipe open. Nobody is left to, except who could not be found (see the guard).
        await asyncio.wait({ended, self._errors}, timeout=0.5)
        self._process._transport.close()  # type: ignore[attr-defined]
        self._errors.cancel()
        await asyncio.wait({ended, self._errors})
        match report:
            case ["exit", code]:
                return f"with exit code {code}"
            case ["signal", number]:
                return f"by {_name(int(number))}"
        return "when its guard was killed"

    def _kill(self) -> None:
        if self._program:
            with suppress(OSError):
                os.killpg(self._program, signal.SIGKILL)
        with suppress(OSError):
            self._process.kill()

    async def _keep_errors(self, stream: asyncio.StreamReader) -> None:
        while piece := await stream.read(65_536):
            self._said = (self._said + piece)[-_KEPT:]
            sys.stderr.write(piece.decode(errors="replace"))
            sys.stderr.flush()


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
