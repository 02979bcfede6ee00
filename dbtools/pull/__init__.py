"""`dbtools pull`: capture a live schema as the baseline, and prove that the baseline makes the same schema again.

The live database is only read, in one read-only transaction whose snapshot pg_dump shares.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg

from dbtools import catalog
from dbtools.errors import PullError
from dbtools.model.compare import Change
from dbtools.model.quoting import identifier
from dbtools.model.snapshot import Snapshot
from dbtools.model.stays import STAYS
from dbtools.platform.facts import Facts
from dbtools.platform.ground import folder, read_ground_with_stand_ins, reviewed
from dbtools.platform.split import Ground
from dbtools.postgres.connection import connect
from dbtools.postgres.programs import EMBEDDED_MAJOR
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.pull import layout, replay, secrets
from dbtools.pull.baseline import build
from dbtools.pull.files import Files
from dbtools.pull.platform_objects import LeftOut
from dbtools.pull.proof import Observation, begin, not_text, observe_over, prove
from dbtools.pull.report import PullReport

__all__ = ["NAME", "PullOptions", "PullReport", "pull"]

NAME = "0001_baseline"

_REVISION = '''\
"""The schema as it was found in the live database."""

from dbtools.revision import baseline

revision = "0001"
down_revision = None
{from_sql}
upgrade, downgrade = baseline(__file__)
'''


@dataclass(frozen=True)
class PullOptions:
    """How to pull.

    Args:
        objects_in: the project under whose `sql/` functions, triggers, views and policies are laid out, one per file.
        acknowledged: patterns (`setting * of role anon`) of what may be left out without the answer becoming no.
        proof: whether to replay and compare; without, nothing is laid out either, because every file is proven.
    """

    objects_in: Project | None = None
    acknowledged: tuple[str, ...] = ()
    proof: bool = True


def pull(
    url: str,
    to: Path,
    *,
    progress: Callable[[str], None] = lambda _: None,
    shadow: Shadow | str | None = None,
    options: PullOptions = PullOptions(),
) -> PullReport:
    """Write `TO/versions/0001_baseline.{py,up.sql}` from the live database at `url`, and prove it in a shadow.

    Beside it, `TO/platform/` becomes what live stands on, which the shadows of every later command are laid from.

    The files are written even if the proof finds a difference; the report says which.

    Args:
        url: the live database; only read.
        to: the migrations folder; it and `versions/` are created.
        progress: called with one line for each step.
        shadow: a running shadow to replay in, or the URL of an empty database on a real server, which is changed; by
            default a shadow is started for the purpose, of live's major version if that is on this machine.
        options: see `PullOptions`.

    Raises:
        ConnectError: the database cannot be reached in a way that the work needs.
        PullError: there are revisions already, or something of the schema may not be read.
        PlatformFileError: there is a platform folder already, and its file is broken.
    """
    versions = to / "versions"
    _refuse_to_overwrite(versions)
    if options.objects_in:
        layout.refuse_to_overwrite(options.objects_in)
    progress("reading the live schema")
    unproven: tuple[LeftOut, ...] = ()
    differences: list[Change] = []
    texts: layout.Texts = {}
    path = versions / f"{NAME}.up.sql"
    with ExitStack() as stack:
        files = stack.enter_context(Files())
        with connect(url, application_name="dbtools-pull") as connection:
            major = connection.info.server_version // 10000
            begin(connection)
            ground = _ground(connection, to)
            stack.enter_context(catalog.owned_by(ground.ownership))
            preparing = stack.enter_context(replay.place(shadow, major, ground.platform))
            live = observe_over(connection, url)
        there = preparing.result()
        known = replay.prepare(there, live)
        ours = live.ours(known)
        baseline = build(ours, live.entries, live.ownership)
        written = files.write(path, baseline.text)
        # While the server replays, we would only wait.
        seen = stack.enter_context(ThreadPoolExecutor(1)).submit(secrets.found, ours)
        if options.proof:
            progress("replaying it in a shadow")
            unproven = replay.load(there, baseline, written)
            progress("comparing the two")
            differences = prove(live, there.url, known)
            if options.objects_in:
                texts = layout.files(ours, there.url, options.objects_in, files)
        files.write(path.with_name(f"{NAME}.py"), _REVISION.format(from_sql=_from_sql(texts, options.objects_in)))
        _refuse_to_overwrite(versions)
        files.put([path, path.with_name(f"{NAME}.py"), *(item.path for item in texts)])
        _write_platform(to, ground.platform)
    if options.proof and live.dumped_by != EMBEDDED_MAJOR:
        reason = f"pg_dump {live.dumped_by} read the live schema, the embedded {EMBEDDED_MAJOR} its replay"
        unproven += (LeftOut("the proof's second observer", reason),)
    return PullReport(
        path=path,
        captured={kind: number for kind, number in ours.count().items() if kind not in STAYS},
        left_out=baseline.left_out,
        unproven=unproven,
        noted=(*(LeftOut(item.object, item.reason) for item in ground.noted), *_without_rows(ours)),
        secrets=tuple(seen.result()),
        differences=unexplained(differences, (*baseline.left_out, *unproven), live),
        acknowledged=options.acknowledged,
        objects=len(texts),
        majors=(major, known.major) if options.proof else None,
    )


def _without_rows(ours: Snapshot) -> Iterator[LeftOut]:
    """Materialized views, made as pg_dump writes them: nobody can read them before they are filled."""
    for view in ours.of("materialized view"):
        yield LeftOut(view.identity, f"the baseline makes it without rows; to fill it: refresh {view.identity}")


def _ground(connection: psycopg.Connection, to: Path) -> Ground:
    try:
        return read_ground_with_stand_ins(connection, reviewed(to))
    except psycopg.errors.InsufficientPrivilege as error:
        raise PullError(
            f"the platform cannot be read: {error.diag.message_primary}",
            hint=f"pull as the project's owner, or grant this to {connection.info.user}",
        ) from error
    except psycopg.OperationalError as error:
        raise PullError(f"the platform cannot be read: {str(error).strip()}", hint="try again") from error
    except psycopg.errors.CharacterNotInRepertoire as error:
        raise not_text(error) from error


def unexplained(differences: Sequence[Change], items: Sequence[LeftOut], live: Observation) -> tuple[Change, ...]:
    """The differences that what was left out, or could not be tried, does not account for."""
    explained = _explained(items, live)
    return tuple(
        change for change in differences if not {change.object.identity, change.object.parent, _of(change)} & explained
    )


def _explained(items: Sequence[LeftOut], live: Observation) -> set[str]:
    """What the items name, each in the words that a difference has for it; of an owner also what it may."""
    named = {item.object for item in items}
    for item in live.snapshot.objects.values():
        if "owner" in item.properties and f"owner of {item.identity}" in named:
            owners = (item.properties["owner"], live.ownership.owner)
            named |= {f"grant to {identifier(owner)} on {item.identity}" for owner in owners}
    return named


def _of(change: Change) -> str:
    """A property of an object, in the words in which it is left out."""
    return f"{change.property} of {change.object.identity}"


def _refuse_to_overwrite(versions: Path) -> None:
    there = sorted(path.name for pattern in ("*.py", "*.sql") for path in versions.glob(pattern))
    if there:
        raise PullError(
            f"{versions} already holds {there[0]}" + (f" and {len(there) - 1} more" if there[1:] else ""),
            hint="a baseline is written once; give another folder with --to, or remove the files to begin anew",
        )


def _write_platform(to: Path, platform: Facts) -> None:
    was_there = folder(to).exists()
    try:
        platform.write(folder(to))
    except BaseException:
        if not was_there:
            shutil.rmtree(folder(to), ignore_errors=True)
        raise


def _from_sql(texts: layout.Texts, project: Project | None) -> str:
    """The line that tells `dbtools revise` which files hold what the baseline makes."""
    if project is None or not texts:
        return ""
    paths = (item.path.relative_to(project.root).as_posix() for item in sorted(texts))
    names = "".join(f"    {json.dumps(path, ensure_ascii=False)},\n" for path in paths)
    return f"from_sql = (\n{names})\n"
