"""`dbtools pull`: bring a live schema home as the baseline, and prove that the baseline makes the same schema again.

The live database is only read, in one read-only transaction whose snapshot pg_dump shares.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from rich.console import Group, RenderableType
from rich.text import Text

from dbtools import platform, render, script
from dbtools.catalog import Snapshot
from dbtools.compare import Change
from dbtools.errors import MigrationError, PullError
from dbtools.pull.baseline import Baseline, LeftOut, build
from dbtools.pull.dump import EMBEDDED_MAJOR
from dbtools.pull.proof import observe, prove
from dbtools.shadow import ADMIN, Shadow
from dbtools.sqltext import identifier

NAME = "0001_baseline"

_REVISION = '''\
"""The schema as it was found in the live database."""

from dbtools.revision import baseline

revision = "0001"
down_revision = None

upgrade, downgrade = baseline(__file__)
'''


@dataclass(frozen=True)
class PullReport:
    """What came home: objects captured, by kind; what was left out, and why; how the replay differs from live."""

    path: Path
    captured: dict[str, int]
    left_out: tuple[LeftOut, ...]
    differences: tuple[Change, ...]

    @property
    def ok(self) -> bool:
        """Whether the baseline makes the same schema, with nothing left out."""
        return not self.left_out and not self.differences

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "path": str(self.path),
            "captured": self.captured,
            "left_out": [{"object": item.object, "reason": item.reason} for item in self.left_out],
            "differences": render.as_dicts(self.differences),
        }

    def __rich__(self) -> RenderableType:
        """What to print for people."""
        counts = ", ".join(f"{kind}: {count}" for kind, count in self.captured.items())
        parts: list[RenderableType] = [Text(f"wrote {self.path}"), Text(f"captured  {counts}")]
        if self.left_out:
            parts.append(Text("left out:", "bold"))
            parts += [Text(f"  {item.object}: {item.reason}") for item in self.left_out]
        if self.differences:
            parts += [Text("replayed into an empty shadow, it differs:", "bold red")]
            parts += [render.table(self.differences, expected="live", found="replay")]
        else:
            parts.append(Text("replayed into an empty shadow: no difference", "green"))
        return Group(*parts)


def pull(
    url: str, to: Path, *, progress: Callable[[str], None] = lambda _: None, shadow: Shadow | None = None
) -> PullReport:
    """Write `TO/versions/0001_baseline.{py,up.sql}` from the live database at `url`, and prove it in a shadow.

    The files are written even if the proof finds a difference; the report says which.

    Args:
        url: the live database; only read.
        to: the migrations folder; it and `versions/` are created.
        progress: called with one line for each step.
        shadow: a running shadow to replay in; by default one is started for the purpose.

    Raises:
        ConnectError: the database cannot be reached in a way that the work needs.
        PullError: there are revisions already, or something of the schema may not be read.
    """
    versions = to / "versions"
    _refuse_to_overwrite(versions)
    progress("reading the live schema")
    live = observe(url)
    baseline = build(live.snapshot, live.entries)
    with (
        tempfile.TemporaryDirectory(prefix="dbtools-pull-") as folder,
        nullcontext(shadow) if shadow else Shadow() as s,
    ):
        file = Path(folder) / f"{NAME}.up.sql"
        file.write_text(baseline.text, encoding="utf-8")
        progress("replaying it in a shadow")
        replayed, not_loaded = replay(s, live.snapshot, baseline, file)
        progress("comparing the two")
        differences = prove(live, replayed)
        s.drop(str(conninfo_to_dict(replayed)["dbname"]))
    _write(versions, baseline.text)
    left_out = baseline.left_out + not_loaded
    if live.dumped_by != EMBEDDED_MAJOR:
        reason = f"pg_dump {live.dumped_by} read the live schema, the embedded {EMBEDDED_MAJOR} its replay"
        left_out += (LeftOut("the proof's second observer", reason),)
    explained = {item.object for item in left_out}
    return PullReport(
        path=versions / f"{NAME}.up.sql",
        captured=live.snapshot.count(),
        left_out=left_out,
        differences=tuple(
            change for change in differences if not {change.object.identity, change.object.parent} & explained
        ),
    )


def replay(shadow: Shadow, live: Snapshot, baseline: Baseline, file: Path) -> tuple[str, tuple[LeftOut, ...]]:
    """Run the file in a new database of the shadow's, as Alembic will: one transaction, as the project's owner.

    Returns:
        the database's URL, and what of the file does not load, in which case the rest of it is there.
    """
    url = _empty_database(shadow, live)
    try:
        with psycopg.connect(url) as connection:
            script.execute(connection, file)
    except MigrationError:
        return url, _load_what_can_be(url, baseline)
    return url, ()


def _refuse_to_overwrite(versions: Path) -> None:
    there = sorted(path.name for pattern in ("*.py", "*.sql") for path in versions.glob(pattern))
    if there:
        raise PullError(
            f"{versions} already holds {there[0]}" + (f" and {len(there) - 1} more" if there[1:] else ""),
            hint="a baseline is written once; give another folder with --to, or remove the files to begin anew",
        )


def _write(versions: Path, sql: str) -> None:
    """Both files or neither; under their own names only when complete."""
    versions.mkdir(parents=True, exist_ok=True)
    _refuse_to_overwrite(versions)
    made: list[Path] = []
    try:
        for name, text in ((f"{NAME}.up.sql", sql), (f"{NAME}.py", _REVISION)):
            part = versions / f".{name}.part"
            made.append(part)
            part.write_text(text, encoding="utf-8")
        for name in (f"{NAME}.up.sql", f"{NAME}.py"):
            made.append(versions / name)
            (versions / f".{name}.part").replace(versions / name)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _empty_database(shadow: Shadow, live: Snapshot) -> str:
    """A new database in the shadow with the extensions that live has, and no others."""
    wanted = {item.name: item.properties["schema"] for item in live.of("extension")}
    for name in wanted:
        shadow.offer_extension(name, "1.0")
    url = shadow.create()
    with psycopg.connect(url, user=ADMIN) as connection:
        for schema in sorted(set(wanted.values()) & set(platform.SCHEMAS)):
            connection.execute(f"create schema if not exists {identifier(schema)}".encode())
        there = [row[0] for row in connection.execute("select extname from pg_extension where extname <> 'plpgsql'")]
        for name in sorted(set(there) - set(wanted)):
            connection.execute(f"drop extension {identifier(name)} cascade".encode())
    return url


def _load_what_can_be(url: str, baseline: Baseline) -> tuple[LeftOut, ...]:
    failed: list[LeftOut] = []
    with psycopg.connect(url) as connection, connection.transaction():
        for title, sql in baseline.blocks:
            try:
                with connection.transaction():
                    connection.execute(sql.encode())
            except psycopg.Error as error:
                failed.append(LeftOut(title, f"it does not load in the shadow: {error.diag.message_primary or error}"))
    return tuple(failed)
