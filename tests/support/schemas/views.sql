-- Views over views, with options, with rules and triggers of their own.
create table public.people (id integer primary key, name text, age integer, boss integer references public.people (id));
create table public.visits (id integer primary key, person integer references public.people (id), at timestamptz);

create view public.adults with (security_invoker = true, security_barrier = on) as
select * from public.people where age >= 18;
create view public.named as select id, name as "the name", age from public.adults where name like 'a%' with cascaded check option;
-- Grouped by a primary key: this one can only be made once the key is there.
create view public.counted as select p.id, p.name, p.age, count(v.id) from public.people as p
left join public.visits as v on v.person = p.id group by p.id;
create materialized view public.totals as select sum(count) as total from public.counted with no data;
create view public.upon_totals as select total + 1 as more from public.totals;
create unique index totals_total on public.totals (total);
create recursive view public.chain (id, boss) as
select id, boss from public.people where boss is null
union all select p.id, p.boss from public.people as p inner join chain as c on p.boss = c.id;

create function public.instead() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger instead_of instead of insert on public.counted for each row execute function public.instead();
create rule redirect as on update to public.upon_totals do instead (
  update public.people set age = new.more where id = 1;
  insert into public.visits (id) values (2)
);
alter view public.named alter column age set default 18;

-- Two views that need each other's row type only through a function.
create function public.first_person() returns public.adults language sql stable as 'select * from public.adults limit 1';
create view public.through_function as select (public.first_person()).name;
comment on view public.adults is 'of age';
comment on column public.named."the name" is 'how they are called';
revoke all on public.adults from anon;
grant select (id) on public.adults to anon;
