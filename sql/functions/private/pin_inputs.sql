-- What a job computes is settled when it is submitted. The config never changes, as it is known by its hash; of the
-- rotation that it names, this keeps the text of now. A trigger, so that jobs of the transition's edge functions have
-- it too; what these name may be anything, so a rotation that is not there is no error here: create_job has looked. A
-- copy comes with the inputs of the job that it checks.
create or replace function private.pin_inputs()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_script text;
begin
  if new.replication = 'copy' then
    return new;
  end if;
  select r.id, r.current_version, encode(sha256(convert_to(r.script, 'UTF8')), 'hex'), r.script
  into new.rotation_id, new.rotation_version, new.script_checksum, v_script
  from public.jobs_configs as c
  inner join public.rotations as r on r.id = case
    when c.config ->> 'rotationId' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      then (c.config ->> 'rotationId')::uuid
  end
  where c.hash = new.config_hash;
  if found then
    if octet_length(v_script) > (select s.max_script_bytes from private.settings as s) then
      perform private.refuse(
        413, 'script_too_large', 'the script of the rotation is too large', 'Shorten it, or name another rotation.'
      );
    end if;
    insert into private.scripts as s (checksum, script) values (new.script_checksum, v_script)
    on conflict (checksum) do update set last_used_at = now();
  end if;
  return new;
end;
$$;

comment on function private.pin_inputs() is
'Writes version and checksum of the rotation that a new job''s config names into the job, and keeps the script.';

revoke all on function private.pin_inputs() from public, anon, authenticated, service_role;
