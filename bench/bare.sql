-- One narrow table, its primary key and two partial indexes; and a counter for the one job. The key is a random uuid, as
-- everywhere here: with a bigint creating costs half, and what is left to compare is the price of the key.
create schema bare;
create table bare.jobs (id bigint primary key, completed_iterations bigint not null default 0);
insert into bare.jobs values (1);
create table bare.chunks (
  id uuid primary key default gen_random_uuid(), job_id bigint not null, iterations integer not null,
  seed_offset integer not null, status text not null default 'pending', created_at timestamptz not null default now(),
  claimed_at timestamptz, completed_at timestamptz, result jsonb
);
create index on bare.chunks (created_at) where status = 'pending';
create index on bare.chunks (claimed_at) where status = 'running';
alter schema bare owner to postgres;
alter table bare.jobs owner to postgres;
alter table bare.chunks owner to postgres;
