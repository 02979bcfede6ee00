"""The reference node: asks the sentinel for chunks, has programs compute them, hands in the results.

`loop.node.loop` is the loop, `program` what computes, `client` what talks, `key` the identity.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loop.errors import ConfigError
from loop.node import session, simulation
from loop.node.client import ApiClient, SentinelClient, check_url
from loop.node.key import NodeKey
from loop.node.loop import Manner, Node, Say


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
        program: a command line that computes instead, see `loop.node.program`; empty stands for the simulation.
        api: the Supabase API's URL, if configs and rotations are to be fetched there rather than sent along.
        anon_key: the key for it.
        engine: the version of what computes, for jobs whose config names an `engineVersion`.
        hostname: the name that the node registers with; empty stands for this machine's.
    """

    sentinels: tuple[str, ...]
    config: Path = Path("config.ini")
    processes: int = 0
    interval: float = 10.0
    simulation: str = simulation.DEFAULT
    program: str = ""
    api: str = ""
    anon_key: str = field(default="", repr=False)
    hostname: str = ""
    engine: str = ""


def run(options: NodeOptions, say: Say | None = None) -> None:
    """Compute chunks until SIGTERM or SIGINT, then finish those that are being computed and deliver them.

    A second signal ends the node at once. `say` gets the progress, line by line; by default it is printed.

    Raises:
        ConfigError: an option makes no sense, the key cannot be read or written, another process has it, or the
            simulation is not there.
    """
    if options.interval <= 0 or options.processes < 0:
        raise ConfigError("the interval must be above zero, and the number of processes not below")
    if bool(options.api) != bool(options.anon_key):
        raise ConfigError("fetching configs takes both, the API's URL and its anon key", hint="give --api and --key")
    if options.program:
        command = shlex.split(options.program)
    else:
        simulation.load(options.simulation)
        command = [sys.executable, "-m", "loop.node.worker", options.simulation]
    for url in options.sentinels or ("",):
        check_url(url, "sentinel", "http://HOST:8700")
    if options.api:
        check_url(options.api, "Supabase API", "https://PROJECT_REF.supabase.co")
    key = NodeKey.load_or_make(options.config).private
    with session.only(options.config) as name:
        asyncio.run(_run(options, key, name, command, say or (lambda line: print(line, flush=True))))


async def _run(options: NodeOptions, key: Ed25519PrivateKey, session_id: str, command: list[str], say: Say) -> None:
    async with AsyncExitStack() as stack:
        sentinel = await stack.enter_async_context(SentinelClient(options.sentinels, key))
        api = await stack.enter_async_context(ApiClient(options.api, options.anon_key)) if options.api else None
        name, processes = options.hostname or socket.gethostname(), options.processes or os.cpu_count() or 1
        manner = Manner(name, processes, options.interval, session_id, options.engine)
        await Node(sentinel, api, command, manner, say).run()
