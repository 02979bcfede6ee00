-- Functions and triggers are made anew rather than replaced, so that they get the platform's default grants back.

drop trigger trg_rotations_updated_at on public.rotations;
drop trigger trg_rotations_version on public.rotations;
drop trigger trg_rotations_checksum on public.rotations;
drop function public.touch_updated_at();
drop function public.file_rotation_version();
drop function public.set_rotation_checksum();
drop function public.claim_node(uuid, text, integer);
drop function private.claim_node(uuid, text, integer);
drop function public.verify_claim_code(text);
drop function private.verify_claim_code(text);
alter function public.handle_new_user() set search_path = '';
comment on function public.handle_new_user() is null;

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

create function public.set_rotation_checksum() returns trigger language plpgsql as $$
begin
  new.checksum := encode(sha256(convert_to(new.script, 'UTF8')), 'hex');
  return new;
end;
$$;

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

drop policy jobs_select_own on public.jobs;
drop policy jobs_delete_own on public.jobs;
drop policy jobs_chunks_select_of_own_jobs_and_nodes on public.jobs_chunks;
drop policy jobs_configs_select on public.jobs_configs;
drop policy nodes_select_own on public.nodes;
drop policy nodes_update_own on public.nodes;
drop policy nodes_delete_own on public.nodes;
drop policy nodes_permissions_all_of_own_nodes on public.nodes_permissions;
drop policy rotations_select_public_own_or_open on public.rotations;
drop policy rotations_insert_own on public.rotations;
drop policy rotations_update_own on public.rotations;
drop policy rotations_delete_own on public.rotations;
drop policy rotations_versions_select_own on public.rotations_versions;
drop policy rotations_versions_insert_own on public.rotations_versions;

drop function private.rotation_is_open(uuid);
drop index public.idx_jobs_configs_rotation_id;

revoke all on table
public.jobs, public.jobs_chunks, public.jobs_configs, public.nodes, public.nodes_permissions, public.rotations,
public.rotations_versions, public.stats_daily_throughput, public.stats_rotations_by_spec
from anon, authenticated, service_role;
grant all on table
public.jobs, public.jobs_chunks, public.jobs_configs, public.nodes, public.nodes_permissions, public.rotations,
public.rotations_versions, public.stats_rotations_by_spec
to anon, authenticated, service_role;
grant all on table public.stats_daily_throughput to authenticated, service_role;

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
