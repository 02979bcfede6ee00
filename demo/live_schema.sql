-- The live database as it was found, before the first revision: applied as postgres to a fresh project.
-- It grew by hand and is kept as it is, faults included; each known fault is marked TRAP.
-- What nobody could tell us is plausible and marked "invented".

-- ---------------------------------------------------------------------------------------------------------------------
-- Tables
-- ---------------------------------------------------------------------------------------------------------------------

create table public.nodes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references auth.users (id),
  name text not null default 'My Node',
  max_parallel integer not null default 4,
  status text not null default 'pending',
  last_seen_at timestamptz,
  version text not null default 'unknown',
  total_cores integer not null default 4,
  platform text not null default 'unknown',
  created_at timestamptz not null default now(),
  public_key text not null unique,
  claim_code text unique
);
create index idx_nodes_user_id on public.nodes (user_id);
create index idx_nodes_public_key on public.nodes (public_key) where public_key is not null;

create table public.nodes_permissions (
  id uuid primary key default gen_random_uuid(),
  node_id uuid not null references public.nodes (id) on delete cascade,
  access_type text not null,
  target_id text,
  created_at timestamptz not null default now()
);
create index idx_nodes_permissions_node_id on public.nodes_permissions (node_id);
comment on column public.nodes_permissions.target_id is 'a user id for access type user, a guild id for guild';

create table public.jobs_configs (
  hash text primary key,
  config jsonb not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now()
);
comment on table public.jobs_configs is 'one row for each distinct simulation config, shared by the jobs that use it';

create table public.jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id),
  config_hash text not null references public.jobs_configs (hash),
  total_iterations integer not null,
  completed_iterations integer not null default 0,
  status text not null default 'pending',
  result jsonb,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  access_type text not null default 'private',
  discord_server_id text
);
create index idx_jobs_config_hash on public.jobs (config_hash);
create index idx_jobs_user_status on public.jobs (user_id, status);

-- TRAP: node_id has no ON DELETE action, and a chunk names a config of its own beside its job's.
create table public.jobs_chunks (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null references public.jobs (id) on delete cascade,
  node_id uuid references public.nodes (id),
  config_hash text not null references public.jobs_configs (hash),
  iterations integer not null,
  seed_offset integer not null,
  status text not null default 'pending',
  result jsonb,
  claimed_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz not null default now()
);
create index idx_jobs_chunks_config_hash on public.jobs_chunks (config_hash);
create index idx_jobs_chunks_job_id on public.jobs_chunks (job_id);
create index idx_jobs_chunks_node_status on public.jobs_chunks (node_id, status)
where status in ('pending', 'claimed');

create table public.rotations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  slug text not null,
  name text not null,
  script text not null,
  description text,
  is_public boolean not null default false,
  forked_from_id uuid references public.rotations (id),
  spec_id integer not null,
  current_version integer not null default 1,
  checksum text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (user_id, slug)
);
create index idx_rotations_user_id on public.rotations (user_id);
create index idx_rotations_public on public.rotations (is_public) where is_public;
create index idx_rotations_forked_from on public.rotations (forked_from_id) where forked_from_id is not null;

create table public.rotations_versions (
  id uuid primary key default gen_random_uuid(),
  rotation_id uuid not null references public.rotations (id) on delete cascade,
  version integer not null,
  script text not null,
  message text,
  created_by uuid references auth.users (id),
  created_at timestamptz not null default now(),
  unique (rotation_id, version)
);
create index idx_rotations_versions_created_by on public.rotations_versions (created_by);

-- ---------------------------------------------------------------------------------------------------------------------
-- Chunks: who hears of them, who takes them back
-- ---------------------------------------------------------------------------------------------------------------------

-- TRAP: for each row, so a job of 10,000 chunks sends 10,000 notifications.
create function public.notify_pending_chunk() returns trigger language plpgsql as $$
begin
  if new.status = 'pending' and new.node_id is null then
    perform pg_notify('pending_chunk', new.id::text);
  end if;
  return new;
end;
$$;

create trigger trg_pending_chunk after insert or update on public.jobs_chunks
for each row execute function public.notify_pending_chunk();

-- TRAP: 5 minutes here, 60 seconds in the scheduler; and a chunk that kills every node comes back for ever.
create function public.reap_stale_chunks() returns void language plpgsql as $$
begin
  update jobs_chunks
  set status = 'pending', node_id = null, claimed_at = null
  where status = 'running' and claimed_at < now() - interval '5 minutes';
end;
$$;

-- TRAP: the scheduler counts a node as online for 30 seconds only.
create function public.mark_nodes_offline() returns void language sql as $$
  update public.nodes set status = 'offline'
  where status = 'online' and last_seen_at < now() - interval '5 minutes';
$$;

-- TRAP: one completed chunk of an old node, or one chunk of an old config, and nothing at all is cleaned up.
create function public.cleanup_stale_data() returns void language plpgsql as $$
begin
  delete from nodes
  where user_id is null and status = 'pending' and created_at < now() - interval '1 hour';

  delete from nodes
  where status = 'offline' and last_seen_at < now() - interval '30 days';

  delete from jobs_configs
  where last_used_at < now() - interval '7 days'
    and hash not in (select config_hash from jobs);
end;
$$;

-- Invented. TRAP: digest() lives in schema extensions, so this installs and then fails at its first call.
create function public.hash_config(p_config jsonb) returns text language plpgsql immutable
set search_path = public as $$
begin
  return encode(digest(p_config::text, 'sha256'), 'hex');
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Claiming a node
-- ---------------------------------------------------------------------------------------------------------------------

create function public.verify_claim_code(p_code text) returns jsonb language plpgsql security definer
set search_path = public as $$
declare
  v_node nodes;
begin
  if auth.uid() is null then
    raise exception 'sign in to claim a node' using errcode = '42501';
  end if;

  select * into v_node from nodes
  where claim_code = upper(replace(p_code, '-', '')) and user_id is null;
  if not found then
    return jsonb_build_object('valid', false);
  end if;

  return jsonb_build_object(
    'valid', true,
    'nodeId', v_node.id,
    'name', v_node.name,
    'totalCores', v_node.total_cores,
    'platform', v_node.platform,
    'version', v_node.version
  );
end;
$$;

create function public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer) returns jsonb
language plpgsql security definer set search_path = public as $$
declare
  v_node nodes;
begin
  if auth.uid() is null then
    raise exception 'sign in to claim a node' using errcode = '42501';
  end if;

  update nodes
  set user_id = auth.uid(),
      name = coalesce(nullif(trim(p_name), ''), name),
      max_parallel = coalesce(p_max_parallel, max_parallel),
      claim_code = null
  where id = p_node_id and user_id is null
  returning * into v_node;
  if not found then
    return jsonb_build_object('success', false, 'error', 'no such node, or it has an owner');
  end if;

  return jsonb_build_object(
    'success', true, 'nodeId', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel
  );
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- Rotations keep their history
-- ---------------------------------------------------------------------------------------------------------------------

create function public.set_rotation_checksum() returns trigger language plpgsql as $$
begin
  new.checksum := encode(sha256(convert_to(new.script, 'UTF8')), 'hex');
  return new;
end;
$$;

-- Definer, so that history is filed whoever edits, whatever the policies of rotations_versions let them insert.
create function public.file_rotation_version() returns trigger language plpgsql security definer
set search_path = public as $$
begin
  insert into rotations_versions (rotation_id, version, script, created_by)
  values (old.id, old.current_version, old.script, coalesce(auth.uid(), old.user_id))
  on conflict (rotation_id, version) do nothing;
  new.current_version := old.current_version + 1;
  return new;
end;
$$;

create function public.touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end;
$$;

create trigger trg_rotations_checksum before insert or update on public.rotations
for each row execute function public.set_rotation_checksum();

create trigger trg_rotations_version before update on public.rotations
for each row when (old.script is distinct from new.script)
execute function public.file_rotation_version();

create trigger trg_rotations_updated_at before update on public.rotations
for each row execute function public.touch_updated_at();

-- ---------------------------------------------------------------------------------------------------------------------
-- New users. Invented: what it writes is a name to show where the sign-up gave none.
-- ---------------------------------------------------------------------------------------------------------------------

create function public.handle_new_user() returns trigger language plpgsql security definer
set search_path = '' as $$
begin
  new.raw_user_meta_data :=
    jsonb_build_object('display_name', split_part(coalesce(new.email, 'player'), '@', 1))
    || coalesce(new.raw_user_meta_data, '{}');
  return new;
end;
$$;
revoke all on function public.handle_new_user() from public, anon, authenticated, service_role;

create trigger on_auth_user_created before insert on auth.users
for each row execute function public.handle_new_user();

-- ---------------------------------------------------------------------------------------------------------------------
-- Figures for the front page. Invented; totals only, because a materialized view knows no row level security.
-- ---------------------------------------------------------------------------------------------------------------------

create materialized view public.stats_rotations_by_spec as
select
  spec_id,
  count(*) as rotations,
  count(forked_from_id) as forks,
  max(current_version) as most_versions
from public.rotations
where is_public
group by spec_id;
-- A concurrent refresh needs it.
create unique index idx_stats_rotations_by_spec on public.stats_rotations_by_spec (spec_id);

create materialized view public.stats_daily_throughput as
select
  (completed_at at time zone 'utc')::date as day,
  count(*) as chunks,
  sum(iterations) as iterations,
  count(distinct node_id) as nodes
from public.jobs_chunks
where status = 'completed'
group by 1;
revoke all on table public.stats_daily_throughput from anon;

-- ---------------------------------------------------------------------------------------------------------------------
-- Row level security
-- ---------------------------------------------------------------------------------------------------------------------

alter table public.jobs enable row level security;
alter table public.jobs_chunks enable row level security;
alter table public.jobs_configs enable row level security;
alter table public.nodes enable row level security;
alter table public.nodes_permissions enable row level security;
alter table public.rotations enable row level security;
alter table public.rotations_versions enable row level security;

-- TRAP: all columns, so a user may write any result into a job of their own.
create policy "Users manage their own jobs" on public.jobs
for all to authenticated using (auth.uid() = user_id) with check (auth.uid() = user_id);

create policy "Users see chunks of their jobs" on public.jobs_chunks
for select to authenticated using (
  exists (select 1 from public.jobs where jobs.id = jobs_chunks.job_id and jobs.user_id = auth.uid())
);
create policy "Users add chunks to their jobs" on public.jobs_chunks
for insert to authenticated with check (
  exists (select 1 from public.jobs where jobs.id = jobs_chunks.job_id and jobs.user_id = auth.uid())
);
create policy "Node owners update assigned chunks" on public.jobs_chunks
for update to authenticated using (
  exists (select 1 from public.nodes where nodes.id = jobs_chunks.node_id and nodes.user_id = auth.uid())
);

create policy "Anyone signed in adds configs" on public.jobs_configs
for insert to authenticated with check (true);
create policy "Users see configs of their jobs" on public.jobs_configs
for select to authenticated using (
  exists (select 1 from public.jobs where jobs.config_hash = jobs_configs.hash and jobs.user_id = auth.uid())
);
create policy "Service role manages configs" on public.jobs_configs
for all to service_role using (true) with check (true);

create policy "Owners see their nodes" on public.nodes
for select to authenticated using (auth.uid() = user_id);
create policy "Owners update their nodes" on public.nodes
for update to authenticated using (auth.uid() = user_id);
create policy "Owners delete their nodes" on public.nodes
for delete to authenticated using (auth.uid() = user_id);

create policy "Owners manage permissions of their nodes" on public.nodes_permissions
for all to authenticated using (
  exists (select 1 from public.nodes where nodes.id = nodes_permissions.node_id and nodes.user_id = auth.uid())
);

-- Written without a role, hence for everybody.
create policy "Public or own rotations are visible" on public.rotations
for select using (is_public or auth.uid() = user_id);
create policy "Users insert their own rotations" on public.rotations
for insert with check (auth.uid() = user_id);
create policy "Users update their own rotations" on public.rotations
for update using (auth.uid() = user_id);
create policy "Users delete their own rotations" on public.rotations
for delete using (auth.uid() = user_id);

create policy "Users see versions they made" on public.rotations_versions
for select to authenticated using ((select auth.uid()) = created_by);
create policy "Users insert versions they made" on public.rotations_versions
for insert to authenticated with check ((select auth.uid()) = created_by);

-- ---------------------------------------------------------------------------------------------------------------------
-- Storage: pictures that belong to rotations. Invented, but for there being a bucket with two policies.
-- ---------------------------------------------------------------------------------------------------------------------

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('rotation-images', 'rotation-images', true, 2097152, '{image/png,image/webp}');

create policy "Rotation images are visible" on storage.objects
for select using (bucket_id = 'rotation-images');
create policy "Users upload rotation images" on storage.objects
for insert to authenticated with check (
  bucket_id = 'rotation-images' and (storage.foldername(name))[1] = auth.uid()::text
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Realtime: nodes subscribe to the chunks that carry their id
-- ---------------------------------------------------------------------------------------------------------------------

alter publication supabase_realtime add table public.jobs_chunks;

-- ---------------------------------------------------------------------------------------------------------------------
-- Cron. The names, and when the views are refreshed, are invented.
-- ---------------------------------------------------------------------------------------------------------------------

create extension if not exists pg_cron with schema pg_catalog;
select cron.schedule('mark-nodes-offline', '* * * * *', 'select public.mark_nodes_offline()');
select cron.schedule('reap-stale-chunks', '* * * * *', 'select public.reap_stale_chunks()');
select cron.schedule('cleanup-stale-data', '0 * * * *', 'select public.cleanup_stale_data()');
select cron.schedule(
  'refresh-rotations-by-spec', '*/15 * * * *',
  'refresh materialized view concurrently public.stats_rotations_by_spec'
);
select cron.schedule(
  'refresh-daily-throughput', '10 0 * * *',
  'refresh materialized view public.stats_daily_throughput'
);
