"""`dbtools pull`: capture a live schema as the baseline, and prove that the baseline makes the same schema again.

The live database is only read, in one read-only transaction whose snapshot pg_dump shares.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from dbtools.catalog.ledger import not_compared
from dbtools.errors import PullError
from dbtools.model import render
from dbtools.model.compare import Change, is_across
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.pull import layout, replay
from dbtools.pull.baseline import build
from dbtools.pull.dump import EMBEDDED_MAJOR
from dbtools.pull.platform_objects import LeftOut
from dbtools.pull.proof import observe_over, prove

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
    """What was captured: objects, by kind; what was left out, and why; how the replay differs from live.

    `acknowledged` are patterns of what may be left out; `objects` is the number of files laid out under `sql/`;
    `majors` are the versions of Postgres, live's and the replay's, or None if nothing was proven.
    """

    path: Path
    captured: dict[str, int]
    left_out: tuple[LeftOut, ...]
    differences: tuple[Change, ...]
    acknowledged: tuple[str, ...] = ()
    objects: int = 0
    majors: tuple[int, int] | None = None

    @property
    def ok(self) -> bool:
        """Whether the baseline makes the same schema, with nothing left out but what was acknowledged."""
        return not self.differences and all(self._is_acknowledged(item) for item in self.left_out)

    def _is_acknowledged(self, item: LeftOut) -> bool:
        return any(fnmatchcase(item.object, pattern) for pattern in self.acknowledged)

    def _not_compared(self) -> list[str]:
        """What the proof cannot say; see docs/decisions/0015."""
        if self.majors is None:
            return []
        unseen = ["what the API roles may do with the platform's own schemas and functions"]
        if is_across(*self.majors, 17):
            unseen.append(f"the privilege MAINTAIN, which Postgres {min(self.majors)} does not have")
        return [*unseen, "; ".join(not_compared())]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "path": str(self.path),
            "proven": self.majors is not None,
            "not_compared": self._not_compared(),
            "captured": self.captured,
            "objects": self.objects,
            "left_out": [
                {"object": item.object, "reason": item.reason, "acknowledged": self._is_acknowledged(item)}
                for item in self.left_out
            ],
            "differences": render.as_dicts(self.differences),
        }

    def __rich__(self) -> RenderableType:
        """What to print for people."""
        counts = ", ".join(f"{kind}: {count}" for kind, count in self.captured.items())
        parts: list[RenderableType] = [Text(f"wrote {self.path}"), Text(f"captured  {counts}")]
        if self.objects:
            parts.insert(1, Text(f"wrote {self.objects} files of sql/"))
        if self.left_out:
            parts.append(Text("left out:", "bold"))
            parts += [
                Text(f"  {item.object}: {item.reason}", "dim" if self._is_acknowledged(item) else "")
                for item in self.left_out
            ]
        if self.differences:
            parts += [Text("replayed into an empty shadow, it differs:", "bold red")]
            parts += [render.table(self.differences, expected="live", found="replay")]
        elif self.majors is None:
            parts.append(Text("not replayed: nothing was proven", "yellow"))
        else:
            parts.append(Text(f"replayed into an empty shadow (Postgres {self.majors[1]}): no difference", "green"))
            parts += [Text(f"not compared: {what}") for what in self._not_compared()]
        return Group(*parts)


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
    """
    versions = to / "versions"
    _refuse_to_overwrite(versions)
    if options.objects_in:
        layout.refuse_to_overwrite(options.objects_in)
    progress("reading the live schema")
    not_loaded: tuple[LeftOut, ...] = ()
    differences: list[Change] = []
    texts: layout.Texts = {}
    with ExitStack() as stack:
        with connect(url, application_name="dbtools-pull") as connection:
            major = connection.info.server_version // 10000
            preparing = stack.enter_context(replay.place(shadow, major))
            live = observe_over(connection, url)
        there = preparing.result()
        known = replay.prepare(there, live)
        ours = live.ours(known)
        baseline = build(ours, live.entries)
        if options.proof:
            progress("replaying it in a shadow")
            not_loaded = replay.load(there, baseline)
            progress("comparing the two")
            differences = prove(live, there.url, known)
            texts = layout.files(ours, there.url, options.objects_in) if options.objects_in else {}
    _write(versions, baseline.text, texts, options.objects_in)
    left_out = baseline.left_out + not_loaded
    if options.proof and live.dumped_by != EMBEDDED_MAJOR:
        reason = f"pg_dump {live.dumped_by} read the live schema, the embedded {EMBEDDED_MAJOR} its replay"
        left_out += (LeftOut("the proof's second observer", reason),)
    explained = {item.object for item in left_out}
    return PullReport(
        path=versions / f"{NAME}.up.sql",
        captured=ours.count(),
        left_out=left_out,
        differences=tuple(
            change for change in differences if not {change.object.identity, change.object.parent} & explained
        ),
        acknowledged=options.acknowledged,
        objects=len(texts),
        majors=(major, known.major) if options.proof else None,
    )


def _refuse_to_overwrite(versions: Path) -> None:
    there = sorted(path.name for pattern in ("*.py", "*.sql") for path in versions.glob(pattern))
    if there:
        raise PullError(
            f"{versions} already holds {there[0]}" + (f" and {len(there) - 1} more" if there[1:] else ""),
            hint="a baseline is written once; give another folder with --to, or remove the files to begin anew",
        )


def _write(versions: Path, sql: str, texts: layout.Texts, project: Project | None) -> None:
    """All files or none; each under its own name only when complete."""
    _refuse_to_overwrite(versions)
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
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _from_sql(texts: layout.Texts, project: Project | None) -> str:
    """The line that tells `dbtools revise` which files hold what the baseline makes."""
    if project is None or not texts:
        return ""
    names = "".join(f'    "{item.path.relative_to(project.root).as_posix()}",\n' for item in sorted(texts))
    return f"from_sql = (\n{names})\n"
