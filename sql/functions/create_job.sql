-- Exposed, so it holds no privilege of its own: all that is done with the owner's rights is in schema private.
create or replace function public.create_job(
  p_config jsonb,
  p_iterations integer,
  p_access_type text default 'private',
  p_discord_server_id text default null,
  p_request_id uuid default null,
  p_replication text default 'none'
)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  return private.create_job(p_config, p_iterations, p_access_type, p_discord_server_id, p_request_id, p_replication);
end;
$$;

comment on function public.create_job(jsonb, integer, text, text, uuid, text) is
'Creates a job with all its chunks and returns {"jobId", "chunks", "configHash"}. A call repeated with the same
p_request_id returns the job of the first. p_replication says which results of strangers'' nodes are computed
twice: none, spot (some, drawn by lot) or quorum (all). Errors (code in DETAIL): not_signed_in, access_type_unknown,
discord_server_required, replication_unknown, iterations_out_of_range, config_not_an_object, config_too_large,
config_too_deep, config_number_out_of_range, request_id_reused, too_many_open_jobs, rotation_not_found, script_too_large,
too_many_jobs, too_many_chunks (both 429 with Retry-After).';

revoke all on function public.create_job(jsonb, integer, text, text, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function public.create_job(jsonb, integer, text, text, uuid, text) to authenticated;
