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
  insert into public.jobs (id, config_hash, total_iterations, access_type, discord_server_id, replication)
  values (v_job, p_chunk.config_hash, p_chunk.iterations, p_job.access_type, p_job.discord_server_id, 'copy');
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
