"""Where there are revisions, a pull brings home what was changed by hand in production: as one more revision."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from alembic import command

from dbtools import alembic_env, catalog
from dbtools.errors import PullError
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.pull.way import Way
from dbtools.revise import pending
from dbtools.runner.head import at_head
from tests.dbtools.pull.conftest import Again, files


def test_nothing_changed_is_said_and_nothing_written(again: Again, shop: Project) -> None:
    before = files(shop)
    report = again("analyze public.orders")
    assert (report.ok, report.changes, report.written, files(shop)) == (True, (), (), before)


OBJECTS = """
    create or replace function public.total() returns bigint language sql as 'select 7';
    grant execute on function public.total() to anon;
    create function public.total(a integer) returns integer language sql return a;
    alter policy everybody on public.orders using (amount > 1);
    create policy nobody on public.orders for delete using (false);
    revoke select on public.orders from anon;
    grant select (id) on public.orders to anon;
    create or replace view public.open_orders as select id, amount, note from public.orders
"""
GONE = """
    drop view public.open_orders;
    drop trigger touch on public.orders;
    drop function public.touch();
    drop policy everybody on public.orders;
    alter table public.orders disable row level security, drop note;
    drop index public.orders_amount
"""
COLUMNS = """
    alter table public.orders add paid boolean not null default false, add twice integer
      generated always as (id * 2) stored, alter amount set default 3, alter note type varchar(9) collate "C",
      alter state drop not null, add constraint few check (amount < 100), add unique (amount, id), add before "char";
    drop index public.orders_amount;
    create index orders_amount on public.orders (lower(note)) where amount > 1;
    comment on table public.orders is 'what''s sold';
    comment on column public.orders.amount is 'in cents'
"""
A_SCHEMA = """
    create extension citext;
    create schema shelf;
    create type shelf.kind as enum ('big', 'it''s small');
    create function shelf.first_kind() returns shelf.kind language sql return 'big'::shelf.kind;
    create table shelf."Places" (
      id bigserial primary key,
      number integer generated always as identity,
      name public.citext constraint "Named" not null,
      kind shelf.kind not null default shelf.first_kind(),
      state public.state default 'done',
      on_order integer references public.orders on delete cascade,
      owner_id uuid references auth.users (id),
      size numeric(6, 2) check (size > 0),
      at timestamptz default now(),
      tags text[] default '{}',
      unique (kind, size)
    );
    alter sequence shelf."Places_number_seq" rename to numbers;
    create index places_at on shelf."Places" (at desc) include (size);
    comment on table shelf."Places" is 'where';
    revoke all on shelf."Places" from anon;
    alter table shelf."Places" enable row level security;
    create policy mine on shelf."Places" to authenticated using (owner_id = auth.uid());
    create view shelf.all_places as select id, kind from shelf."Places";
    grant usage on schema shelf to anon;
    alter table public.orders add place bigint references shelf."Places"
"""
A_TABLE_LESS = "drop view public.open_orders; drop function public.total(); drop table public.orders"
A_VIEW_BETWEEN = """
    drop view public.open_orders;
    alter table public.orders drop note, add late boolean;
    create view public.open_orders as select id, amount, late from public.orders
"""


@pytest.mark.parametrize(
    "changed",
    [OBJECTS, GONE, COLUMNS, A_SCHEMA, A_TABLE_LESS, A_VIEW_BETWEEN],
    ids=["objects", "gone", "columns", "a schema", "a table less", "a view between"],
)
def test_whatever_was_changed_by_hand_comes_home_as_a_revision(
    changed: str, again: Again, shop: Project, shadow: Shadow, live: str
) -> None:
    report = again(changed)
    assert [str(change) for change in report.left] == []
    assert (shop.migrations / "versions/0002_what_happened_at_night.up.sql").relative_to(shop.root) in report.written
    # Head is there now, sql/ agrees, and the way back ends at the baseline.
    command.stamp(alembic_env.config(shop, live), "0002")
    assert again().changes == ()
    with at_head(shop, shadow) as url:
        assert pending(url, shop) is None
        command.downgrade(alembic_env.config(shop, url), "0001")
        alembic_env.upgrade(shop, url, confirm=["what_happened_at_night"])


def test_what_cannot_be_brought_home_is_said_and_the_rest_is(again: Again, shop: Project) -> None:
    report = again("""
        alter table public.orders set unlogged, add paid boolean;
        create domain public.cents as integer
    """)
    assert (report.ok, {change.object.identity for change in report.left}) == (False, {"table public.orders"})
    up = (shop.migrations / "versions/0002_what_happened_at_night.up.sql").read_text().lower()
    assert "add column paid" in up
    assert "create domain public.cents" in up


def test_a_database_that_lacks_a_revision_is_not_taken_for_changed(again: Again, shop: Project, live: str) -> None:
    command.stamp(alembic_env.config(shop, live), "base")
    before = files(shop)
    with pytest.raises(PullError, match="live is at no revision, head is 0001") as caught:
        again("drop view public.open_orders")
    assert "upgrade head" in caught.value.hint
    assert files(shop) == before


def test_an_edit_in_sql_is_not_written_over(again: Again, shop: Project) -> None:
    file = shop.sql / "functions/total.sql"
    file.write_text(file.read_text().replace("sum(amount)", "sum(amount) + 1"))
    before = files(shop)
    with pytest.raises(PullError, match="sql/ holds what no revision has") as caught:
        again("drop view public.open_orders")
    assert "dbtools revise" in caught.value.hint
    assert files(shop) == before


def test_the_same_said_in_other_words_ends_the_search_for_a_way(live: str, shop: Project) -> None:
    with psycopg.connect(live) as connection, connection.transaction(force_rollback=True):
        head = catalog.read(connection)
        view = head.objects["view public.open_orders"]
        words = {**view.properties, "definition": "SELECT id, amount FROM public.orders WHERE 'new' = state AND true;"}
        wanted = replace(head, objects={**head.objects, view.identity: replace(view, properties=words)})
        way = Way(connection, shop, wanted, [])
        assert len(way.steps) < 3
