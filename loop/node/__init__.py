"""The reference node: asks the sentinel for chunks, has programs compute them, hands in the results.

`node` is its life, `heartbeats` what it says, `work` the chunks in its hands, `program` what computes them (under a
`guard`), `client` what talks, `key` the identity.
"""

from __future__ import annotations

import asyncio
import math
import os
import shlex
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from loop.errors import ConfigError
from loop.node import key, simulation
from loop.node.client import ApiClient, SentinelClient, check_url
from loop.node.heartbeats import Heartbeats, Manner
from loop.node.limits import MEGABYTE, Limits
from loop.node.memory import MemoryWatch
from loop.node.node import live
from loop.node.program import Command, Program, python_command
from loop.node.work import Engine, Say, Work


@dataclass(frozen=True)
class NodeOptions:
    """How a node runs.

    Attributes:
        sentinels: the sentinels' base URLs; while one does not answer, the next one is asked.
        config: the file that keeps the node's key; made on the first run.
        processes: how many chunks are computed at the same time; 0 stands for one per core.
        interval: seconds for which a heartbeat waits for work, which is the time between two when there is none; far
            below the time after which a chunk is stale.
        simulation: `module:function`, see `loop.node.simulation`.
        program: a command line that computes instead, see docs/reference/program-protocol.md; empty stands for the
            simulation.
        one_shot: whether the program is started for each chunk, and its whole output is the answer.
        timeout: seconds that a chunk may take; 0 for no limit. A job may ask for less.
        memory: megabytes of resident memory for a chunk; 0 for no limit. A job may ask for less.
        grace: seconds after the signal to stop, within which everything has ended.
        engine_version: which version computes; jobs that name another one are refused. Empty: all that do are.
        api: the Supabase API's URL, if configs and rotations are to be fetched there rather than sent along.
        anon_key: the key for it.
        hostname: the name that the node registers with; empty stands for this machine's.
    """

    sentinels: tuple[str, ...]
    config: Path = Path("config.ini")
    processes: int = 0
    interval: float = 10.0
    simulation: str = simulation.DEFAULT
    program: str = ""
    one_shot: bool = False
    timeout: float = 3600.0
    memory: float = 0.0
    grace: float = 30.0
    engine_version: str = ""
    api: str = ""
    anon_key: str = field(default="", repr=False)
    hostname: str = ""


def run(options: NodeOptions, say: Say | None = None) -> None:
    """Compute chunks until SIGTERM or SIGINT, then finish those that are being computed and deliver them.

    What is not done within the grace is handed back. A second signal ends the node at once. However it ends, the
    programs that it started end with it. `say` gets the progress, line by line; by default it is printed.

    Raises:
        ConfigError: an option makes no sense, the key cannot be read or written or is in use by another process, the
            simulation is not there, or this is Windows.
    """
    if os.name != "posix":
        raise ConfigError(
            "a node needs Linux or macOS: Windows cannot promise that a program ends with its node",
            hint="run it in WSL 2, which is a Linux",
        )
    if options.interval <= 0 or options.grace <= 0 or min(options.processes, options.timeout, options.memory) < 0:
        raise ConfigError("the interval and the grace must be above zero, and the other numbers not below")
    if bool(options.api) != bool(options.anon_key):
        raise ConfigError("fetching configs takes both, the API's URL and its anon key", hint="give --api and --key")
    if options.one_shot and not options.program:
        raise ConfigError("a Python simulation stays for all chunks", hint="give --program, or leave out --one-shot")
    if options.program:
        command = Command(_words(options.program), options.one_shot)
    else:
        simulation.load(options.simulation)
        command = python_command(options.simulation)
    for url in options.sentinels or ("",):
        check_url(url, "sentinel", "http://HOST:8700")
    if options.api:
        check_url(options.api, "Supabase API", "https://PROJECT_REF.supabase.co")
    with key.hold(options.config) as held:
        asyncio.run(_run(options, held, command, say or (lambda line: print(line, flush=True))))


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigError(f"{command!r} is no command line: {error}") from error
    if not words:
        raise ConfigError("the program's command line is empty")
    return words


async def _run(options: NodeOptions, held: key.HeldKey, command: Command, say: Say) -> None:
    async with AsyncExitStack() as stack:
        sentinel = await stack.enter_async_context(SentinelClient(options.sentinels, held.private))
        api = await stack.enter_async_context(ApiClient(options.api, options.anon_key)) if options.api else None
        name, processes = options.hostname or socket.gethostname(), options.processes or os.cpu_count() or 1
        watch = MemoryWatch()
        programs = [Program(command, watch, say) for _ in range(processes)]
        limits = Limits(options.timeout or math.inf, int(options.memory * MEGABYTE))
        work = Work(sentinel, api, Engine(programs, limits, options.engine_version), held.session, say)
        heartbeats = Heartbeats(sentinel, work, Manner(name, processes, options.interval, held.session), say)
        await live(work, heartbeats, options.grace, say)
