-- Quotas bound what is open at a time; this bounds what is created and cancelled again and again.
create or replace function private.take_jobs(p_user uuid, p_chunks bigint)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
begin
  select s.* into strict v_settings from private.settings as s;
  perform private.take(
    'jobs of a user', p_user::text, 1, v_settings.jobs_per_minute, '1 minute',
    'too_many_jobs', 'you have started too many jobs'
  );
  perform private.take(
    'chunks of a user', p_user::text, p_chunks, v_settings.chunks_per_hour, '1 hour',
    'too_many_chunks', 'your jobs have too many chunks'
  );
end;
$$;

comment on function private.take_jobs(uuid, bigint) is
'Counts a job and its chunks against the rates of a user, or refuses with too_many_jobs or too_many_chunks.';

revoke all on function private.take_jobs(uuid, bigint) from public, anon, authenticated, service_role;
