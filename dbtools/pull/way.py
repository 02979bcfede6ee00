"""The way from one state of a database to another, gone in a shadow: what it takes, and the files of `sql/` with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg

from dbtools import catalog
from dbtools.diff.way import about, both_ways_to
from dbtools.errors import ReviseError
from dbtools.model.compare import compare
from dbtools.model.declared import Declared, declared_part, in_order
from dbtools.model.definition import definition
from dbtools.model.snapshot import Object, Snapshot
from dbtools.postgres.working_order import run_in_working_order
from dbtools.project import Project, sql_folder
from dbtools.pull import layout
from dbtools.pull.table_changes import by_catalog
from dbtools.revise import provenance
from dbtools.revise.plan import read, run
from dbtools.revise.provenance import History


class Way:
    """The way from where a database is to another state, gone step by step in the connection's transaction.

    Tables and objects need each other, so whatever fails is tried again once something else has worked. What fails for
    good is left as it is. `steps` is the SQL that worked.
    """

    def __init__(
        self, connection: psycopg.Connection, project: Project, wanted: Snapshot, waiting: Sequence[str]
    ) -> None:
        self.steps: list[str] = []
        self._connection, self._project, self._wanted = connection, project, wanted
        self._texts = provenance.read(project).texts
        self._items: set[Declared] = set()
        self._start = catalog.read(connection)
        state, before = self._state(), -1
        while len(self.steps) > before:
            before = len(self.steps)
            self._try(by_catalog(wanted, catalog.read(connection), first=True))
            waiting = self._try(waiting)
            self._make_objects()
            self._try(by_catalog(wanted, catalog.read(connection), first=False))
            now = self._state()
            if now == state:
                # What was done changes nothing, and would be done again and again.
                del self.steps[before:]
            state = now

    def _state(self) -> tuple[Mapping[str, Object], ...]:
        """All that a step may change."""
        return tuple(catalog.read(self._connection, some).objects for some in (None, catalog.PLATFORM_READERS))

    def texts(self) -> dict[Declared, str]:
        """The files of `sql/` for what was changed; empty where the object is gone."""
        texts = {
            item: definition(self._wanted, item) for item in self._items if declared_part(self._wanted, item).objects
        }
        lost = (item for item in sql_folder.declared(self._project) if declared_part(self._start, item).objects)
        gone = {item: "" for item in lost if not declared_part(self._wanted, item).objects}
        # The grants of materialized views had files of their own once.
        beside = (
            sql_folder.named(self._project, "policies", one.schema, one.name) for one in texts if one.kind == "view"
        )
        gone |= {item: "" for item in beside if item.path.exists()}
        wrong = layout.unproven(self._connection, catalog.read(self._connection), texts)
        return gone | {item: text for item, text in texts.items() if item not in wrong}

    def _try(self, waiting: Sequence[str]) -> list[str]:
        done, failed = run_in_working_order(self._connection, waiting, lambda step: run(self._connection, step))
        self.steps += done
        return [step for step, _ in failed]

    def _make_objects(self) -> None:
        start, wanted = read(self._connection), self._wanted
        items = in_order(sql_folder.among(start, self._project) | sql_folder.among(wanted, self._project))
        changes = compare(wanted, start)
        wrong = [item for item in items if about(item, start, wanted, changes)]
        past = History(tuple(items), self._texts)
        # All at once; or, if that fails, one after the other in the rounds to come.
        for some in (wrong, *([item] for item in wrong)) if wrong else ():
            try:
                step, _ = both_ways_to(self._connection, start, wanted, some, past)
            except ReviseError:
                continue
            run(self._connection, step)
            self.steps.append(step)
            self._items.update(some)
            return
