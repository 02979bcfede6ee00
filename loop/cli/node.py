"""`loop node`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EPILOG = (
    "A program gets a question for each chunk, a line of JSON-RPC 2.0 on standard input, and writes its answer to"
    " standard output:\n\n"
    """→ {"jsonrpc": "2.0", "id": "9f86", "method": "simulate", "params": {"config": {}, "iterations": 1000, """
    """"seedOffset": 0}}\n\n"""
    """← {"jsonrpc": "2.0", "id": "9f86", "result": {"meanDps": 1.5, "stdDps": 0.5, "minDps": 1, "maxDps": 2, """
    """"iterations": 1000}}\n\n"""
    "How to write one: docs/howto/write-a-simulation.md."
)
# The headings under which `--help` sorts the options.
_COMPUTES, _LIMITS = "What computes", "Limits"


def node(  # noqa: PLR0913, PLR0917 -- options
    sentinels: Annotated[
        list[str],
        typer.Option("--sentinel", metavar="URL", help="A sentinel's address; repeat it for others to turn to."),
    ],
    config_file: Annotated[
        Path,
        typer.Option("--config", help="Where the node keeps its key; made on the first run. One process for each key."),
    ] = Path("config.ini"),
    processes: Annotated[int, typer.Option(help="Chunks to compute at the same time (0: one for each core).")] = 0,
    heartbeat: Annotated[float, typer.Option(help="Seconds for which a heartbeat waits for work.")] = 10.0,
    simulation: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:FUNCTION",
            help="The Python function that computes a chunk; default: a small example.",
            rich_help_panel=_COMPUTES,
        ),
    ] = None,
    program: Annotated[
        str,
        typer.Option(
            metavar="COMMAND",
            help="A program that computes chunks instead, in any language; it stays for the next chunk or ends.",
            rich_help_panel=_COMPUTES,
        ),
    ] = "",
    one_shot: Annotated[
        bool,
        typer.Option(
            "--one-shot",
            help="Start the program for each chunk: its input ends after the question, all its output is the answer.",
            rich_help_panel=_COMPUTES,
        ),
    ] = False,
    engine_version: Annotated[
        str,
        typer.Option(
            metavar="VERSION",
            help="Which version computes; jobs that name another are refused.",
            rich_help_panel=_COMPUTES,
        ),
    ] = "",
    timeout: Annotated[
        float,
        typer.Option(
            help="Seconds that a chunk may take (0: no limit); a job may ask for less.", rich_help_panel=_LIMITS
        ),
    ] = 3600.0,
    memory: Annotated[
        float,
        typer.Option(
            metavar="MB",
            help="Megabytes that a chunk's program and all it starts may hold (0: no limit); a job may ask for less.",
            rich_help_panel=_LIMITS,
        ),
    ] = 0.0,
    grace: Annotated[
        float,
        typer.Option(
            help="Seconds to finish what was begun, after Ctrl-C or SIGTERM; the rest is handed back.",
            rich_help_panel=_LIMITS,
        ),
    ] = 30.0,
    api: Annotated[
        str, typer.Option(metavar="URL", help="Fetch configs and rotations from this Supabase API.", show_default=False)
    ] = "",
    key: Annotated[
        str, typer.Option(envvar="SUPABASE_ANON_KEY", metavar="KEY", help="The API's anon key.", show_default=False)
    ] = "",
) -> None:
    """Compute chunks for a sentinel until Ctrl-C, then finish what was begun.

    On its first run a node makes a key pair and shows a claim code; it gets work once somebody has claimed it:

        loop node --sentinel https://sentinel.example.org

        loop claim K7QXZM --email me@example.org        (elsewhere, with the code that the node shows)

    However the node ends, the programs that it started end with it. A second Ctrl-C ends it at once.
    It runs on Linux and macOS, and on Windows in WSL 2.
    """
    from loop.node import NodeOptions, run  # noqa: PLC0415
    from loop.node.simulation import DEFAULT  # noqa: PLC0415

    run(
        NodeOptions(
            sentinels=tuple(sentinels),
            config=config_file,
            processes=processes,
            interval=heartbeat,
            simulation=simulation or DEFAULT,
            program=program,
            one_shot=one_shot,
            timeout=timeout,
            memory=memory,
            grace=grace,
            engine_version=engine_version,
            api=api,
            anon_key=key if api else "",
        )
    )
