"""Whatever is edited in `sql/`, its revision leads there, and back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import psycopg
from alembic import command
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from dbtools import alembic_env, catalog
from dbtools.model.compare import compare
from dbtools.model.snapshot import Snapshot
from dbtools.project import Project, sql_folder
from dbtools.revise.command import revise
from tests.figures import edits
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS


def snapshot(url: str) -> Snapshot:
    with psycopg.connect(url) as connection:
        return catalog.read(connection)


def test_whatever_is_edited_in_sql_its_revision_leads_there_and_back(
    copy: Project, head_url: str, figure: Figure
) -> None:
    configuration = alembic_env.config(copy, head_url)
    original = {item.path: item.path.read_text() for item in sql_folder.declared(copy)}
    possible = [
        (path, edit) for path in original for edit in edits.ALL if edit(original[path]) not in (None, original[path])
    ]
    start = snapshot(head_url)
    tried: Counter[str] = Counter()
    wrong: Counter[str] = Counter()

    @seed(5)
    @settings(
        max_examples=COUNTS.edits,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.sampled_from(possible), min_size=1, max_size=5, unique_by=lambda one: one[0]))
    def there_and_back(chosen: list[tuple[Path, edits.Edit]]) -> None:
        for path, edit in chosen:
            path.write_text(edit(original[path]) or "")
        report = revise(copy, "Edited", head=head_url)
        command.upgrade(configuration, "head")
        there = snapshot(head_url)
        with psycopg.connect(head_url) as connection:
            sql_folder.apply(connection, copy)
        wrong["not_as_in_sql"] += compare(there, snapshot(head_url)) != []
        wrong["second_overloads"] += len(there.of("function")) != len(start.of("function"))
        command.downgrade(configuration, "-1")
        wrong["not_back_at_the_start"] += compare(start, snapshot(head_url)) != []
        wrong["not_written"] += not report.written
        for written in report.written:
            (copy.root / written).unlink()
        for path, text in original.items():
            path.write_text(text)
        tried.update(edit.__name__ for _, edit in chosen)

    there_and_back()
    figure(
        "revisions that write themselves",
        f"{COUNTS.edits:,} sets of edits in sql/ ({len(tried)} kinds, {sum(tried.values()):,} edits), up and down",
        **wrong,
    )
