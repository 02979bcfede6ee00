"""Whatever is renamed by hand and brought home, nobody else's rows are lost without their name being said."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import psycopg
from alembic import command
from alembic.util import CommandError
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.errors import DbtoolsError, MigrationError
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from dbtools.pull.incremental import pull_again
from dbtools.revise.answers import Answers
from tests.figures import renames
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS
from tests.support.repository import Repository

CHANGES = 8
NIGHTS = ("night_0", "night_1")


def test_rows_outlive_renames_by_hand(tmp_path: Path, project: Project, shadow: Shadow, figure: Figure) -> None:
    original = tmp_path / "original"
    original.mkdir()
    repository = Repository.create(original, project)
    repository.set(call_watch="1ms")
    repository.add("0001", renames.BASE)
    template = shadow.create()
    alembic_env.upgrade(Project.find(original), template)
    with psycopg.connect(template) as connection:
        connection.execute(renames.ROWS.encode())
    counted: Counter[str] = Counter()
    for seed in range(1, COUNTS.rename_histories + 1):
        folder = tmp_path / f"history_{seed}"
        shutil.copytree(original, folder)
        live, elsewhere = (shadow.create(template=str(conninfo_to_dict(template)["dbname"])) for _ in range(2))
        _is_no_shadow(shadow, elsewhere)
        history = History(seed, Project.find(folder), shadow, live, elsewhere)
        # Every fourth goes on, and may rename again what it has renamed.
        for number in range(1 + (seed % 4 == 0)):
            history.night(f"Night {number}")
        history.way_back()
        counted += history.counted
        for url in (live, elsewhere):
            shadow.drop(str(conninfo_to_dict(url)["dbname"]))
    figure(
        "rows outlive renames by hand",
        f"{COUNTS.rename_histories} histories with {counted['changes']} changes, {counted['renamed']} things renamed; "
        f"{counted['captured']} times captured whole, {counted['refused']} times what goes was named",
        rows_lost_unsaid=counted["lost_unsaid"],
        rows_lost_that_live_has=counted["lost_that_live_has"],
        rows_lost_on_the_way_back=counted["lost_on_the_way_back"],
        broken_off=counted["broken_off"],
    )


class History:
    """What is done by hand to `live`, captured, and brought to `elsewhere`, which is at the revision before."""

    def __init__(self, seed: int, project: Project, shadow: Shadow, live: str, elsewhere: str) -> None:
        self.counted: Counter[str] = Counter()
        self._seed, self._random, self._project, self._shadow = seed, Random(seed), project, shadow
        self._live, self._elsewhere = live, elsewhere
        self._start = self._rows()

    def night(self, title: str) -> None:
        """Change some things, capture them, and upgrade the other database."""
        with psycopg.connect(self._live) as connection:
            old = renames.things(connection)
            done = [renames.change(connection, self._random, number) for number in range(CHANGES)]
            new, live_rows = renames.things(connection), renames.rows(connection)
        self.counted["changes"] += sum(map(bool, done))
        self.counted["renamed"] += sum(key in new and new[key][1] != said for key, (_, said, _) in old.items())
        before, refusal = self._rows(), ""
        try:
            report = pull_again(
                self._live, self._project, title, answers=Answers(ask=renames.truth(old, new)), shadow=self._shadow
            )
            self.counted["captured"] += report.ok
            if report.written:
                command.stamp(alembic_env.config(self._project, self._live), "head")
                refusal = self._upgrade()
        except DbtoolsError as error:
            self.counted["broken_off"] += 1
            self._print(done, str(error))
            return
        after = self._rows()
        for key, (table, column, held) in before.items():
            if not held or (key in after and after[key][2] == held):
                continue
            names = (f"table {table}: ", f"materialized view {table}: ", f"column {table}.{column}")
            unsaid = not any(name in refusal for name in names)
            self.counted["lost_unsaid"] += unsaid
            self.counted["lost_that_live_has"] += key in live_rows
            if unsaid or key in live_rows:
                self._print(done, f"lost {table}.{column}; said: {refusal}")

    def way_back(self) -> None:
        """Go back to the baseline, with all rows that were still there."""
        kept = [key for key, row in self._rows().items() if key in self._start and self._start[key][2] == row[2]]
        try:
            command.downgrade(alembic_env.config(self._project, self._elsewhere, confirm=NIGHTS), "0001")
        except CommandError:
            # A column that is NOT NULL and has no default does not come back where there are rows.
            self.counted["no_way_back"] += 1
            return
        back = self._rows()
        self.counted["lost_on_the_way_back"] += sum(
            key not in back or back[key][2] != self._start[key][2] for key in kept
        )

    def _upgrade(self) -> str:
        """The refusal, if there is one; what goes by name is confirmed then."""
        try:
            alembic_env.upgrade(self._project, self._elsewhere)
        except MigrationError as refusal:
            self.counted["refused"] += 1
            alembic_env.upgrade(self._project, self._elsewhere, confirm=NIGHTS)
            return refusal.message
        return ""

    def _print(self, done: Sequence[str], what: str) -> None:
        print(f"history {self._seed}:", *(f"{one};" for one in done if one), f"  {what}", sep="\n", flush=True)

    def _rows(self) -> renames.Rows:
        with psycopg.connect(self._elsewhere) as connection:
            return renames.rows(connection)


def _is_no_shadow(shadow: Shadow, url: str) -> None:
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(shadow.url(name, user=ADMIN)) as admin:
        admin.execute(f"alter database {name} set dbtools.shadow to 'off'")
