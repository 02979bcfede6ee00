"""The command line: parse, call, print. No logic lives here.

Exit codes: 0 fine; 1 the answer is no (a difference, something missing); 2 the work could not be done.
"""

from __future__ import annotations

import functools
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, Protocol

import typer
from rich.console import Console, RenderableType
from rich.progress import Progress
from rich.text import Text

from dbtools import config
from dbtools.errors import ConfigError, DbtoolsError

if TYPE_CHECKING:
    from dbtools.portal import Job, Portal

app = typer.Typer(
    name="dbtools",
    help="Database-first migrations for Supabase and Postgres.",
    epilog="Revisions are plain Alembic: `alembic upgrade head`, `alembic current`, `alembic history`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# What the optional parts of the package import, and the extra that brings it.
EXTRAS = {
    "starlette": "sentinel",
    "uvicorn": "sentinel",
    "prometheus_client": "sentinel",
    "cryptography": "node",
    "httpx": "node",
    "supabase": "portal",
}

DbUrl = Annotated[
    str | None,
    typer.Option("--db-url", metavar="URL", help=f"The database; default: ${config.URL_VARIABLE}.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]


def _say(text: str) -> None:
    """Progress goes to stderr, and only to people: a pipe gets the result alone."""
    if sys.stderr.isatty():
        Console(stderr=True, highlight=False).print(text, style="dim", markup=False)


class Report(Protocol):
    """What a command answers with."""

    @property
    def ok(self) -> bool:
        """Whether the answer is yes."""

    def as_dict(self) -> dict[str, object]:
        """The answer for machines."""

    def __rich__(self) -> RenderableType:
        """The answer for people."""


def _answer(report: Report, *, as_json: bool) -> NoReturn:
    _print(report, as_json=as_json)
    sys.exit(0 if report.ok else 1)


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        # A pipe has no width to wrap at, and no use for the spaces that fill a table's last column.
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 1000)
        with console.capture() as captured:
            console.print(report)
        typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The repository.")] = Path(),
    as_json: Json = False,
) -> None:
    """Make a repository ready: Alembic's settings, migrations/env.py, sql/. Existing files stay as they are."""
    from dbtools.init import init as run  # noqa: PLC0415

    _answer(run(folder), as_json=as_json)


@app.command()
def pull(  # noqa: PLR0913, PLR0917  (one argument for each option)
    db_url: DbUrl = None,
    to: Annotated[
        Path | None, typer.Option(help="The migrations folder; default: the project's.", show_default=False)
    ] = None,
    objects: Annotated[
        bool, typer.Option("--objects/--no-objects", help="Lay out functions, policies and the like under sql/ too.")
    ] = True,
    shadow_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="An empty Supabase database to replay in; changed.", show_default=False),
    ] = None,
    proof: Annotated[bool, typer.Option("--proof/--no-proof", help="Replay the baseline and compare.")] = True,
    message: Annotated[
        str, typer.Option("--message", "-m", help="The revision's title, where there is a baseline already.")
    ] = "Changed by hand in production",
    as_json: Json = False,
) -> None:
    """Bring the live schema home as an Alembic baseline, and prove the copy identical.

    Only reads the live database. Writes TO/versions/0001_baseline.{py,up.sql}, replays it in an empty shadow and
    compares the two; exits with 1 if anything differs, or was left out and is not acknowledged in [tool.dbtools].
    Never overwrites a baseline, nor a file of sql/.

    Where the project has revisions, live is held against head instead: what was changed by hand comes home as one more
    revision, proven both ways, and into sql/. Exits with 1 if something of it must be written by hand.
    """
    from dbtools.pull import PullOptions  # noqa: PLC0415
    from dbtools.pull import pull as run  # noqa: PLC0415

    project = config.Project.of(to)
    if to is None and any((project.migrations / "versions").glob("*.py")):
        from dbtools.pull.again import pull_again  # noqa: PLC0415

        if shadow_url or not (objects and proof):
            raise ConfigError(
                f"{project.migrations} holds a baseline already",
                hint="--shadow-url, --no-objects and --no-proof are for a first pull; for another one, give --to",
            )
        _answer(pull_again(config.database_url(db_url), project, message, progress=_say), as_json=as_json)
    options = PullOptions(project if objects and proof else None, project.acknowledged, proof)
    report = run(config.database_url(db_url), project.migrations, progress=_say, shadow=shadow_url, options=options)
    _answer(report, as_json=as_json)


@app.command()
def revise(
    message: Annotated[str, typer.Option("--message", "-m", help="What the revision is for; its title.")],
    as_json: Json = False,
) -> None:
    """Write the revision that brings head to what sql/ holds: functions, triggers, views, policies, grants.

    Needs no database: it works in a shadow, and proves there that the revision leads to what sql/ holds, and back.
    Writes nothing if there is nothing to do. The same as `alembic revision --autogenerate -m MESSAGE`.
    """
    from dbtools.revise.command import revise as run  # noqa: PLC0415

    _answer(run(config.Project.find(), message, say=_say), as_json=as_json)


@app.command()
def diff(
    db_url: DbUrl = None,
    with_sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL that would bring the database to head.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say how a live database differs from head: what is missing, extra, different.

    Only reads. --sql is worked out in a shadow for what can be made again whole (functions, triggers, views, policies,
    grants); for tables and columns it says what differs. Exits with 1 if anything does.
    """
    from dbtools.diff import diff as run  # noqa: PLC0415

    _answer(run(config.database_url(db_url), config.Project.find(), with_sql=with_sql, say=_say), as_json=as_json)


@app.command()
def verify(  # noqa: PLR0913, PLR0917  (an option is an argument)
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="What to look for; default: all of sql/.")
    ] = None,
    db_url: DbUrl = None,
    level: Annotated[
        Literal["there", "sound", "live"], typer.Option(help="How deep to look: is it there, could it work, does it.")
    ] = "there",
    listen: Annotated[
        bool,
        typer.Option(
            "--listen", help="With --level live: commit what says `notifies`, and see whether the notification arrives."
        ),
    ] = False,
    output: Annotated[
        Literal["table", "json", "github", "junit"],
        typer.Option("--format", help="For people, for scripts, as CI annotations, as a test report."),
    ] = "table",
    as_json: Json = False,
) -> None:
    """Say whether what sql/ declares is in a database, as declared, and works.

    With names (create_job, public.create_job, trg_pending_chunk) it answers for those on any database, declared or not.
    Level there only reads; sound and live roll everything back. Exits with 0 if all is well, 1 if something is missing
    or wrong, 2 if nothing is but not everything could be checked.
    """
    from dbtools.verify import verify as run  # noqa: PLC0415

    url = config.database_url(db_url)
    if listen and level != "live":
        raise ConfigError("--listen belongs to the last level", hint="add --level live")
    try:
        project = config.Project.find()
    except ConfigError:
        if not names and level == "there":
            raise
        project = None
    # Said to everybody, because it is the one thing here that commits.
    warn = functools.partial(typer.echo, err=True)
    report = run(url, project, names or [], level=level, listen=warn if listen else None, say=_say)
    if output == "github":
        typer.echo(report.as_github())
    elif output == "junit":
        typer.echo(report.as_junit())
    else:
        _print(report, as_json=as_json or output == "json")
    sys.exit(report.exit_code)


@app.command()
def export(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if there is something to do.")
    ] = False,
    db_url: Annotated[
        str | None,
        typer.Option("--db-url", metavar="URL", help="Hold this database's two histories against each other too."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write every revision to supabase/migrations/ too, for `supabase db push`, `db reset` and branching.

    Running it again changes nothing. Either tool then knows what the other has applied: an exported file notes its
    revision in alembic_version, and `alembic upgrade` notes the file's version where the Supabase CLI looks for it.
    """
    from dbtools.export import export as run  # noqa: PLC0415

    _answer(run(config.Project.find(), check=check, url=db_url), as_json=as_json)


@app.command()
def audit(
    source: Annotated[list[Path], typer.Option(metavar="DIR", help="A folder that holds code; may be given again.")],
    db_url: DbUrl = None,
    as_json: Json = False,
) -> None:
    """Say which edge functions, database functions and tables the code calls, and which nothing does.

    Searches TypeScript, JavaScript, Rust, Python and SQL below the folders, and what the database's own triggers,
    policies, functions, views and cron jobs use. Exits with 1 if something called is missing, or something there is
    unused. It reads text: a hint where to look, no proof.
    """
    from dbtools.audit import audit as run  # noqa: PLC0415

    _answer(run(config.database_url(db_url), source, say=_say), as_json=as_json)


@app.command()
def shadow(
    port: Annotated[
        int | None, typer.Option(help="Listen on 127.0.0.1 at this port too (0: any free one).", show_default=False)
    ] = None,
) -> None:
    """Start a fresh, Supabase-shaped database, print its URL, and keep it until Ctrl-C."""
    from dbtools.shadow import Shadow  # noqa: PLC0415  (each command imports only what it needs)

    with Shadow(port=port) as running:
        typer.echo(running.url(tcp=port is not None))
        _say("a Supabase-shaped database, as its owner `postgres`; Ctrl-C ends and deletes it")
        signal.pause()


@app.command()
def sentinel(
    db_url: DbUrl = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The TCP port to listen on (0: any free one).")] = 8700,
    role: Annotated[
        str, typer.Option(help="The database role to act as; the login must be a member.")
    ] = "service_role",
    unsigned: Annotated[
        str, typer.Option(metavar="accept|warn|refuse", help="What becomes of requests without a signature.")
    ] = "refuse",
) -> None:
    """Assign pending chunks to nodes, keep the house clean, and answer the nodes' signed requests.

    Several may run at the same database: one leads, all of them answer.
    The login role needs nothing but membership: create role sentinel login password '...' in role service_role
    """
    from dbtools.sentinel import SentinelOptions, policy, serve  # noqa: PLC0415

    serve(SentinelOptions(config.database_url(db_url), host, port, role, policy(unsigned)))


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
) -> None:
    """Compute chunks for a sentinel until Ctrl-C, then finish what was begun.

    On its first run a node makes a key pair and shows a claim code; it gets work once somebody has claimed it.
    """
    from dbtools.node import NodeOptions, run  # noqa: PLC0415
    from dbtools.node.simulation import DEFAULT  # noqa: PLC0415

    anon_key = key if api else ""
    run(NodeOptions(tuple(sentinels), config_file, processes, heartbeat, simulation or DEFAULT, program, api, anon_key))


ApiUrl = Annotated[
    str, typer.Option("--url", envvar="SUPABASE_URL", metavar="URL", help="The Supabase API.", show_default=False)
]
ApiKey = Annotated[
    str, typer.Option("--key", envvar="SUPABASE_ANON_KEY", metavar="KEY", help="Its anon key.", show_default=False)
]
Token = Annotated[
    str, typer.Option(envvar="DBTOOLS_TOKEN", metavar="JWT", help="Your access token, instead of --email.")
]
Email = Annotated[
    str, typer.Option(envvar="DBTOOLS_EMAIL", help="Sign in; the password comes from $DBTOOLS_PASSWORD or a prompt.")
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
    given = config.json_object(config_file)
    with _portal(url, key, token, email) as portal:
        job = portal.create_job(given, iterations, access, discord_server)
        _say(f"job {job.id}")
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
    from dbtools.portal import Portal  # noqa: PLC0415

    if not url or not key:
        raise ConfigError("no API given", hint="set SUPABASE_URL and SUPABASE_ANON_KEY, or pass --url and --key")
    if not token and not email:
        raise ConfigError("nobody is signed in", hint="pass --email, or --token")
    with Portal(url, key, token) as portal:
        if not token:
            portal.sign_in(email, config.password("DBTOOLS_PASSWORD", f"password of {email}: "))
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
            typer.echo(f"the job goes on; follow it with: dbtools follow {job_id}", err=True)
            raise
    return job


def main() -> None:
    """The entry point of `dbtools`; turns every expected error into a message, a hint and an exit code."""
    # A terminated command cleans up like an interrupted one: the embedded server must not outlive it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        _fail(ConfigError(f"{error.name} is not installed", hint=f"pip install 'dbtools[{extra}]'"))
    except DbtoolsError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: DbtoolsError) -> NoReturn:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("error: ", "red"), error.message))
    if error.hint:
        console.print(Text.assemble(("hint:  ", "yellow"), error.hint))
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
