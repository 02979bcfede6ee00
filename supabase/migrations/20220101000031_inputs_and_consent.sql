-- Revision 0031, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0030' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0031', '0030', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- What a job computes is settled when it is submitted: a rotation may be edited while its job runs.

-- In private, because nobody reads a script here but the node that was given a chunk of a job that names it.
create table private.scripts (
  checksum text primary key, -- noqa: RF04
  script text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now()
);
comment on table private.scripts is 'The scripts that jobs were submitted with, each once, by the SHA-256 of its text.';
alter table private.scripts enable row level security;
revoke all on table private.scripts from public, anon, authenticated, service_role;

alter table public.jobs
add column rotation_id uuid,
add column rotation_version integer,
add column script_checksum text;
-- No foreign key to the rotation: a job that has ended outlives it.
comment on column public.jobs.rotation_id is 'the rotation that the config named when the job was submitted';
comment on column public.jobs.rotation_version is 'the version of the rotation when the job was submitted';
comment on column public.jobs.script_checksum is 'the script of that version; every chunk is computed with it';
alter table public.jobs add constraint jobs_script_checksum_fkey
foreign key (script_checksum) references private.scripts (checksum) not valid;
-- Built while writers of jobs wait, in a moment: both hold only jobs with a rotation, and there are none yet.
-- squawk-ignore require-concurrent-index-creation
create index idx_jobs_rotation on public.jobs (rotation_id) where rotation_id is not null;
-- squawk-ignore require-concurrent-index-creation
create index idx_jobs_script on public.jobs (script_checksum) where script_checksum is not null;

-- Jobs that are open now go on with the script of now.
with named as materialized (
  select
    j.id,
    r.id as rotation_id,
    r.current_version,
    r.script,
    encode(sha256(convert_to(r.script, 'UTF8')), 'hex') as checksum -- noqa: RF04
  from public.jobs as j
  inner join public.jobs_configs as c on j.config_hash = c.hash
  -- noqa: disable=LT02
  inner join public.rotations as r on r.id = case
    when c.config ->> 'rotationId' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      then (c.config ->> 'rotationId')::uuid
  end
  -- noqa: enable=all
  where j.status in ('pending', 'running')
),

kept as (
  insert into private.scripts (checksum, script)
  select distinct on (n.checksum)
    n.checksum,
    n.script
  from named as n
)

update public.jobs as j
set rotation_id = n.rotation_id, rotation_version = n.current_version, script_checksum = n.checksum
from named as n
where j.id = n.id;

-- Both sides say yes: a node's owner by nodes_permissions, the user whom it is offered to here; of a guild, the service
-- says who belongs to it.
create table public.nodes_acceptances (
  user_id uuid not null references auth.users (id) on delete cascade,
  node_id uuid not null references public.nodes (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (user_id, node_id)
);
comment on table public.nodes_acceptances is 'The nodes of others that a user lets compute jobs of access type user.';
create index idx_nodes_acceptances_node_id on public.nodes_acceptances (node_id);
alter table public.nodes_acceptances enable row level security;
revoke all on table public.nodes_acceptances from public, anon, authenticated, service_role;

create table public.guilds_members (
  guild_id text not null check (length(guild_id) between 1 and 100),
  user_id uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (guild_id, user_id)
);
comment on table public.guilds_members is
'Who belongs to which Discord server, as the service knows it; it alone writes.';
create index idx_guilds_members_user_id on public.guilds_members (user_id);
alter table public.guilds_members enable row level security;
revoke all on table public.guilds_members from public, anon, authenticated, service_role;

alter table private.settings
add column max_answer_bytes integer not null default 4194304
check (max_answer_bytes between 65536 and 134217728);
comment on column private.settings.max_answer_bytes is
'so many bytes of configs and scripts come with one answer to a node; the rest comes with the next one';

delete from private.alembic_version where version_num = '0030';
insert into private.alembic_version (version_num) values ('0031');
