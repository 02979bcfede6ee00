-- Exposed, so it holds no privilege of its own; see private.attempt_inputs.
create or replace function public.attempt_inputs(p_chunk_id uuid, p_attempt_token uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.attempt_inputs(p_chunk_id, p_attempt_token);
$$;

comment on function public.attempt_inputs(uuid, uuid) is
'What a chunk is computed from, for the node that holds it and so knows the token of its attempt: {"configHash",
"config", "rotation": {"id", "version", "checksum", "script"} or null}, as they were when the job was submitted. Error
(code in DETAIL): attempt_not_found.';

revoke all on function public.attempt_inputs(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.attempt_inputs(uuid, uuid) to anon, authenticated;
