"""The chunks in a node's hands: each is seen through by a task of its own, from its program to its delivery."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from loop.backoff import Backoff
from loop.node.chunk import Chunk, Inputs, check_rotation
from loop.node.client import ApiClient, RefusedError, SentinelClient, UnreachableError
from loop.node.delivery import Delivery
from loop.node.limits import Limits
from loop.node.process import SimulationError
from loop.node.program import Program

Say = Callable[[str], None]
T = TypeVar("T")

# What the config of a job may name, that only nodes with just this version are to compute it.
ENGINE_VERSION = "engineVersion"
# Characters of a failure's reason.
_LONGEST_REASON = 4000


@dataclass(frozen=True)
class Engine:
    """What computes: programs, one for each chunk at the same time; the limits on a chunk; the version, or ""."""

    programs: Sequence[Program]
    limits: Limits
    version: str = ""


class Work:
    """What a node has been given.

    Args:
        sentinel: where results go.
        api: where configs are fetched; None if they come with the chunks.
        engine: what computes.
        session: tells this process from another one with the same key.
        say: gets the progress, line by line.
    """

    def __init__(self, sentinel: SentinelClient, api: ApiClient | None, engine: Engine, session: str, say: Say) -> None:
        self._delivery = Delivery(sentinel, self._about, self._took)
        self._session = session
        self._api = api
        self._engine = engine
        self._say = say
        self._free: asyncio.Queue[Program] = asyncio.Queue()
        for program in engine.programs:
            self._free.put_nowait(program)
        self._chunks: dict[str, Chunk] = {}
        self._inputs = Inputs()
        # The attempts that are over for this node, whatever the sentinel still says of them.
        self._over: deque[str] = deque(maxlen=1000)
        # Set once the node stops: the time by which everything must be delivered.
        self._deadline: float | None = None
        self._stopping = asyncio.Event()
        self.delivered = 0

    def fields(self) -> dict[str, Any]:
        """What a heartbeat says of the work."""
        chunks = self._chunks.values()
        return {
            "running": [chunk.id for chunk in chunks],
            "attempts": [chunk.token for chunk in chunks],
            **({"inputs": self._inputs.names()} if self._api is None else {"embed": False}),
        }

    def _about(self) -> dict[str, Any]:
        """What is said while something is handed in; that is no longer running."""
        running = [chunk.id for chunk in self._chunks.values() if chunk.state != "computed"]
        if self._stopping.is_set():
            return {"status": "offline", "running": running, "session": self._session}
        return {"status": "online", **self.fields(), "running": running, "session": self._session}

    def _took(self, answer: Mapping[str, Any]) -> None:
        # What makes no sense is left to the next heartbeat: here it must not look as if nothing had been handed in.
        if not self._stopping.is_set():
            with suppress(UnreachableError):
                self.take(answer)

    def take(self, answer: Mapping[str, Any]) -> bool:
        """Begin the chunks of a heartbeat's answer that are new; whether there were any.

        What lacks its config or script is left for the next answer, which the sentinel gives because it is not told
        that the chunk has come.

        Raises:
            UnreachableError: a chunk makes no sense.
        """
        try:
            self._inputs.learn(answer)
            chunks = [Chunk.read(given) for given in answer.get("chunks", [])]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnreachableError(f"the sentinel sent a chunk that makes no sense: {error!r}") from error
        begun = [self._begin(chunk) for chunk in chunks]
        self._inputs.trim()
        return any(begun)

    def _begin(self, chunk: Chunk) -> bool:
        if known := self._chunks.get(chunk.id):
            # The same chunk given to this node once more: the result will be the same, only the token is new.
            known.token = chunk.token
            return False
        if chunk.token in self._over or not (self._inputs.complete(chunk) or self._api):
            return False
        self._chunks[chunk.id] = chunk
        chunk.task = asyncio.create_task(self._see_through(chunk))
        return True

    async def withdraw(self, ids: Sequence[str]) -> None:
        """End what is no longer wanted; when this returns, nothing is left of the programs that computed it."""
        # What is computed may just have been taken: then its own answer is on its way.
        unwanted = [chunk for id_ in ids if (chunk := self._chunks.get(id_)) and chunk.state != "computed"]
        await asyncio.gather(*(_end(chunk) for chunk in unwanted))
        for chunk in unwanted:
            self._say(f"chunk {chunk.label}: no longer wanted")

    async def abandon(self) -> None:
        """End everything, delivered or not: it is not this node's any more."""
        await asyncio.gather(*(_end(chunk) for chunk in list(self._chunks.values())))

    async def finish(self, seconds: float) -> None:
        """Hand back what has not begun, and finish and deliver the rest in so many seconds; then hand back that too."""
        # What is not done by then must still be handed back.
        self._deadline = time.monotonic() + seconds
        spare = min(5.0, seconds / 3)
        self._stopping.set()
        chunks = list(self._chunks.values())
        waiting = [chunk for chunk in chunks if chunk.state == "waiting"]
        self._say(f"stopping: {len(chunks) - len(waiting)} chunks to finish, {len(waiting)} left to others")
        back = asyncio.create_task(self._hand_back(waiting, "the node stopped before it began"))
        if tasks := [chunk.task for chunk in chunks if chunk.task and chunk not in waiting]:
            await asyncio.wait(tasks, timeout=seconds - spare)
        late = [chunk for chunk in self._chunks.values() if chunk.state == "computing"]
        await asyncio.gather(back, self._hand_back(late, "the node stopped before it was done"))
        if tasks:
            await asyncio.wait(tasks, timeout=max(0.0, self._deadline - time.monotonic()))
        await self.abandon()
        await asyncio.gather(*(program.close() for program in self._engine.programs))

    async def _hand_back(self, chunks: Sequence[Chunk], reason: str) -> None:
        await asyncio.gather(*(_end(chunk) for chunk in chunks))
        await asyncio.gather(*(self._fail(chunk, reason, handed_back=True) for chunk in chunks))

    async def _see_through(self, chunk: Chunk) -> None:
        """Compute a chunk, then deliver it or say why not."""
        try:
            program = await self._free.get()
            try:
                chunk.state = "computing"
                began = time.monotonic()
                config = await self._config(chunk)
                limits = self._engine.limits.of(config)
                result = await program.compute(config, chunk.iterations, chunk.seed_offset, limits)
                seconds = time.monotonic() - began
            finally:
                self._free.put_nowait(program)
            chunk.state = "computed"
            await self._complete(chunk, result, seconds)
        except SimulationError as error:
            await self._fail(chunk, error.message)
        except RefusedError as error:
            await self._fail(chunk, f"{error.message} ({error.code})")
        except (ValueError, RecursionError) as error:
            await self._fail(chunk, f"the simulation's result is no JSON: {error}")
        except UnreachableError:
            self._say(f"chunk {chunk.label}: not delivered; others will compute it again")
        finally:
            self._over.append(chunk.token)
            self._chunks.pop(chunk.id, None)

    async def _config(self, chunk: Chunk) -> dict[str, Any]:
        """Exactly what the job was submitted with.

        Raises:
            SimulationError: it is not to be had, or this node cannot compute it.
        """
        api, config, rotation = self._api, chunk.config, chunk.rotation
        if api is not None and (config is None or (rotation is not None and "script" not in rotation)):
            config, rotation = await self._until_answered(lambda: api.inputs(chunk))
        if config is None:
            raise SimulationError("the chunk came without its config")
        wanted = config.get(ENGINE_VERSION)
        if wanted is not None and wanted != self._engine.version:
            has = f"version {self._engine.version}" if self._engine.version else "no version that it knows of"
            raise SimulationError(f"the job is for engine version {wanted}, and this node has {has}")
        if rotation is None:
            if config.get("rotationId") is not None:
                raise SimulationError(f"the rotation {config['rotationId']} that the config names is gone")
            return config
        check_rotation(rotation)
        return {**config, "rotation": rotation}

    async def _complete(self, chunk: Chunk, result: dict[str, Any], seconds: float) -> None:
        answer = await self._until_answered(
            lambda: self._delivery.result({"chunkId": chunk.id, "attemptToken": chunk.token, "result": result})
        )
        if not answer.get("success"):
            self._say(f"chunk {chunk.label}: too late, {answer.get('outcome', 'not taken')}")
            return
        self.delivered += 1
        last = ", the job's last" if answer.get("jobComplete") else ""
        self._say(
            f"chunk {chunk.label}: {chunk.iterations} iterations in {seconds:.2f} s{last}; {self.delivered} delivered"
        )

    async def _fail(self, chunk: Chunk, reason: str, *, handed_back: bool = False) -> None:
        self._say(f"chunk {chunk.label}: {'handed back' if handed_back else 'failed'}: {reason}")
        fields: dict[str, Any] = {"chunkId": chunk.id, "attemptToken": chunk.token, "error": reason[:_LONGEST_REASON]}
        if handed_back:
            # Nothing is wrong with the chunk, so it costs no attempt.
            fields["handedBack"] = True
        # If it cannot be said, its lease will run out.
        with suppress(RefusedError, UnreachableError):
            await self._until_answered(lambda: self._delivery.failure(fields))

    async def _until_answered(self, call: Callable[[], Awaitable[T]]) -> T:
        """Try until there is an answer; once the node is stopping, until its time is up.

        Raises:
            RefusedError: the answer is no.
            UnreachableError: the node's time is up, and there was none.
        """
        backoff = Backoff()
        while True:
            left = None if self._deadline is None else self._deadline - time.monotonic()
            try:
                async with asyncio.timeout(left):
                    return await call()
            except TimeoutError:
                raise UnreachableError("the node's time is up") from None
            except UnreachableError as error:
                pause = backoff.pause(error.retry_after)
                if left is not None and pause > left:
                    raise
            if self._stopping.is_set():
                await asyncio.sleep(pause)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stopping.wait()


async def _end(chunk: Chunk) -> None:
    if chunk.task:
        chunk.task.cancel()
        with suppress(asyncio.CancelledError):
            await chunk.task
