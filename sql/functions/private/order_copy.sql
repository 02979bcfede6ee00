-- A job of nobody's with one chunk: nodes see a chunk like any other, and no count of the real job moves. It takes its
-- turn among the chunks of the real job's user. A second opinion may be anybody's, if one of the two is a witness's;
-- what is disputed is for witnesses only.
create or replace function private.order_copy(p_chunk public.jobs_chunks, p_job public.jobs, p_witness boolean)
returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_job uuid := gen_random_uuid();
  v_copy uuid := (left(v_job::text, 24) || lpad(to_hex(p_chunk.seed_offset), 12, '0'))::uuid;
begin
  -- Whatever the real job says of its inputs, the copy says too.
  insert into public.jobs
  select r.* from jsonb_populate_record(
    p_job,
    jsonb_build_object(
      'id', v_job, 'user_id', null, 'total_iterations', p_chunk.iterations, 'completed_iterations', 0,
      'lost_iterations', 0, 'status', 'pending', 'result', null, 'error', null, 'created_at', now(), 'completed_at', null,
      'request_id', null, 'replication', 'copy', 'corrected_at', null, 'chunks_removed_at', null
    )
  ) as r;
  insert into public.jobs_chunks (id, job_id, user_id, pool, config_hash, iterations, seed_offset)
  values (
    v_copy, v_job, p_chunk.user_id,
    case when p_witness then 'witness:' else 'quorum:' end || private.base_pool(p_chunk.pool),
    p_chunk.config_hash, p_chunk.iterations, p_chunk.seed_offset
  );
  return v_copy;
end;
$$;

comment on function private.order_copy(public.jobs_chunks, public.jobs, boolean) is
'Lets a chunk be computed once more, by a witness or by anybody; returns the copy''s id.';

revoke all on function private.order_copy(public.jobs_chunks, public.jobs, boolean)
from public, anon, authenticated, service_role;
