-- Exposed, so it holds no privilege of its own; see private.complete_chunks. A body in SQL would be planned in each
-- call.
create or replace function public.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
set search_path = ''
as $$
begin
  return query select c.* from private.complete_chunks(p_results) as c;
end;
$$;

comment on function public.complete_chunks(jsonb) is
'Takes [{"chunkId", "nodeId", "attemptToken"?, "result": {"meanDps", "stdDps", "minDps", "maxDps", "iterations"}}, …]
and answers for each, in their order: accepted, already_done, superseded or invalid, why, and whether the chunk''s job
has ended by now, in whatever way. One bad entry never sinks the others. Error (code in DETAIL): results_not_an_array.
For the sentinel.';

revoke all on function public.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.complete_chunks(jsonb) to service_role;
