-- Partitions of partitions, with what hangs on the whole and what on one part.
create table public.tenants (id integer primary key);
create table public.events (
  tenant integer not null references public.tenants (id), at timestamptz not null, kind text default 'x', body jsonb,
  primary key (tenant, at)
) partition by list (tenant);
create table public.events_1 partition of public.events for values in (1) partition by range (at);
create table public.events_1_old partition of public.events_1 for values from (minvalue) to ('2024-01-01');
create table public.events_1_new partition of public.events_1 (kind default 'new') for values from ('2024-01-01') to (maxvalue);
create table public.events_rest partition of public.events default with (fillfactor = 60);
create table public.hashed (id integer, name text) partition by hash (id, lower(name));
create table public.hashed_0 partition of public.hashed for values with (modulus 2, remainder 0);
create unlogged table public.hashed_1 (name text, id integer, constraint only_here check (id > 0));
alter table public.hashed attach partition public.hashed_1 for values with (modulus 2, remainder 1);
create index events_by_kind on public.events (kind) where kind is not null;
create index events_rest_body on public.events_rest using gin (body);
create index only_upon_parent on only public.hashed (name);
alter table public.events_1_new alter column body set storage external;
create function public.noticed() returns trigger language plpgsql as 'begin return new; end';
create trigger noticed after insert on public.events for each row execute function public.noticed();
alter table public.events_rest disable trigger noticed;
create trigger only_in_part before insert on public.events_1_new for each row execute function public.noticed();
alter table public.events enable row level security;
create policy own on public.events using (tenant = 1);
alter table public.events_rest enable row level security;
revoke all on public.events_1_old from anon;
create table public.refers (tenant integer, at timestamptz, foreign key (tenant, at) references public.events on delete cascade);
create table public.copied (like public.hashed including all);
create publication parts for table public.events with (publish_via_partition_root = true);

create table public.base (id integer primary key, note text default 'base' not null, check (id > 0) no inherit);
create table public.child (note text default 'base', extra integer) inherits (public.base);
create table public.grandchild () inherits (public.child, public.base);
