"""`dbtools docs`: the pages of a schema, written into a folder of their own, or held against what is there."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import psycopg
from rich.console import Group, RenderableType
from rich.text import Text

from dbtools.docs import history, site
from dbtools.docs.pages import Format, render
from dbtools.errors import ConfigError, DocsError
from dbtools.postgres.connection import connect
from dbtools.project import Project
from dbtools.runner.head import at_head

# The names of all files that were written, so that a later run removes its own and nothing else.
MANIFEST = ".dbtools-docs"
_MOST_LISTED = 20


@dataclass(frozen=True)
class DocsReport:
    """What there was to do in the folder: files that are `new`, `changed`, `removed`; nothing is done if `checked`."""

    folder: Path
    pages: int
    size: int
    files: Mapping[str, str]
    checked: bool

    @property
    def ok(self) -> bool:
        """Whether the folder holds what it should, by now."""
        return not (self.checked and self.files)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON; `bytes` is what all files together take."""
        return {
            "ok": self.ok,
            "folder": str(self.folder),
            "pages": self.pages,
            "bytes": self.size,
            "files": dict(self.files),
        }

    def __rich__(self) -> RenderableType:
        """For people: what is stale, if that was asked; then a line that sums up."""
        lines = []
        if self.checked:
            listed = list(self.files.items())[:_MOST_LISTED]
            lines = [Text.assemble((f"{state:9}", "yellow"), name) for name, state in listed]
            if len(self.files) > _MOST_LISTED:
                lines.append(Text(f"… {len(self.files) - _MOST_LISTED} more", "dim"))
        verdict = Text("as they should be", "green") if self.ok else Text("stale; run the same without --check", "red")
        if not self.checked:
            verdict = Text(f"{len(self.files)} of them new, changed or removed" if self.files else "nothing changed")
        return Group(*lines, Text.assemble(f"{self.pages} pages in {self.folder}: ", verdict))


def docs(  # noqa: PLR0913
    to: Path,
    *,
    url: str | None,
    project: Project | None,
    form: Format = "html",
    title: str = "",
    with_sizes: bool = False,
    check: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> DocsReport:
    """Write the pages of a database's schema into a folder; only look, if `check`.

    Args:
        to: the folder; it is made where it is missing, and must hold nothing but such pages.
        url: a live database, which is only read; None: head, built in a shadow.
        project: whose revisions are the history; None: there is none to tell.
        form: HTML, or Markdown.
        title: what the pages are called; by default the project's or the database's name.
        with_sizes: say how large tables are, which no two runs need say alike.
        check: write nothing.
        say: told what is being done, line by line.

    Raises:
        ConfigError: the folder holds something else; or there is neither a URL nor a project.
        ConnectError: the database cannot be reached.
        DocsError: its catalog cannot be read.
        MigrationError: head cannot be built, or the history does not load.
    """
    before = _manifest(to)
    revisions = history.read(project) if project else None
    try:
        with _database(url, project, say) as connection:
            say("reading the catalog")
            name = title or _name(project) or connection.info.dbname
            origin = f"the database {connection.info.dbname}" if url else f"head, revision {_head(revisions)}"
            whole = site.read(connection, title=name, origin=origin, revisions=revisions, with_sizes=with_sizes)
    except psycopg.Error as error:
        raise DocsError(f"the catalog cannot be read: {str(error).strip()}", hint="read it as its owner") from error
    say("writing the pages")
    files = render(whole, form)
    files[MANIFEST] = "".join(f"{path}\n" for path in sorted(files)).encode()
    states = {path: state for path in sorted({*files, *before}) if (state := _state(to, path, files.get(path)))}
    if not check:
        _write(to, files, states)
    return DocsReport(to, len(files) - 1, sum(map(len, files.values())), states, check)


@contextmanager
def _database(url: str | None, project: Project | None, say: Callable[[str], None]) -> Iterator[psycopg.Connection]:
    if url:
        with connect(url) as connection:
            yield connection
        return
    if project is None:
        raise ConfigError("there is no project here whose head could be shown", hint="name a database: --db-url URL")
    say("building head in a shadow")
    with at_head(project) as made, connect(made) as connection:
        yield connection


def _manifest(to: Path) -> set[str]:
    """What an earlier run wrote into the folder.

    Raises:
        ConfigError: the folder is somebody else's.
    """
    if to.exists() and not to.is_dir():
        raise ConfigError(f"{to} is no folder")
    if not (to / MANIFEST).exists():
        if to.exists() and any(to.iterdir()):
            raise ConfigError(f"{to} holds something else", hint="name a folder of its own: --to FOLDER")
        return set()
    paths = [PurePosixPath(line) for line in (to / MANIFEST).read_text().splitlines() if line]
    # A line that somebody changed must not reach out of the folder.
    return {str(path) for path in paths if not path.is_absolute() and ".." not in path.parts}


def _state(to: Path, path: str, wanted: bytes | None) -> str:
    """What has to be done about a file; empty if nothing has."""
    there = to / path
    if wanted is None:
        return "removed" if there.is_file() else ""
    if not there.is_file():
        return "new"
    return "" if there.read_bytes() == wanted else "changed"


def _write(to: Path, files: Mapping[str, bytes], states: Mapping[str, str]) -> None:
    # First the list of both what was and what will be there: a run that is interrupted leaves nothing behind for good.
    to.mkdir(parents=True, exist_ok=True)
    (to / MANIFEST).write_text("".join(f"{path}\n" for path in sorted({*files, *states} - {MANIFEST})))
    for path, state in states.items():
        if state == "removed":
            (to / path).unlink()
        elif path != MANIFEST:
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            (to / path).write_bytes(files[path])
    (to / MANIFEST).write_bytes(files[MANIFEST])


def _head(revisions: object) -> str:
    return revisions[-1].id if isinstance(revisions, list) and revisions else "none"


def _name(project: Project | None) -> str:
    """The project's name as it says itself, not its folder's, which is another one on every machine."""
    if project is None:
        return ""
    table = tomllib.loads((project.root / "pyproject.toml").read_text())
    return str(table.get("project", {}).get("name", ""))
