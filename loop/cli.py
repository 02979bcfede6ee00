"""The command line of `loop`: parse, call, print. No logic lives here.

Exit codes: 0 fine; 1 the answer is no (a job that failed); 2 the work could not be done.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from loop import __version__
from loop.errors import ConfigError, LoopError
from loop.inputs import json_object, password

if TYPE_CHECKING:
    from loop.portal import Claim, Job, Portal

app = typer.Typer(
    name="loop",
    help="The programs of a distributed simulation service: sentinel, node, and what a portal does.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# What the optional parts of the distribution import, and the extra that brings it.
EXTRAS = {
    "starlette": "sentinel",
    "uvicorn": "sentinel",
    "prometheus_client": "sentinel",
    "psycopg": "sentinel",
    "cryptography": "node",
    "httpx": "node",
    "supabase": "portal",
}

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"loop {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _answer(answer: Claim | Job, *, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps(answer.as_dict(), indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(answer)
    sys.exit(0 if answer.ok else 1)


def _database_url(flag: str | None) -> str:
    if url := flag or os.environ.get("DATABASE_URL", ""):
        return url
    raise ConfigError(
        "no database given", hint="set DATABASE_URL=postgresql://sentinel:PASSWORD@HOST:5432/postgres, or pass --db-url"
    )


@app.command()
def sentinel(
    db_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The database; default: $DATABASE_URL.", show_default=False)
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The TCP port to listen on (0: any free one).")] = 8700,
    role: Annotated[
        str, typer.Option(help="The database role to act as; the login must be a member.")
    ] = "service_role",
    unsigned: Annotated[
        str, typer.Option(metavar="accept|warn|refuse", help="What becomes of requests without a signature.")
    ] = "refuse",
) -> None:
    """Assign pending chunks to nodes, remove what has expired, and answer the nodes' signed requests.

    Several may run at the same database: one leads, all of them answer.
    The login role needs nothing but membership: create role sentinel login password '...' in role service_role
    """
    from loop.sentinel import SentinelOptions, policy, serve  # noqa: PLC0415

    serve(SentinelOptions(_database_url(db_url), host, port, role, policy(unsigned)))


@app.command()
def node(  # noqa: PLR0913, PLR0917 -- options
    sentinels: Annotated[
        list[str],
        typer.Option("--sentinel", metavar="URL", help="A sentinel's address; repeat it for others to turn to."),
    ],
    config_file: Annotated[
        Path, typer.Option("--config", help="Where the node keeps its key; made on the first run.")
    ] = Path("config.ini"),
    processes: Annotated[int, typer.Option(help="Chunks to compute at the same time (0: one for each core).")] = 0,
    heartbeat: Annotated[float, typer.Option(help="Seconds for which a heartbeat waits for work.")] = 10.0,
    simulation: Annotated[
        str | None, typer.Option(metavar="MODULE:FUNCTION", help="What computes a chunk; default: a small example.")
    ] = None,
    program: Annotated[
        str, typer.Option(metavar="COMMAND", help="A program that computes chunks instead, JSON line by JSON line.")
    ] = "",
    api: Annotated[
        str, typer.Option(metavar="URL", help="Fetch configs and rotations from this Supabase API.", show_default=False)
    ] = "",
    key: Annotated[
        str, typer.Option(envvar="SUPABASE_ANON_KEY", metavar="KEY", help="The API's anon key.", show_default=False)
    ] = "",
    engine: Annotated[
        str,
        typer.Option(
            "--engine-version", metavar="VERSION", help="The version that jobs may ask for.", show_default=False
        ),
    ] = "",
) -> None:
    """Compute chunks for a sentinel until Ctrl-C, then finish what was begun.

    On its first run a node makes a key pair and shows a claim code; it gets work once somebody has claimed it.
    """
    from loop.node import NodeOptions, run  # noqa: PLC0415
    from loop.node.simulation import DEFAULT  # noqa: PLC0415

    anon_key = key if api else ""
    what = simulation or DEFAULT
    run(NodeOptions(tuple(sentinels), config_file, processes, heartbeat, what, program, api, anon_key, engine=engine))


ApiUrl = Annotated[
    str, typer.Option("--url", envvar="SUPABASE_URL", metavar="URL", help="The Supabase API.", show_default=False)
]
ApiKey = Annotated[
    str, typer.Option("--key", envvar="SUPABASE_ANON_KEY", metavar="KEY", help="Its anon key.", show_default=False)
]
Token = Annotated[str, typer.Option(envvar="LOOP_TOKEN", metavar="JWT", help="Your access token, instead of --email.")]
Email = Annotated[
    str, typer.Option(envvar="LOOP_EMAIL", help="Sign in; the password comes from $LOOP_PASSWORD or a prompt.")
]


@app.command()
def claim(  # noqa: PLR0913 -- options
    code: Annotated[str, typer.Argument(help="The code that the node shows.")],
    name: Annotated[str | None, typer.Option(help="What to call it; default: its host name.")] = None,
    parallel: Annotated[int | None, typer.Option(help="Chunks it may compute at once; default: its own say.")] = None,
    *,
    url: ApiUrl = "",
    key: ApiKey = "",
    token: Token = "",
    email: Email = "",
    as_json: Json = False,
) -> None:
    """Become the owner of a node, so that it gets work."""
    with _portal(url, key, token, email) as portal:
        claimed = portal.claim(code, name, parallel)
    _answer(claimed, as_json=as_json)


@app.command()
def submit(  # noqa: PLR0913 -- options
    config_file: Annotated[str, typer.Argument(metavar="CONFIG", help="A file with the config as JSON; -: stdin.")],
    iterations: Annotated[int, typer.Option(help="How many iterations to simulate.")],
    access: Annotated[str, typer.Option(help="Whose nodes: private, public, user or discord.")] = "private",
    discord_server: Annotated[str | None, typer.Option(help="The Discord server, for --access discord.")] = None,
    follow: Annotated[bool, typer.Option(help="Wait for the result.")] = True,
    *,
    url: ApiUrl = "",
    key: ApiKey = "",
    token: Token = "",
    email: Email = "",
    as_json: Json = False,
) -> None:
    """Submit a simulation and follow it to its result; Ctrl-C leaves the job running.

    Exits with 0 if it is completed (or, with --no-follow, created), 1 if it failed or was cancelled, 2 if it could not
    be submitted.
    """
    given = json_object(config_file)
    with _portal(url, key, token, email) as portal:
        job = portal.create_job(given, iterations, access, discord_server)
        if sys.stderr.isatty():
            typer.echo(f"job {job.id}", err=True)
        if follow:
            job = _follow(portal, job.id)
    _answer(job, as_json=as_json)


@app.command()
def follow(  # noqa: PLR0913 -- options
    job: Annotated[str, typer.Argument(help="The job's id.")],
    *,
    url: ApiUrl = "",
    key: ApiKey = "",
    token: Token = "",
    email: Email = "",
    as_json: Json = False,
) -> None:
    """Follow a job of yours to its result; exit codes as of submit."""
    with _portal(url, key, token, email) as portal:
        followed = _follow(portal, job)
    _answer(followed, as_json=as_json)


@contextmanager
def _portal(url: str, key: str, token: str, email: str) -> Iterator[Portal]:
    """The API, with somebody signed in."""
    from loop.portal import Portal  # noqa: PLC0415

    if not url or not key:
        raise ConfigError("no API given", hint="set SUPABASE_URL and SUPABASE_ANON_KEY, or pass --url and --key")
    if not token and not email:
        raise ConfigError("nobody is signed in", hint="pass --email, or --token")
    with Portal(url, key, token) as portal:
        if not token:
            portal.sign_in(email, password("LOOP_PASSWORD", f"password of {email}: "))
        yield portal


def _follow(portal: Portal, job_id: str) -> Job:
    """The job once it has ended, with a progress bar for people."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("iterations", total=None)
        try:
            for job in portal.follow(job_id):
                progress.update(bar, completed=job.completed, total=job.total, description=job.status)
        except KeyboardInterrupt:
            progress.stop()
            typer.echo(f"the job goes on; follow it with: loop follow {job_id}", err=True)
            raise
    return job


def main() -> None:
    """The entry point of `loop`; turns every expected error into a message, a hint and an exit code."""
    # A terminated command cleans up like an interrupted one: what it started must not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        _fail(ConfigError(f"{error.name} is not installed", hint=f"pip install 'simulation-loop[{extra}]'"))
    except LoopError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: LoopError) -> NoReturn:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("error: ", "red"), error.message))
    if error.hint:
        console.print(Text.assemble(("hint:  ", "yellow"), error.hint))
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
