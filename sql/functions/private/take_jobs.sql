-- Quotas bound what is open at a time; this bounds what is created and cancelled again and again. As private.take, with
-- both counts in one statement, because every job pays for it.
create or replace function private.take_jobs(p_user uuid, p_chunks bigint, p_settings private.settings)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_jobs interval := coalesce(interval '1 minute' / nullif(p_settings.jobs_per_minute, 0), '0');
  v_chunks interval := coalesce(
    interval '1 hour' * (least(p_chunks, p_settings.chunks_per_hour) / nullif(p_settings.chunks_per_hour, 0)::float8), '0'
  );
  v_taken bigint;
begin
  insert into private.rates as r (kind, subject, due)
  values
  ('chunks of a user', p_user::text, now() + v_chunks),
  ('jobs of a user', p_user::text, now() + v_jobs)
  on conflict (kind, subject) do update
  set due = greatest(r.due, now()) + case r.kind when 'jobs of a user' then v_jobs else v_chunks end
  where greatest(r.due, now()) + case r.kind when 'jobs of a user' then v_jobs else v_chunks end
    <= now() + case r.kind when 'jobs of a user' then interval '1 minute' else interval '1 hour' end;
  get diagnostics v_taken = row_count;
  -- Which one it was, and for how long; what was taken of the other one is given back with the refusal.
  if v_taken < 2 then
    perform private.take(
      'jobs of a user', p_user::text, 1, p_settings.jobs_per_minute, '1 minute',
      'too_many_jobs', 'you have started too many jobs'
    );
    perform private.take(
      'chunks of a user', p_user::text, p_chunks, p_settings.chunks_per_hour, '1 hour',
      'too_many_chunks', 'your jobs have too many chunks'
    );
  end if;
end;
$$;

comment on function private.take_jobs(uuid, bigint, private.settings) is
'Counts a job and its chunks against the rates of a user, or refuses with too_many_jobs or too_many_chunks.';

revoke all on function private.take_jobs(uuid, bigint, private.settings)
from public, anon, authenticated, service_role;
