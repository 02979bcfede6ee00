-- Two equal results of different owners, one of them a witness's or the job's own, are the verdict; and the operator's
-- or the job's own alone, where no other witness has spoken, or with few witnesses a dispute would have no end. Only
-- witnesses make anybody gain or lose: a job's owner could else make friends trusted, and ruin others, with jobs of
-- their own. It waits for nobody: what is locked is settled the next time.
create or replace function private.settle_check(p_chunk_id uuid)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_check private.checks;
  v_job public.jobs;
  v_chunk public.jobs_chunks;
  v_right private.opinions;
  v_node uuid;
  v_opinions integer;
  v_anchored boolean;
  v_waits boolean;
  v_changes boolean;
  v_verdict text;
begin
  select k.* into v_check from private.checks as k where k.chunk_id = p_chunk_id for no key update skip locked;
  if not found then
    return false;
  end if;
  select j.* into v_job from public.jobs as j where j.id = v_check.job_id for no key update skip locked;
  if not found and exists (select from public.jobs as j where j.id = v_check.job_id) then
    return false;
  end if;
  select c.* into v_chunk from public.jobs_chunks as c where c.id = p_chunk_id for no key update skip locked;
  if not found and exists (select from public.jobs_chunks as c where c.id = p_chunk_id) then
    return false;
  end if;
  update private.opinions as o set fresh = false where o.chunk_id = p_chunk_id and o.fresh;
  select s.* into strict v_settings from private.settings as s;
  v_waits := coalesce(v_chunk.status = 'running' and v_chunk.lease_expires_at = 'infinity', false);

  if v_waits or v_chunk.status = 'completed' then
    select count(*), bool_or(private.is_witness(o.owner) or o.owner = v_job.user_id)
    into v_opinions, v_anchored
    from private.opinions as o where o.chunk_id = p_chunk_id;

    select o.* into v_right
    from private.opinions as o
    cross join lateral (
      select
        count(*) as voices, bool_or(private.is_witness(e.owner)) as witnessed, bool_or(e.owner = v_job.user_id) as own
      from private.opinions as e
      where e.chunk_id = p_chunk_id and private.same_result(e.result, o.result)
    ) as e
    where o.chunk_id = p_chunk_id and v_opinions > 1 and (e.witnessed or e.own) and (
      e.voices > 1
      or (
        o.owner = v_job.user_id
        or exists (select from private.owner_trust as t where t.owner = o.owner and t.appointed)
      ) and not exists (
        select from private.opinions as w
        where w.chunk_id = p_chunk_id and w.owner <> o.owner and private.is_witness(w.owner)
      )
    )
    order by e.witnessed desc, e.voices desc, o.heard_at
    limit 1;

    if v_right.owner is not null then
      v_changes := v_waits or not private.same_result(v_chunk.result, v_right.result);
      v_verdict := case when v_changes and not v_waits then 'corrected' else 'confirmed' end;
      if exists (
        select from private.opinions as e
        where e.chunk_id = p_chunk_id and private.same_result(e.result, v_right.result) and private.is_witness(e.owner)
      ) then
        perform private.judge_owners(p_chunk_id, v_right.result);
      end if;
    elsif v_opinions >= v_settings.max_opinions then
      v_verdict := 'undecided';
    elsif v_check.copy_id is null or not exists (
      select from public.jobs_chunks as c where c.id = v_check.copy_id and c.status in ('pending', 'running')
    ) then
      update private.checks as k
      set copy_id = private.order_copy(v_chunk, v_job, v_opinions > 1 or not coalesce(v_anchored, false))
      where k.chunk_id = p_chunk_id;
      return true;
    else
      return false;
    end if;
  else
    v_verdict := 'moot';
  end if;

  update private.checks as k set settled_at = now(), verdict = v_verdict where k.chunk_id = p_chunk_id;
  if v_verdict = 'undecided' and v_waits then
    update public.jobs_chunks as c
    set
      status = 'failed', completed_at = now(), lease_expires_at = null,
      error = format('%s owners computed it, and no two came to the same result', v_opinions)
    where c.id = p_chunk_id;
  elsif v_changes then
    select n.id into v_node from public.nodes as n where n.id = v_right.node_id for key share skip locked;
    update public.jobs_chunks as c
    set
      status = 'completed', result = v_right.result, completed_at = coalesce(c.completed_at, now()), error = null,
      lease_expires_at = null, node_id = v_node
    where c.id = p_chunk_id;
    if not v_waits then
      update public.jobs as j
      set result = private.job_result(j.id), corrected_at = now()
      where j.id = v_job.id and j.status not in ('pending', 'running');
    end if;
  end if;
  return true;
end;
$$;

comment on function private.settle_check(uuid) is
'Comes to a verdict on a chunk, or lets it be computed once more; false if there is nothing to do yet.';

revoke all on function private.settle_check(uuid) from public, anon, authenticated, service_role;
