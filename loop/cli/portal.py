"""What a portal does: `loop claim`, `submit` and `follow`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress

from loop.errors import ConfigError
from loop.inputs import json_object, password

if TYPE_CHECKING:
    from loop.portal import Claim, Job, Portal

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for machines.")]
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


def _answer(answer: Claim | Job, *, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps(answer.as_dict(), indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(answer)
    sys.exit(0 if answer.ok else 1)
