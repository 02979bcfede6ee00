-- For nodes that fetch through PostgREST. They come with the anon key, so what proves that a chunk is theirs is the
-- token of its attempt, which nobody else has been told. Every mistake looks the same.
create or replace function private.attempt_inputs(p_chunk_id uuid, p_attempt_token uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_inputs jsonb;
begin
  select jsonb_build_object(
    'configHash', c.config_hash,
    'config', g.config,
    'rotation', case when s.checksum is not null then jsonb_build_object(
      'id', j.rotation_id, 'version', j.rotation_version, 'checksum', s.checksum, 'script', s.script
    ) end
  ) into v_inputs
  from public.jobs_chunks as c
  inner join public.jobs as j on j.id = c.job_id
  inner join public.jobs_configs as g on g.hash = c.config_hash
  left join private.scripts as s on s.checksum = j.script_checksum
  where c.id = p_chunk_id and c.attempt_token = p_attempt_token and c.status = 'running';
  if not found then
    perform private.refuse(
      404, 'attempt_not_found', 'no such attempt is running', 'Ask for the chunks of this node again.'
    );
  end if;
  return v_inputs;
end;
$$;

comment on function private.attempt_inputs(uuid, uuid) is 'The body of public.attempt_inputs.';

revoke all on function private.attempt_inputs(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function private.attempt_inputs(uuid, uuid) to anon, authenticated;
