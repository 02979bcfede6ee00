-- A config goes once no job and no chunk names it. That a chunk names another one than its job is rare (edge functions
-- of the transition might have written it), so no index is kept for that: the few configs without a job are looked for
-- in all chunks at once.
create or replace function private.remove_unused_configs(p_retention interval, p_batch_size integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last text := '';
  v_configs text[];
  v_named text[];
  v_removed integer;
  v_count integer := 0;
begin
  loop
    v_configs := array(
      select g.hash from public.jobs_configs as g
      where g.hash > v_last and g.last_used_at < now() - p_retention
        and not exists (select from public.jobs as j where j.config_hash = g.hash)
      order by g.hash limit p_batch_size for update skip locked
    );
    exit when v_configs = '{}';
    v_last := v_configs[cardinality(v_configs)];

    v_named := array(
      select distinct c.config_hash from public.jobs_chunks as c where c.config_hash = any(v_configs)
    );
    -- Asked again under the lock, which new jobs with these configs must wait for.
    delete from public.jobs_configs as g
    where g.hash = any(v_configs) and g.hash <> all(v_named)
      and not exists (select from public.jobs as j where j.config_hash = g.hash);
    get diagnostics v_removed = row_count;
    v_count := v_count + v_removed;
  end loop;
  return v_count;
end;
$$;

comment on function private.remove_unused_configs(interval, integer) is
'Deletes configs that nothing has named or used for that long; returns how many.';

revoke all on function private.remove_unused_configs(interval, integer) from public, anon, authenticated, service_role;
