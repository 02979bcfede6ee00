"""A view that selects from itself is left out, and the baseline loads without it."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dbtools import pull
from dbtools.postgres.shadow import Shadow

VIEWS = """
    create table public.t (id integer);
    create view public.round as select * from public.t;
    create or replace view public.round as select * from public.round;
    comment on view public.round is 'goes round';
    grant select on public.round to anon;
    create view public.straight as
      with recursive round as (select 1 as n union select n from round) select 'public.round' as name, n from round
"""


def test_what_selects_from_itself_is_left_out_and_stops_nothing_else(tmp_path: Path, shadow: Shadow) -> None:
    url = shadow.create()
    with psycopg.connect(url) as connection:
        connection.execute(VIEWS.encode())
    report = pull.pull(url, tmp_path, shadow=shadow)
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))
    assert [item.object for item in report.left_out] == ["view public.round"]
    assert (report.unproven, report.differences) == ((), ())
    assert "CREATE VIEW public.straight" in report.path.read_text()
