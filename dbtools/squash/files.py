"""What a squash does to the files: prepared beside `migrations/`, tried there, and put in place at the end."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dbtools import export
from dbtools.errors import SquashError
from dbtools.export import folder
from dbtools.project import Project
from dbtools.project.revisions import squashed

_REVISION = '''\
"""{title}."""

from dbtools.revision import baseline

revision = {revision}
down_revision = None
# Kept in ../squashed/, for databases that are further back.
replaces = ({replaces})
{from_sql}
upgrade, downgrade = baseline(__file__)
'''


@dataclass(frozen=True)
class Stage:
    """A copy of the migrations folder in which the revisions are squashed already.

    `stem` is the new revision's files', `before` the files that the copy was made of.
    """

    project: Project
    stem: Path
    before: Mapping[Path, bytes]

    def write(self, text: str) -> None:
        """The baseline's SQL."""
        self.stem.with_suffix(".up.sql").write_text(text, encoding="utf-8")


def refuse_what_cannot_be_moved(project: Project, locations: Sequence[Path]) -> None:
    """Raise SquashError unless all revisions lie where they can be moved from."""
    versions = project.migrations / "versions"
    if [one.resolve() for one in locations] != [versions.resolve()]:
        raise SquashError(
            f"the revisions do not all lie in {versions}",
            hint="several version_locations cannot be squashed: bring the revisions into one folder first",
        )


@contextmanager
def staged(
    project: Project, title: str, slug: str, replaces: Sequence[str], from_sql: Sequence[str]
) -> Iterator[Stage]:
    """A stage that goes at the end.

    Beside the folder itself, so that what revisions reach for by their own place is where they look for it.

    Args:
        project: whose revisions.
        title: of the new revision.
        slug: what follows the revision in its files' names.
        replaces: the old revisions, the newest last, whose name the new one has.
        from_sql: the files of `sql/` that are in it, relative to the project.
    """
    before = _content(project)
    place = Path(tempfile.mkdtemp(prefix=".squash-", dir=project.migrations.parent))
    try:
        shutil.copytree(
            project.migrations, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".*.part")
        )
        stage = replace(project, migrations=place)
        _move_away(place / "versions", squashed(place))
        stem = place / "versions" / f"{replaces[-1]}_{slug}"
        lines = "".join(f"    {_text(path)},\n" for path in from_sql)
        stem.with_suffix(".py").write_text(
            _REVISION.format(
                title=_text(title)[1:-1],
                revision=_text(replaces[-1]),
                replaces="".join(f"\n    {_text(name)}," for name in replaces) + "\n",
                from_sql=f"from_sql = (\n{lines})\n" if lines else "",
            ),
            encoding="utf-8",
        )
        yield Stage(stage, stem, before)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _content(project: Project) -> dict[Path, bytes]:
    """The files that a squash moves."""
    return {
        path: path.read_bytes()
        for folder_of in (project.migrations / "versions", squashed(project.migrations))
        for path in folder_of.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _text(value: str) -> str:
    """A string as Python has it, in double quotes."""
    return json.dumps(value, ensure_ascii=False)


def _move_away(versions: Path, kept: Path) -> None:
    """Everything that is in a folder into the one where replaced revisions are kept.

    A baseline of an earlier squash is not kept beside its own originals.
    """
    earlier = {
        path.name.partition(".")[0]
        for path in versions.glob("*.py")
        if kept.exists() and "\nreplaces = (" in path.read_text(encoding="utf-8")
    }
    kept.mkdir(exist_ok=True)
    for path in list(versions.iterdir()):
        if path.name.partition(".")[0] in earlier:
            path.unlink()
        else:
            path.replace(kept / path.name)


def put_in_place(project: Project, stage: Stage) -> list[Path]:
    """The stage's revisions in the place of the project's, and the exported files with them; all of it or nothing.

    Returns:
        what was written, relative to the project.

    Raises:
        SquashError: the project's revisions are no longer those that were proven.
    """
    if _content(project) != stage.before:
        raise SquashError("the revisions were changed meanwhile; nothing was written", hint="run it again")
    undo: list[Callable[[], object]] = []
    place = stage.project.migrations
    try:
        for name in ("versions", "squashed"):
            there, old = project.migrations / name, place / f"{name}.old"
            if there.exists():
                there.rename(old)
                undo.append(lambda there=there, old=old: old.rename(there))  # type: ignore[misc]
            (place / name).rename(there)
            undo.append(lambda there=there, name=name: there.rename(place / name))  # type: ignore[misc]
        versions = project.migrations / "versions"
        written = sorted(versions.iterdir())
        exported = _exported(project)
        if exported:
            _keep_exported(project, exported, undo)
            written += [project.root / folder.PATH / name for name in _export(project)]
    except BaseException:
        for step in reversed(undo):
            step()
        raise
    return [path.relative_to(project.root) for path in written]


def _exported(project: Project) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.found(project).values()}


def _keep_exported(project: Project, exported: dict[Path, bytes], undo: list[Callable[[], object]]) -> None:
    kept = folder.squashed(project.migrations)
    kept.mkdir(exist_ok=True)

    def take_back() -> None:
        for path in (project.root / folder.PATH).glob("*.sql"):
            if folder.is_ours(path):
                path.unlink()
        for path, content in exported.items():
            path.write_bytes(content)

    undo.append(take_back)
    there = folder.replaced(project)
    revisions = {path: revision for revision, path in folder.found(project).items()}
    for path, content in exported.items():
        if revisions[path] not in there:
            (kept / path.name).write_bytes(content)


def _export(project: Project) -> list[str]:
    """The names of the exported files that are not as before."""
    return [name for name, state in export.export(project).files.items() if state in {"new", "changed"}]
