"""Where it is measured: databases on one durable server, made when a work first asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.contender import Contender
from bench.floors import Bare, Fair
from bench.ours import Ours
from dbtools import alembic_env
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project

# Commits wait for the disk and autovacuum runs, as in production. Checkpoints come rarely, because one that happens to
# fall into a repetition would be held against whoever has his turn.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}

# A thousand jobs at the least: while a table has a few pages only, plans read it whole, those that foreign keys are
# checked with included, and a session keeps them while the table grows.
SOME_HISTORY = 100_000


@dataclass(frozen=True)
class Stage:
    """What a stage holds beside the three contenders.

    Attributes:
        fleet: a thousand nodes and mixed access, or four public nodes.
        history: finished chunks at the start.
        snapshot: a transaction stays open from the start, so that nothing dead can be removed.
    """

    fleet: bool = False
    history: int = SOME_HISTORY
    snapshot: bool = False


class Stages:
    """The stages by name; each has one database for ours and one for both floors.

    Args:
        shadow: a durable server.
        history: how many finished chunks stage `history` has.
    """

    def __init__(self, shadow: Shadow, history: int) -> None:
        self._shadow = shadow
        self._kinds = {
            "create": Stage(),
            "drain": Stage(),
            "fleet": Stage(fleet=True),
            "history": Stage(fleet=True, history=history),
            "snapshot": Stage(snapshot=True),
        }
        self._open: dict[str, list[Contender]] = {}
        self._snapshots: list[psycopg.Connection] = []
        alembic_env.upgrade(Project.find(Path(__file__).parent), shadow.create("head"))

    def contenders(self, name: str) -> Sequence[Contender]:
        """The bare floor, the fair floor and ours, on that stage."""
        if name not in self._open:
            self._build(name, self._kinds[name])
        return self._open[name]

    def ours(self, name: str) -> Contender:
        """The job system, on that stage."""
        return self.contenders(name)[-1]

    @property
    def programs(self) -> Path:
        """The folder of the server's own programs."""
        return self._shadow.server.bin

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database with nothing of the project in it, for the length of the block."""
        yield self._shadow.create("empty")
        self._shadow.drop("empty")

    def close(self) -> None:
        """End all sessions; the server's end takes the databases."""
        for snapshot in self._snapshots:
            snapshot.close()
        for contenders in self._open.values():
            for contender in contenders:
                contender.close()

    def _build(self, name: str, stage: Stage) -> None:
        floors, ours = f"{name}_floors", f"{name}_ours"
        for database in (floors, ours):
            self._shadow.create(database, template="head")
        contenders = [
            Bare(self._shadow, floors),
            Fair(self._shadow, floors),
            Ours(self._shadow, ours, fleet=stage.fleet),
        ]
        self._open[name] = contenders
        for contender in contenders:
            contender.add_history(stage.history)
            contender.admin.execute("vacuum analyze")
            contender.admin.execute("checkpoint")
        if stage.snapshot:
            for database in (floors, ours):
                snapshot = psycopg.connect(self._shadow.url(database, user=ADMIN))
                snapshot.execute("set transaction isolation level repeatable read")
                snapshot.execute("select 1")
                self._snapshots.append(snapshot)


@contextmanager
def open_stages(history: int) -> Iterator[Stages]:
    """Start the server; it ends, and all of it goes, with the block."""
    shadow = Shadow(durable=True)
    shadow.server.settings.update(SETTINGS)
    with shadow:
        stages = Stages(shadow, history)
        try:
            yield stages
        finally:
            stages.close()
