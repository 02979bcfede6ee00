"""Whatever is renamed by hand and brought home, nobody else's rows are lost without their name being said."""

from __future__ import annotations

import shutil
from collections import Counter
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
    for seed in range(COUNTS.rename_histories):
        folder = tmp_path / f"history_{seed}"
        shutil.copytree(original, folder)
        live, elsewhere = (shadow.create(template=str(conninfo_to_dict(template)["dbname"])) for _ in range(2))
        with psycopg.connect(_not_a_shadow(shadow, elsewhere)) as connection:
            before = renames.rows(connection)
        counted += _history(Random(seed), Project.find(folder), shadow, live, elsewhere, before)
        for url in (live, elsewhere):
            shadow.drop(str(conninfo_to_dict(url)["dbname"]))
    figure(
        "rows outlive renames by hand",
        f"{COUNTS.rename_histories} histories with {counted['changes']} changes, {counted['renamed']} things renamed; "
        f"{counted['captured']} captured whole, {counted['refused']} asked for what goes by name",
        rows_lost_unsaid=counted["lost_unsaid"],
        rows_lost_that_live_has=counted["lost_that_live_has"],
        rows_lost_on_the_way_back=counted["lost_on_the_way_back"],
        broken_off=counted["broken_off"],
    )


def _history(
    random: Random, project: Project, shadow: Shadow, live: str, elsewhere: str, before: renames.Rows
) -> Counter[str]:
    counted: Counter[str] = Counter()
    with psycopg.connect(live) as connection:
        old = renames.things(connection)
        done = [renames.change(connection, random, number) for number in range(CHANGES)]
        new, live_rows = renames.things(connection), renames.rows(connection)
    counted["changes"] = sum(map(bool, done))
    counted["renamed"] = sum(key in new and new[key][1] != said for key, (_, said, _) in old.items())
    try:
        report = pull_again(live, project, "By hand", answers=Answers(ask=renames.truth(old, new)), shadow=shadow)
        counted["captured"] = report.ok
        if report.left:
            _tell(done, f"left {[str(one) for one in report.left]}")
        said = ""
        try:
            alembic_env.upgrade(project, elsewhere)
        except MigrationError as refusal:
            said = refusal.message
            counted["refused"] = 1
            alembic_env.upgrade(project, elsewhere, confirm=["by_hand"])
    except DbtoolsError as error:
        _tell(done, str(error))
        counted["broken_off"] = 1
        return counted
    with psycopg.connect(elsewhere) as connection:
        after = renames.rows(connection)
    for key, (table, column, held) in before.items():
        if held and (key not in after or after[key][2] != held):
            whole = f"table {table}: " in said or f"materialized view {table}: " in said
            counted["lost_unsaid"] += not (whole or f"column {table}.{column}" in said)
            counted["lost_that_live_has"] += key in live_rows
            if key in live_rows or not (whole or f"column {table}.{column}" in said):
                _tell(done, f"lost {table}.{column}, said: {said}")
    try:
        command.downgrade(alembic_env.config(project, elsewhere, confirm=["by_hand"]), "0001")
    except CommandError:
        # A column that is NOT NULL and has no default does not come back where there are rows.
        return counted
    with psycopg.connect(elsewhere) as connection:
        back = renames.rows(connection)
    kept = [key for key, (_, _, held) in before.items() if key in after and after[key][2] == held]
    counted["lost_on_the_way_back"] = sum(key not in back or back[key][2] != before[key][2] for key in kept)
    return counted


def _tell(done: list[str], what: str) -> None:
    """For whoever looks into a failure: pytest shows it then."""
    print(*filter(None, done), f"  {what}", sep="\n")


def _not_a_shadow(shadow: Shadow, url: str) -> str:
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(shadow.url(name, user=ADMIN)) as admin:
        admin.execute(f"alter database {name} set dbtools.shadow to 'off'")
    return url
