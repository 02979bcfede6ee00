-- For results that counted already. The owner's word comes first; what is then not equal to a second one is disputed.
-- With p_hold_back, a job that is still open waits for the verdict. Call it with the jobs and the chunks locked.
create or replace function private.open_checks(p_chunks uuid[], p_reason text, p_hold_back boolean)
returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_chunks uuid[];
begin
  with opened as (
    insert into private.checks as k (chunk_id, job_id, reason)
    select c.id, c.job_id, p_reason
    from public.jobs_chunks as c
    inner join public.nodes as n on n.id = c.node_id
    where c.id = any(p_chunks) and c.status = 'completed' and n.user_id is not null
    order by c.id
    on conflict do nothing
    returning k.chunk_id
  ),

  said as (
    insert into private.opinions (chunk_id, owner, node_id, result)
    select c.id, n.user_id, n.id, c.result
    from opened as o
    inner join public.jobs_chunks as c on c.id = o.chunk_id and c.id = any(p_chunks)
    inner join public.nodes as n on n.id = c.node_id
    on conflict do nothing
  )

  select array_agg(o.chunk_id) into v_chunks from opened as o;

  if v_chunks is null then
    return 0;
  end if;
  if p_hold_back then
    perform private.hold_back(array(
      select c.id from public.jobs_chunks as c
      inner join public.jobs as j on j.id = c.job_id
      where c.id = any(v_chunks) and j.status in ('pending', 'running')
    ));
  end if;
  perform pg_notify('pending_chunk', '');
  return cardinality(v_chunks);
end;
$$;

comment on function private.open_checks(uuid[], text, boolean) is
'Lets completed chunks be computed once more, for a reason; returns how many were not checked before.';

revoke all on function private.open_checks(uuid[], text, boolean) from public, anon, authenticated, service_role;
