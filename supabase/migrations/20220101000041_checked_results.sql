-- Revision 0041, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0040' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0041', '0040', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- Whether strangers' results are believed. Defaults are constants, so no table is rewritten.
alter table public.jobs
add column replication text not null default 'none',
add column corrected_at timestamptz;
-- A copy of a chunk is computed in a job of nobody's, which nobody sees.
-- squawk-ignore ban-drop-not-null
alter table public.jobs alter column user_id drop not null;
alter table public.jobs add constraint jobs_replication_check
check (replication in ('none', 'spot', 'quorum', 'copy')) not valid;
comment on column public.jobs.replication is
'which results are computed twice: none, spot (some) or quorum (all); copy: this is one, of a chunk of another job';
comment on column public.jobs.corrected_at is 'when the result was changed last after the job''s end';

-- squawk-ignore require-concurrent-index-creation
create index idx_jobs_replicated on public.jobs (id)
where replication <> 'none' and status in ('pending', 'running');
-- squawk-ignore require-concurrent-index-creation
create index idx_jobs_copies on public.jobs (id) where replication = 'copy';

create table private.owner_trust (
  owner uuid primary key, -- noqa: RF04
  valid integer not null default 0, -- noqa: RF04
  lost integer not null default 0,
  appointed boolean not null default false,
  blocked_until timestamptz,
  to_check integer not null default 0,
  since timestamptz not null default now()
);
-- No foreign key: whoever deletes an account waits for its chunks, and verdicts wait for nobody.
comment on table private.owner_trust is 'What the results of a node''s owner are worth, by those that were checked.';
comment on column private.owner_trust.valid is 'checked results found right since the last lost dispute';
comment on column private.owner_trust.lost is 'disputes lost';
comment on column private.owner_trust.appointed is 'a witness by the operator''s word';
comment on column private.owner_trust.blocked_until is 'until then the owner''s nodes are given nobody else''s chunks';
comment on column private.owner_trust.to_check is
'so many of the results that nobody has checked are yet to be checked';
alter table private.owner_trust enable row level security;
revoke all on table private.owner_trust from public, anon, authenticated, service_role;

create table private.checks (
  chunk_id uuid primary key,
  job_id uuid not null,
  reason text not null,
  copy_id uuid unique,
  opened_at timestamptz not null default now(),
  settled_at timestamptz,
  verdict text
);
comment on table private.checks is 'The chunks whose result is or was computed more than once, and what came of it.';
comment on column private.checks.reason is 'new owner, quorum, lot, odd, audit, taken back';
comment on column private.checks.copy_id is 'the chunk as which its latest copy is computed';
comment on column private.checks.verdict is 'confirmed, corrected, undecided, moot';
alter table private.checks enable row level security;
revoke all on table private.checks from public, anon, authenticated, service_role;
create index idx_checks_open on private.checks (opened_at) where settled_at is null;

create table private.opinions (
  chunk_id uuid not null,
  owner uuid not null, -- noqa: RF04
  node_id uuid not null,
  result jsonb not null,
  fresh boolean not null default true,
  heard_at timestamptz not null default clock_timestamp(),
  primary key (chunk_id, owner)
);
comment on table private.opinions is 'The results of one chunk, one for each owner.';
comment on column private.opinions.fresh is 'not looked at yet by settle_checks';
alter table private.opinions enable row level security;
revoke all on table private.opinions from public, anon, authenticated, service_role;
create index idx_opinions_fresh on private.opinions (chunk_id) where fresh;
create index idx_opinions_owner on private.opinions (owner);

create table private.lots (
  id boolean primary key default true check (id),
  secret bigint not null default ('x' || left(replace(gen_random_uuid()::text, '-', ''), 16))::bit(64)::bigint,
  examined_until timestamptz not null default now()
);
comment on table private.lots is
'How lots are drawn: nobody who does not know the secret can tell which results are checked.';
comment on column private.lots.examined_until is
'jobs without replication that ended until then have had the free test';
alter table private.lots enable row level security;
revoke all on table private.lots from public, anon, authenticated, service_role;
insert into private.lots default values;

alter table private.settings
add column trusted_at integer not null default 10 check (trusted_at between 1 and 1000000),
add column witness_at integer not null default 20 check (witness_at between 1 and 1000000),
add column spot_floor float8 not null default 0.03 check (spot_floor between 0 and 1),
add column new_owner_share float8 not null default 0.05 check (new_owner_share between 0 and 1),
add column max_opinions integer not null default 6 check (max_opinions between 3 and 100),
add column audit_size integer not null default 20 check (audit_size between 1 and 1000),
add column losses_lapse_at integer not null default 200 check (losses_lapse_at between 1 and 1000000),
add column odd_at float8 not null default 4 check (odd_at > 0),
add column equal_within float8 not null default 1e-9 check (equal_within between 0 and 1);
comment on column private.settings.trusted_at is 'an owner with so many valid results is believed';
comment on column private.settings.witness_at is 'an owner with so many valid results may confirm others''';
comment on column private.settings.spot_floor is 'the least share of a trusted owner''s results that spot checks';
comment on column private.settings.new_owner_share is 'all new owners together hold so much of the replicated chunks';
comment on column private.settings.max_opinions is 'a chunk with so many results, no two of them equal, has failed';
comment on column private.settings.audit_size is
'so many results are checked after a trusted owner''s first lost dispute';
comment on column private.settings.losses_lapse_at is 'lost disputes are forgotten at so many valid results';
comment on column private.settings.odd_at is 'a mean so many standard errors from its job''s others is checked';
comment on column private.settings.equal_within is
'two results are equal if their figures differ by this share at most';

delete from private.alembic_version where version_num = '0040';
insert into private.alembic_version (version_num) values ('0041');
