"""`dbtools pull`: capture a live schema as the baseline, and prove that the baseline makes the same schema again.

The live database is only read, in one read-only transaction whose snapshot pg_dump shares.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import psycopg
from rich.console import Group, RenderableType
from rich.text import Text

from dbtools import catalog
from dbtools.catalog.ledger import not_compared
from dbtools.errors import PullError
from dbtools.model import render
from dbtools.model.compare import Change, is_across
from dbtools.model.quoting import identifier
from dbtools.platform.facts import Facts
from dbtools.platform.ground import folder, read_ground_with_stand_ins, reviewed
from dbtools.platform.split import Ground
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.pull import layout, replay, secrets
from dbtools.pull.baseline import build
from dbtools.pull.dump import EMBEDDED_MAJOR
from dbtools.pull.platform_objects import LeftOut
from dbtools.pull.proof import Observation, begin, observe_over, prove
from dbtools.pull.secrets import Secret

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
class PullReport:
    """What was captured: objects, by kind; and in four words what else there is to say.

    `left_out` was seen and not captured, `unproven` captured and not tried, `differences` tried and found different;
    `noted` is known and needs nothing. `secrets` was captured and looks like a key: no answer is yes until that is
    acknowledged too. `acknowledged` are patterns of what may be; `objects` is the number of files laid
    out under `sql/`; `majors` are the versions of Postgres, live's and the replay's, or None if nothing was proven.
    """

    path: Path
    captured: dict[str, int]
    left_out: tuple[LeftOut, ...]
    differences: tuple[Change, ...]
    unproven: tuple[LeftOut, ...] = ()
    noted: tuple[LeftOut, ...] = ()
    secrets: tuple[Secret, ...] = ()
    acknowledged: tuple[str, ...] = ()
    objects: int = 0
    majors: tuple[int, int] | None = None

    @property
    def ok(self) -> bool:
        """Whether the baseline makes the same schema, but for what was acknowledged."""
        said = (*(item.object for item in self._to_answer), *map(_named, self.differences))
        return all(map(self._is_acknowledged, said))

    @property
    def _to_answer(self) -> tuple[LeftOut | Secret, ...]:
        return (*self.left_out, *self.unproven, *self.secrets)

    def _is_acknowledged(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.acknowledged)

    @property
    def stale(self) -> list[str]:
        """The acknowledgements that nothing needs any more."""
        said = [item.object for item in (*self._to_answer, *self.noted)] + list(map(_named, self.differences))
        return [pattern for pattern in self.acknowledged if not any(fnmatchcase(name, pattern) for name in said)]

    def _not_compared(self) -> list[str]:
        """What the proof cannot say; see docs/decisions/0015."""
        if self.majors is None:
            return []
        unseen = []
        if is_across(*self.majors, 17):
            unseen.append(f"the privilege MAINTAIN, which Postgres {min(self.majors)} does not have")
        return [*not_compared()[:1], *unseen, "; ".join(not_compared()[1:])]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "path": str(self.path),
            "proven": self.majors is not None,
            "not_compared": self._not_compared(),
            "captured": self.captured,
            "objects": self.objects,
            "left_out": self._as_dicts(self.left_out),
            "unproven": self._as_dicts(self.unproven),
            "secrets": self._as_dicts(self.secrets),
            "differences": render.as_dicts(self.differences),
            "noted": [{"object": item.object, "reason": item.reason} for item in self.noted],
            "acknowledged_in_vain": self.stale,
        }

    def _as_dicts(self, items: Sequence[LeftOut | Secret]) -> list[dict[str, object]]:
        return [
            {"object": item.object, "reason": item.reason, "acknowledged": self._is_acknowledged(item.object)}
            for item in items
        ]

    def _lines(self, word: str, items: Sequence[LeftOut | Secret]) -> list[RenderableType]:
        lines = [
            Text(f"  {item.object}: {item.reason}", "dim" if self._is_acknowledged(item.object) else "")
            for item in items
        ]
        return [Text(f"{word}:", "bold"), *lines] if lines else []

    def __rich__(self) -> RenderableType:
        """What to print for people."""
        counts = ", ".join(f"{kind}: {count}" for kind, count in self.captured.items())
        parts: list[RenderableType] = [Text(f"wrote {self.path}"), Text(f"captured  {counts}")]
        if self.objects:
            parts.insert(1, Text(f"wrote {self.objects} files of sql/"))
        parts += self._lines("left out", self.left_out)
        parts += self._lines("unproven", self.unproven)
        parts += self._lines("captured, and perhaps secret", self.secrets)
        parts += self._lines("noted", self.noted)
        if self.stale:
            parts += [Text(f"acknowledged in vain: {pattern}", "yellow") for pattern in self.stale]
        if self.differences:
            parts += [Text("replayed into an empty shadow, it differs:", "bold red")]
            parts += [render.table(self.differences, expected="live", found="replay")]
        elif self.majors is None:
            parts.append(Text("not replayed: nothing was proven", "yellow"))
        else:
            parts.append(Text(f"replayed into an empty shadow (Postgres {self.majors[1]}): no difference", "green"))
            parts += [Text(f"not compared: {what}") for what in self._not_compared()]
        return Group(*parts)


def _named(change: Change) -> str:
    return change.object.identity


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
    with ExitStack() as stack:
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
        if options.proof:
            progress("replaying it in a shadow")
            unproven = replay.load(there, baseline)
            progress("comparing the two")
            differences = prove(live, there.url, known)
            texts = layout.files(ours, there.url, options.objects_in) if options.objects_in else {}
    _write(to, baseline.text, texts, options.objects_in, ground.platform)
    if options.proof and live.dumped_by != EMBEDDED_MAJOR:
        reason = f"pg_dump {live.dumped_by} read the live schema, the embedded {EMBEDDED_MAJOR} its replay"
        unproven += (LeftOut("the proof's second observer", reason),)
    explained = _explained((*baseline.left_out, *unproven), live)
    return PullReport(
        path=versions / f"{NAME}.up.sql",
        captured=ours.count(),
        left_out=baseline.left_out,
        unproven=unproven,
        noted=tuple(LeftOut(item.object, item.reason) for item in ground.noted),
        secrets=tuple(secrets.found(ours)),
        differences=tuple(
            change
            for change in differences
            if not {change.object.identity, change.object.parent, _of(change)} & explained
        ),
        acknowledged=options.acknowledged,
        objects=len(texts),
        majors=(major, known.major) if options.proof else None,
    )


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


def _write(to: Path, sql: str, texts: layout.Texts, project: Project | None, platform: Facts) -> None:
    """All files or none; each under its own name only when complete."""
    versions = to / "versions"
    _refuse_to_overwrite(versions)
    was_there = folder(to).exists()
    files = {item.path: text for item, text in texts.items()}
    files[versions / f"{NAME}.up.sql"] = sql
    files[versions / f"{NAME}.py"] = _REVISION.format(from_sql=_from_sql(texts, project))
    made: list[Path] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            made.append(part)
            part.write_text(text, encoding="utf-8")
        for path in files:
            made.append(path)
            path.with_name(f".{path.name}.part").replace(path)
        platform.write(folder(to))
    except BaseException as error:
        for path in made:
            path.unlink(missing_ok=True)
        if not was_there:
            shutil.rmtree(folder(to), ignore_errors=True)
        if isinstance(error, OSError):
            raise PullError(f"the baseline cannot be written: {error}", hint="nothing was written") from error
        raise


def _from_sql(texts: layout.Texts, project: Project | None) -> str:
    """The line that tells `dbtools revise` which files hold what the baseline makes."""
    if project is None or not texts:
        return ""
    names = "".join(f'    "{item.path.relative_to(project.root).as_posix()}",\n' for item in sorted(texts))
    return f"from_sql = (\n{names})\n"
