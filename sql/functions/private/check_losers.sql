-- In batches. Of replicated jobs only: whoever asks for no copies gets none.
create or replace function private.check_losers(p_limit integer)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_trust private.owner_trust;
  v_settings private.settings;
  v_jobs uuid[];
  v_chunks uuid[];
begin
  select t.* into v_trust from private.owner_trust as t where t.to_check > 0 order by t.owner limit 1;
  if not found then
    return 0;
  end if;
  select s.* into strict v_settings from private.settings as s;
  -- At random, where only some are checked.
  v_chunks := array(
    select c.id from public.nodes as n
    inner join public.jobs_chunks as c on c.node_id = n.id and c.status = 'completed'
    inner join public.jobs as j on j.id = c.job_id
    where n.user_id = v_trust.owner and j.replication <> 'none' and j.user_id <> n.user_id
      and not exists (select from private.checks as k where k.chunk_id = c.id)
    order by case when v_trust.to_check <= v_settings.audit_size then random() end, c.id
    limit least(p_limit, v_trust.to_check)
  );
  v_jobs := array(
    select j.id from public.jobs as j
    where j.id in (select c.job_id from public.jobs_chunks as c where c.id = any(v_chunks))
    for no key update skip locked
  );
  v_chunks := array(
    select c.id from public.jobs_chunks as c
    where c.id = any(v_chunks) and c.job_id = any(v_jobs) for no key update skip locked
  );
  perform private.open_checks(
    v_chunks,
    case when v_trust.to_check <= v_settings.audit_size then 'audit' else 'taken back' end,
    v_trust.to_check > v_settings.audit_size
  );
  update private.owner_trust as t
  set to_check = case
    when v_chunks = '{}' or t.to_check <= v_settings.audit_size then 0 else t.to_check
  end
  where t.owner = v_trust.owner;
  return cardinality(v_chunks);
end;
$$;

comment on function private.check_losers(integer) is
'Lets what an owner who lost a dispute computed, and nobody checked, be computed once more; returns how many chunks.';

revoke all on function private.check_losers(integer) from public, anon, authenticated, service_role;
