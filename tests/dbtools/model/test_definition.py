"""What is written for an object from the catalog makes the same object again, whatever it is."""

from __future__ import annotations

import shutil

import psycopg
import pytest

from dbtools import catalog
from dbtools.errors import ReviseError
from dbtools.model.definition import definition
from dbtools.model.snapshot import Object, Snapshot
from dbtools.project import Project, sql_folder
from dbtools.revise import pending

# Of each kind something with every property that it can have.
ODD = """
create schema "Odd one";
create table "Odd one"."Weird Table" (id int primary key, "Col" text, d date);
create table public.plain (id int, word varchar(9));
create function "Odd one"."F n"("P a" int default 1, variadic p_b text[] default '{x}')
  returns setof "Odd one"."Weird Table" language plpgsql stable strict parallel safe cost 7 rows 12
  set search_path = public, "Odd one", "$user" set statement_timeout = '5s' set datestyle = 'ISO, DMY'
  as $f$ begin return query select * from "Odd one"."Weird Table" where 'a$$b' <> '$body$'; end $f$;
create function public.standard(p int) returns int language sql immutable begin atomic; select p + 1; end;
create function public.in_short(p int, out a int, inout b text) language sql return (p, 'x'::text);
create function public.tabled(p numeric(5, 2)) returns table (x int, "Y" text) language sql as 'select 1, $1::text';
create function public.two() returns void language sql as '';
create function public.two(int) returns void language sql as '';
create procedure public.proc(inout p int) language plpgsql security definer set search_path = '' as 'begin p := 1; end';
create function public.tg() returns trigger language plpgsql as 'begin return new; end';
comment on function public.two() is 'it''s two';
revoke all on function public.two() from public;
grant execute on function public.two() to anon with grant option;
grant execute on function public.two() to authenticated;
create view public.v with (security_barrier = true, security_invoker = true) as
  select id, "Col" from "Odd one"."Weird Table" with check option;
comment on view public.v is 'seen';
comment on column public.v."Col" is 'odd';
grant select (id), update ("Col") on public.v to anon;
create materialized view public.m as select id from "Odd one"."Weird Table";
create unique index m_id on public.m (id);
create trigger plain after update of "Col" on "Odd one"."Weird Table" for each row
  when (old.id is distinct from new.id) execute function public.tg('arg', 'it''s');
create constraint trigger late after insert on "Odd one"."Weird Table" deferrable initially deferred
  for each row execute function public.tg();
create trigger off before insert on "Odd one"."Weird Table" for each statement execute function public.tg();
alter table "Odd one"."Weird Table" disable trigger off;
create trigger instead instead of insert on public.v for each row execute function public.tg();
comment on trigger plain on "Odd one"."Weird Table" is 'fires';
alter table "Odd one"."Weird Table" enable row level security, force row level security;
revoke all on "Odd one"."Weird Table" from anon, authenticated, service_role;
grant select, update ("Col") on "Odd one"."Weird Table" to authenticated;
grant select on "Odd one"."Weird Table" to anon with grant option;
create policy "P 1" on "Odd one"."Weird Table" as restrictive for update to anon, authenticated
  using ("Col" in ('a', 'b')) with check (id > 0);
create policy words on public.plain using (word in ('a', 'b'));
create policy p2 on "Odd one"."Weird Table";
comment on policy p2 on "Odd one"."Weird Table" is 'nothing';
create policy mine on storage.objects for select to authenticated using (bucket_id = 'x');
create trigger on_new_user after insert on auth.users for each row execute function public.tg();
"""


def write(url: str, project: Project) -> None:
    """Write `sql/` anew, from a database's catalog."""
    shutil.rmtree(project.sql)
    with psycopg.connect(url) as connection:
        snapshot = catalog.read(connection)
    for item in sql_folder.among(snapshot, project):
        item.path.parent.mkdir(parents=True, exist_ok=True)
        item.path.write_text(definition(snapshot, item))


def test_of_this_repository(head_url: str, project: Project, copy: Project) -> None:
    write(head_url, copy)
    assert len(sql_folder.declared(copy)) >= len(sql_folder.declared(project))
    assert pending(head_url, copy) is None


def test_of_odd_ones(platform: psycopg.Connection, platform_url: str, copy: Project) -> None:
    platform.execute(ODD)
    platform.commit()
    write(platform_url, copy)
    assert len(sql_folder.declared(copy)) == 17
    assert pending(platform_url, copy) is None


def test_it_reads_as_if_somebody_had_written_it(head_url: str, project: Project) -> None:
    with psycopg.connect(head_url) as connection:
        snapshot = catalog.read(connection)
    written = definition(snapshot, sql_folder.named(project, "function", "private", "lock_user"))
    assert written.splitlines()[:5] == [
        "create or replace function private.lock_user(p_user uuid)",
        "returns void",
        "language plpgsql",
        "set search_path = pg_catalog, pg_temp",
        "as $$",
    ]


def test_what_cannot_be_written_is_refused(platform: psycopg.Connection, platform_url: str, copy: Project) -> None:
    platform.execute("create aggregate public.total(int) (sfunc = int4pl, stype = int, initcond = '0')")
    platform.commit()
    with pytest.raises(ReviseError, match=r"aggregate public\.total\(integer\) cannot be written"):
        write(platform_url, copy)


def test_only_roles_that_there_are_lose_a_right(project: Project) -> None:
    """A plain Postgres has none that requests come as."""
    function = Object(
        "function", "public", "f", "function public.f()", "",
        {"arguments": "", "returns": "integer", "language": "sql", "volatility": "volatile", "security": "invoker",
         "parallel": "unsafe", "cost": "100", "rows": "0", "body": "select 1", "owner": "postgres"},
    )  # fmt: skip
    item = sql_folder.named(project, "function", "public", "f")
    for roles, said in (((), "public"), (("anon", "web"), "public, anon, web")):
        text = definition(Snapshot({function.identity: function}, 18, roles), item)
        assert f"revoke all on function public.f() from {said};" in text
