"""A view that selects from itself is left out, the baseline loads without it, and later commands note it."""

from __future__ import annotations

from pathlib import Path

from dbtools.diff import diff
from dbtools.postgres.shadow import Shadow
from dbtools.pull.incremental import pull_again
from tests.dbtools.pull.conftest import Make
from tests.support.pulled import pulled

VIEWS = """
    create table public.t (id integer);
    create view public.round as select * from public.t;
    create or replace view public.round as select * from public.round;
    comment on view public.round is 'goes round';
    grant select on public.round to anon;
    create view public.straight as
      with recursive round as (select 1 as n union select n from round) select 'public.round' as name, n from round
"""


def test_what_selects_from_itself_is_left_out_and_stops_nothing_else(
    make: Make, tmp_path: Path, shadow: Shadow
) -> None:
    url = make(VIEWS)
    project, report = pulled(url, tmp_path, shadow)
    assert [item.object for item in report.left_out] == ["view public.round"]
    assert (report.unproven, report.differences) == ((), ())
    assert "CREATE VIEW public.straight" in report.path.read_text()
    found = diff(url, project, shadow=shadow)
    assert (found.changes, [item.object for item in found.noted if "round" in item.object]) == (
        [],
        ["view public.round"],
    )
    again = pull_again(url, project, "again", shadow=shadow)
    assert ([*again.changes], [*again.written]) == ([], [])
