"""Forty changes, made in four ways in turn, as people make them: each is what somebody types, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["hand", "sql", "alembic", "supabase"]


@dataclass(frozen=True)
class Step:
    """One change.

    Attributes:
        way: by hand on live; a file of `sql/` and a revision; an Alembic revision; a file that the Supabase CLI
            applies.
        title: what it is for.
        text: SQL, or for `alembic` the bodies of upgrade and downgrade, divided by a line `down:`.
        files: for `sql`: paths below `sql/` with their text; an empty one is deleted.
        renames: what was really renamed, as OLD=NEW; whatever else is asked was not.
        loses: what goes with its rows, and is meant to.
    """

    way: Way
    title: str
    text: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    renames: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()


def hand(title: str, text: str, *, renames: tuple[str, ...] = (), loses: tuple[str, ...] = ()) -> Step:
    return Step("hand", title, text, renames=renames, loses=loses)


def sql(title: str, files: Mapping[str, str], *, loses: tuple[str, ...] = ()) -> Step:
    return Step("sql", title, files=files, loses=loses)


def alembic(title: str, text: str, *, renames: tuple[str, ...] = (), loses: tuple[str, ...] = ()) -> Step:
    return Step("alembic", title, text, renames=renames, loses=loses)


def supabase(title: str, text: str, *, renames: tuple[str, ...] = (), loses: tuple[str, ...] = ()) -> Step:
    return Step("supabase", title, text, renames=renames, loses=loses)


MONDAY = (
    hand("Tools may be reserved for courses", "alter table public.tools add reserved boolean not null default false"),
    sql(
        "Late loans",
        {
            "functions/is_late.sql": """
create or replace function public.is_late(loan_id bigint) returns boolean language sql stable
as $$ select upper(during) < current_date and state = 'out' from public.loans where id = loan_id $$;
"""
        },
    ),
    alembic(
        "A nickname",
        'op.add_column("members", sa.Column("nick", sa.Text(), server_default="-"))\ndown:\n'
        'op.drop_column("members", "nick")',
    ),
    supabase(
        "wishes",
        """
create table public.wishes (id serial primary key, member uuid references public.members, what text not null);
alter table public.wishes enable row level security;
create policy own on public.wishes using (member = public.me());
""",
    ),
    hand(
        "Notes are remarks",
        "alter table public.members rename note to remark",
        renames=("column public.members.note=column public.members.remark",),
    ),
    sql(
        "Lending takes a remark",
        {
            "functions/lend.sql": """
create or replace function public.lend(tool_id bigint, days daterange, remark_text text default null) returns bigint
language plpgsql security definer set search_path = '' as $$
declare made bigint;
begin
  insert into public.loans (tool, member, during, remark)
    values (tool_id, public.me(), days, remark_text) returning id into made;
  return made;
end $$;
revoke all on function public.lend(bigint, daterange, text) from public, anon;
"""
        },
    ),
)
TUESDAY = (
    alembic(
        "Lockers",
        """op.create_table("lockers", sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("place", sa.SmallInteger, sa.ForeignKey("places.id")), sa.Column("code", sa.Text, nullable=False))
op.bulk_insert(sa.table("lockers", sa.column("id", sa.Integer), sa.column("code", sa.Text)),
    [{"id": n, "code": f"{n}%"} for n in range(1, 6)])
down:
op.drop_table("lockers")""",
    ),
    supabase(
        "loan_of_a_day",
        """
create or replace function public.is_free(tool_id bigint, days daterange) returns boolean language sql stable
  as $$ select not exists (select from public.loans where tool = tool_id and during && days and state <> 'back') $$;
""",
    ),
    hand(
        "Nobody fines a child",
        """
create function public.may_be_fined(who uuid) returns boolean language sql stable
  as $$ select coalesce(born < current_date - 6570, true) from public.members where id = who $$;
create policy grown on public.members for update to authenticated using (public.may_be_fined(id));
grant select on public.open_fines to authenticated;
""",
    ),
    sql(
        "Free tools say their price",
        {
            "views/free_tools.sql": """
create or replace view public.free_tools with (security_invoker = true) as
select t.id, t.name, t.state, p.name as place, t.price
from public.tools as t left join public.places as p on t.place = p.id
where public.is_free(t.id, daterange(current_date, current_date, '[]'));
"""
        },
    ),
    alembic(
        "Payments by member",
        'with op.get_context().autocommit_block():\n    op.create_index("payments_member", "payments", ["member"], '
        'postgresql_concurrently=True)\ndown:\nop.drop_index("payments_member")',
    ),
    supabase(
        "cities",
        """
alter table public.places add country text;
update public.places set country = coalesce(city, '-');
alter table public.places alter country set not null;
""",
    ),
    hand(
        "Loans may be lost",
        """
alter type public.loan_state add value 'lost' after 'out';
commit;
alter table public.loans alter state set default 'lost';
""",
    ),
)
WEDNESDAY = (
    hand(
        "December's events",
        """
create table public.events_2026_12 partition of public.events for values from ('2026-12-01Z') to ('2027-01-01Z');
insert into public.events (at, what) values ('2026-12-24Z', 'closed');
""",
    ),
    sql(
        "Popular of each place",
        {
            "views/popular_places.sql": """
create materialized view if not exists public.popular_places as
select t.place, count(*) as loans from public.loans as l inner join public.tools as t on l.tool = t.id group by t.place;
"""
        },
    ),
    alembic(
        "Fines are penalties",
        'op.rename_table("fines", "penalties")\ndown:\nop.rename_table("penalties", "fines")',
        renames=("fines=penalties",),
    ),
    supabase("condition_lent", "alter type public.condition add value 'lent' before 'broken';"),
    hand(
        "A nightly refresh",
        """
create extension pg_cron;
select cron.schedule('nightly', '0 3 * * *', 'refresh materialized view public.popular');
comment on view public.open_fines is 'unpaid';
""",
    ),
    sql(
        "Messages are read by their receiver",
        {
            "policies/messages.sql": """
drop policy if exists theirs on public.messages;
create policy theirs on public.messages using (public.me() in (sender, receiver));
drop policy if exists "the receiver's" on public.messages;
create policy "the receiver's" on public.messages for update to authenticated using (receiver = public.me());
"""
        },
    ),
    alembic(
        "Supplier names are text",
        'op.alter_column("suppliers", "name", type_=sa.Text(), existing_type=sa.String(80), existing_nullable=False)\n'
        'down:\nop.alter_column("suppliers", "name", type_=sa.String(80), existing_type=sa.Text(), '
        "existing_nullable=False)",
    ),
)
THURSDAY = (
    supabase(
        "ratings_trigger",
        """
create function public.thank() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger thank after insert on public.ratings for each row execute function public.thank();
""",
    ),
    hand("Manuals are gone", "alter table public.tools drop manual_url", loses=("public.tools.manual_url",)),
    sql("No need to shorten", {"triggers/tools.shorten.sql": "", "functions/shorten.sql": ""}),
    alembic(
        "Parts cost",
        """op.execute("alter table parts add cost integer")
op.execute("update parts set cost = stock * 10")
op.alter_column("parts", "cost", nullable=False)
op.create_check_constraint("cheap", "parts", "cost < 10000")
down:
op.drop_column("parts", "cost")""",
    ),
    supabase(
        "archive",
        """
create schema archive;
create table archive.loans (like public.loans including all);
insert into archive.loans select * from public.loans where state = 'back';
""",
    ),
    hand(
        "Parts are spares",
        "alter table public.parts rename to spares",
        renames=("table public.parts=table public.spares",),
    ),
)
FRIDAY = (
    sql(
        "Open fines are open loans",
        {
            "views/open_fines.sql": """
drop view if exists public.open_fines;
create view public.open_fines as select l.id, l.tool from public.loans as l where l.state = 'out';
comment on view public.open_fines is 'unpaid';
grant select on public.open_fines to authenticated;
"""
        },
    ),
    alembic(
        "No webhooks",
        'op.drop_table("webhooks", schema="internal")\ndown:\n'
        'op.create_table("webhooks", sa.Column("id", sa.Integer, primary_key=True), schema="internal")',
        loses=("internal.webhooks.id", "internal.webhooks.url", "internal.webhooks.event"),
    ),
    supabase(
        "course_levels",
        """
create type public.level as enum ('first', 'second');
alter table public.courses add level public.level not null default 'first';
""",
    ),
    hand("October is history", "alter table public.events detach partition public.events_2026_10"),
    sql(
        "Places have row security",
        {
            "policies/places.sql": """
alter table public.places enable row level security;
drop policy if exists everybody on public.places;
create policy everybody on public.places for select using (true);
"""
        },
    ),
    alembic(
        "Invoices belong to somebody",
        'op.execute("update invoices set supplier = 1 where supplier is null")\n'
        'op.alter_column("invoices", "supplier", nullable=False)\n'
        'op.create_foreign_key("lines_of", "repair_parts", "repairs", ["repair"], ["id"])\ndown:\n'
        'op.drop_constraint("lines_of", "repair_parts")\nop.alter_column("invoices", "supplier", nullable=True)',
    ),
    supabase(
        "stars_view",
        """
create view public.stars as select tool, avg(stars) as stars from public.ratings group by tool;
grant select on public.stars to anon, authenticated;
""",
    ),
)
SATURDAY = (
    hand(
        "Courses have prices",
        """
alter table public.courses add price public.cents;
update public.courses set price = 500;
alter table public.courses alter price set not null, add constraint fair check (price < 100000);
alter table public.messages drop column read;
""",
        loses=("public.messages.read",),
    ),
    sql(
        "Stars are rounded",
        {
            "views/stars.sql": """
drop view if exists public.stars;
create view public.stars as select tool, round(avg(stars), 1) as stars, count(*) as many
  from public.ratings group by tool;
revoke all on public.stars from anon, authenticated, service_role;
grant select on public.stars to anon, authenticated;
"""
        },
    ),
)
SUNDAY = (
    alembic(
        "A function that only Alembic knows",
        'op.execute("create function public.seats(c integer) returns integer language sql stable '
        "as 'select seats from public.courses where id = c'\")\ndown:\n"
        'op.execute("drop function public.seats(integer)")',
    ),
    supabase(
        "course_names",
        """
alter table public.courses rename title to name;
alter table public.courses add subtitle text;
""",
        renames=("column public.courses.title=column public.courses.name",),
    ),
    hand(
        "Settings in a schema of their own",
        """
create schema config;
alter table public.settings set schema config;
""",
        renames=("table public.settings=table config.settings",),
    ),
)
ONE_BRANCH = sql(
    "Who has what",
    {
        "views/who_has_what.sql": """
drop view if exists public.who_has_what;
create view public.who_has_what with (security_invoker = true) as
select tool, member from public.loans where state = 'out';
"""
    },
)
OTHER_BRANCH = alembic(
    "Members have a limit",
    'op.add_column("members", sa.Column("limit", sa.Integer(), server_default="5"))\ndown:\n'
    'op.drop_column("members", "limit")',
)

DAYS = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY)
