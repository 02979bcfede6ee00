-- Exposed, so it holds no privilege of its own; see private.fail_chunks.
create or replace function public.fail_chunks(p_failures jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language sql
set search_path = ''
as $$
  select f.* from private.fail_chunks(p_failures) as f;
$$;

comment on function public.fail_chunks(jsonb) is
'Takes [{"chunkId", "nodeId", "attemptToken"?, "error", "handedBack"?}, …], attempts that came to nothing: each chunk is
pending again, or failed after its last attempt. One handed back by a node that stops costs no attempt. Answers for
each, in their order: accepted, already_done, superseded or invalid, why, and whether the chunk''s job has ended by now,
in whatever way. One bad entry never sinks the others. Error (code in DETAIL): failures_not_an_array. For the
sentinel.';

revoke all on function public.fail_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.fail_chunks(jsonb) to service_role;
