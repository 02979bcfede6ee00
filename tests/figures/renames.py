"""A database with rows that is changed by hand, renames among it; and what of another one's rows is still there.

The other database is a copy from before, so that both have the same object identifiers: what was renamed is known
without any guess, from `oid` and `attnum`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import psycopg

from dbtools.model.renames import Rename

BASE = """
create schema store;
create type public.state as enum ('new', 'paid', 'sent');
create table public.customers (
  id serial primary key, name text not null, mail text, state public.state default 'new',
  since date default '2026-01-01'
);
create table public.orders (
  id integer generated always as identity primary key, customer integer references public.customers,
  amount numeric(9, 2), note text, constraint positive check (amount > 0)
);
create table store.items (id bigint primary key, title text, price integer, sizes text[], twice integer);
create table store.stock (item bigint references store.items, room text, many integer, primary key (item, room));
create table public.events (id integer, at date, what text) partition by range (at);
create table public.events_1 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
create table public.events_2 partition of public.events for values from ('2027-01-01') to ('2028-01-01');
create index orders_amount on public.orders (amount);
create index items_title on store.items (lower(title));
create view public.open_orders as
  select o.id, c.name, c.state from public.orders as o inner join public.customers as c on o.customer = c.id;
create materialized view store.sums as select item, sum(many) as many from store.stock group by item;
alter table public.customers enable row level security;
create policy theirs on public.customers for select using (state = 'new' and mail is not null);
create function public.touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touch before update on public.orders for each row execute function public.touch();
"""
ROWS = """
insert into public.customers (name, mail, state)
  select 'c' || i, 'm' || i, (enum_range(null::public.state))[1 + i % 3] from generate_series(1, 20) as i;
insert into public.orders (customer, amount, note) select i % 20 + 1, i, 'n' || i from generate_series(1, 40) as i;
insert into store.items select i, 't' || i, i * 3, array['s', 'l'], i * 2 from generate_series(1, 15) as i;
insert into store.stock select i, 'r' || j, i * j from generate_series(1, 15) as i, generate_series(1, 2) as j;
insert into public.events select i, date '2026-06-01' + i * 30, 'e' || i from generate_series(1, 18) as i;
refresh materialized view store.sums;
"""

# What there is of the project's: what it is, its name, how dbtools calls it, and how SQL does.
_THINGS = """
with ours as (
  select oid, nspname from pg_namespace where nspname ~ '^(public$|store|n[0-9])'
),
relation as (
  select c.*, format('%I.%I', n.nspname, c.relname) as said, case c.relkind
    when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'i' then 'index'
    when 'I' then 'index' else 'table' end as kind
  from pg_class as c inner join ours as n on c.relnamespace = n.oid
  where c.relkind in ('r', 'p', 'v', 'm', 'S', 'i', 'I')
)
select 'schema ' || oid, nspname, format('schema %I', nspname), format('schema %I', nspname) from ours
where nspname <> 'public'
union all
select kind || ' ' || oid, relname, kind || ' ' || said, kind || ' ' || said from relation
where kind <> 'index' or not exists (select from pg_constraint as k where k.conindid = relation.oid)
union all
select 'column ' || a.attrelid || ' ' || a.attnum, attname, format('column %s.%I', r.said, attname),
  format('table %s rename %I', r.said, attname)
from pg_attribute as a inner join relation as r on a.attrelid = r.oid
where r.kind = 'table' and a.attnum > 0 and not a.attisdropped and a.attinhcount = 0
union all
select 'constraint ' || k.oid, conname, format('constraint %I on %s', conname, r.said),
  format('table %s rename constraint %I', r.said, conname)
from pg_constraint as k inner join relation as r on k.conrelid = r.oid
where contype in ('p', 'c', 'f') and coninhcount = 0
union all
select 'policy ' || p.oid, polname, format('policy %I on %s', polname, r.said),
  format('policy %I on %s', polname, r.said)
from pg_policy as p inner join relation as r on p.polrelid = r.oid
union all
select 'trigger ' || t.oid, tgname, format('trigger %I on %s', tgname, r.said),
  format('trigger %I on %s', tgname, r.said)
from pg_trigger as t inner join relation as r on t.tgrelid = r.oid where not tgisinternal
union all
select 'function ' || p.oid, proname, format('function %I.%I()', n.nspname, proname),
  format('function %I.%I()', n.nspname, proname)
from pg_proc as p inner join ours as n on p.pronamespace = n.oid
union all
select 'type ' || t.oid, typname, format('type %I.%I', n.nspname, typname), format('type %I.%I', n.nspname, typname)
from pg_type as t inner join ours as n on t.typnamespace = n.oid where typtype = 'e'
union all
select 'value ' || e.oid, enumlabel, format('value %L of type %I.%I', enumlabel, n.nspname, typname),
  format('type %I.%I rename value %L', n.nspname, typname, enumlabel)
from pg_enum as e inner join pg_type as t on e.enumtypid = t.oid inner join ours as n on t.typnamespace = n.oid
"""
_COLUMNS = """
select a.attrelid, a.attnum, format('%I.%I', n.nspname, c.relname), quote_ident(a.attname), t.typtype = 'e'
from pg_attribute as a
  inner join pg_class as c on a.attrelid = c.oid
  inner join pg_namespace as n on c.relnamespace = n.oid
  inner join pg_type as t on a.atttypid = t.oid
where c.relkind in ('r', 'm') and a.attnum > 0 and not a.attisdropped
  and n.nspname ~ '^(public$|store|n[0-9])'
"""

# By what it is: name, identity, SQL.
Things = dict[str, tuple[str, str, str]]
# By table and column number: table, column, and what its rows hold.
Rows = dict[tuple[int, int], tuple[str, str, str]]


def things(connection: psycopg.Connection) -> Things:
    """What there is, by what it is whatever it is called."""
    return {key: (name, said, words) for key, name, said, words in connection.execute(_THINGS.encode())}


def rows(connection: psycopg.Connection) -> Rows:
    """What each column holds, row by row; of an enum's labels, their places."""
    found = {}
    for table, number, name, column, is_enum in connection.execute(_COLUMNS.encode()).fetchall():
        text = f"array_position(enum_range({column}), {column})::text" if is_enum else f"{column}::text"
        query = f"select coalesce(md5(string_agg(coalesce({text}, '-'), ';' order by ctid)), '') from only {name}"
        [(held,)] = connection.execute(query.encode())
        found[table, number] = (name, column, held)
    return found


def truth(before: Things, after: Things) -> Callable[[Rename], bool]:
    """Answers what was renamed: what bears the new name is the same thing as what bore the old one."""
    is_now = {said: key for key, (_, said, _) in after.items()}

    def answer(rename: Rename) -> bool:
        key = is_now.get(rename.new.identity, "")
        return key in before and before[key][0] == rename.old.name

    return answer


def change(connection: psycopg.Connection, random: Random, number: int) -> str:
    """Change one thing by hand, a rename more often than not; what was done, or nothing where the server refuses."""
    # In an order that a seed can repeat: object identifiers are others in each run.
    there = sorted((said, key.split()[0], name, words) for key, (name, said, words) in things(connection).items())
    _, kind, name, words = random.choice(there)
    tables = [said for said, other, _, _ in there if other == "table"]
    table = random.choice(tables)
    new = random.choice([f"{name}_{number}", f"n{number}"])
    schemas = [said.partition(" ")[2] for said, other, _, _ in there if other == "schema"]
    whole_table = [
        f"alter {table} rename to n{number}",
        f"alter {table} set schema {random.choice([*schemas, 'public'])}",
    ]
    others = [
        f"alter {table} add a{number} integer default {number}",
        f"create table public.n{number} (like {table.partition(' ')[2]})",
        f"create table public.n{number} (id integer, at date)",
        f"drop {table} cascade",
        f"create schema n{number}",
        *([f"alter {words.replace(' rename ', ' drop ')} cascade"] if kind == "column" else []),
    ]
    statement = f"alter {words} to '{new}'" if kind == "value" else f"alter {words} to {new}"
    if kind not in {"column", "value", "constraint"}:
        statement = f"alter {words} rename to {new}"
    statement = random.choice([statement, statement, *random.sample(whole_table, 1), random.choice(others)])
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except psycopg.Error:
        return ""
    return statement
