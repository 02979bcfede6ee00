"""A database at head, built by running the revisions, and kept as long as nothing changes that it was built from."""

from __future__ import annotations

import functools
import os
import re
import sys
import sysconfig
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.postgres import cache
from dbtools.postgres.shadow import Content, Shadow
from dbtools.project import Project, sources
from dbtools.project.shadow import shadow_of

DATABASE = "head"

# What Python may read at any time, wherever a project lies.
_PYTHONS = ("stdlib", "platstdlib", "purelib", "platlib")
_ELSEWHERE = ("/dev", "/proc", "/sys", "/usr/share/zoneinfo")
_PROGRAM = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
_ENVIRONMENT = re.compile(r"\b(environb?|getenvb?)\b")


@dataclass(frozen=True)
class Head:
    """A database at head.

    Attributes:
        url: as the owner of its objects.
        others: what the revisions read beyond the files that it is built from: paths, programs, the environment.
    """

    url: str
    others: Collection[str]


@contextmanager
def head_of(project: Project) -> Iterator[Head]:
    """A project's head in a shadow of its own, which is built if the user's cache has none from the same files.

    Raises:
        MigrationError: a revision does not load.
    """
    others: set[str] = set()
    with shadow_of(project, upgraded(project, ["head"], others)) as running:
        yield Head(running.url(DATABASE), others)


def upgraded(project: Project, to: Sequence[str], others: set[str]) -> Content:
    """What a shadow holds in DATABASE when a project's revisions were run up to some; for the user's cache.

    Args:
        project: whose revisions.
        to: their names, or `head`.
        others: gets what the revisions read beyond files, as in `Head`, if they have to be run.
    """
    files = sources.of_head(project)

    def build(shadow: Shadow) -> bool:
        reads = Reads(files)
        url = shadow.create(DATABASE)
        with reads.watching():
            for one in to:
                alembic_env.upgrade(project, url, one)
        others.update(reads.others)
        return not others

    return Content(cache.digest(project, *to, cache.digest_of_files(files)), build)


@contextmanager
def at_head(project: Project, shadow: Shadow | None = None) -> Iterator[str]:
    """The URL of a database at head that goes at the end; in a running shadow, or as `head_of` has it.

    Raises:
        MigrationError: a revision does not load.
    """
    if shadow is None:
        with head_of(project) as head:
            yield head.url
        return
    url = shadow.create()
    try:
        alembic_env.upgrade(project, url)
        yield url
    finally:
        shadow.drop(str(conninfo_to_dict(url)["dbname"]))


class Reads:
    """What a project's revisions read beyond the files that head is built from. What is built then is not to be kept.

    The environment cannot be watched: a revision that names it counts as one that reads it.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._known = {os.path.realpath(path) for path in files}
        self.others = {
            "the environment"
            for path in files
            if path.suffix == ".py"
            and path.name != "env.py"
            and _ENVIRONMENT.search(path.read_text("utf-8", errors="replace"))
        }

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take down what is opened or started."""
        if event in _PROGRAM:
            self.others.add(event)
        elif event == "open" and isinstance(arguments[0], str | bytes):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if path not in self._known and "__pycache__" not in path and not path.startswith(_own_places()):
                self.others.add(path)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take down what is read in the block."""
        _add_hook()
        _watching.append(self)
        try:
            yield
        finally:
            _watching.remove(self)


_watching: list[Reads] = []


@functools.cache
def _add_hook() -> None:
    # For the life of the process: Python takes none away.
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    for reads in _watching:
        reads.note(event, arguments)


@functools.cache
def _own_places() -> tuple[str, ...]:
    package = str(Path(__file__).parents[1])
    # With PYTHONPYCACHEPREFIX, what is compiled lies there, and not in __pycache__.
    compiled = filter(None, [sys.pycache_prefix])
    places = (*(sysconfig.get_path(name) for name in _PYTHONS), package, *compiled, *_ELSEWHERE)
    # With the bar at the end: /development is not below /dev.
    return tuple(os.path.join(os.path.realpath(place), "") for place in places)  # noqa: PTH118  (pathlib drops the bar)
