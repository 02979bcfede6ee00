-- A request id stands for one request. With another config or another number of iterations it is a mistake of the
-- client's, and answering with the old job would hide it.
create or replace function private.job_of_request(
  p_user uuid,
  p_request_id uuid,
  p_config_hash text,
  p_iterations integer
)
returns uuid
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_job public.jobs;
begin
  select j.* into v_job from public.jobs as j where j.user_id = p_user and j.request_id = p_request_id;
  if v_job.config_hash <> p_config_hash or v_job.total_iterations <> p_iterations then
    perform private.refuse(
      409, 'request_id_reused', 'this request id belongs to another job', 'Make a new p_request_id for each job.'
    );
  end if;
  return v_job.id;
end;
$$;

comment on function private.job_of_request(uuid, uuid, text, integer) is
'The job that a request created, or null. Refuses a request id that was used for something else.';

revoke all on function private.job_of_request(uuid, uuid, text, integer)
from public, anon, authenticated, service_role;
