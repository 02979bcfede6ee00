-- Jobs are kept, and none is ever run. The caller's name is an argument, because a definer function cannot see it.
-- for: beside
create function pg_catalog.dbtools_cron_schedule(
  p_name text, p_schedule text, p_command text, p_database text, p_username text, p_active boolean
) returns bigint language plpgsql security definer set search_path = '' as $$
declare
  v_id bigint;
begin
  if p_schedule !~ '^\s*(\S+\s+){4}\S+\s*$|^\s*\d+ seconds?\s*$|^@\w+$' then
    raise exception 'invalid schedule: %', p_schedule
      using hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  insert into cron.job (schedule, command, nodename, nodeport, database, username, active, jobname)
  values (
    p_schedule, p_command, 'localhost', 5432, coalesce(p_database, current_database()), p_username, p_active, p_name
  )
  on conflict on constraint jobname_username_uniq do update
  set schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
  returning jobid into v_id;
  return v_id;
end $$;
create function pg_catalog.dbtools_cron_unschedule(p_id bigint, p_name text, p_username text)
returns boolean language plpgsql security definer set search_path = '' as $$
begin
  delete from cron.job as j where (j.jobid = p_id or j.jobname = p_name) and j.username = p_username;
  if not found then
    raise exception 'could not find valid entry for job ''%''', coalesce(p_name, p_id::text);
  end if;
  return true;
end $$;
create function pg_catalog.dbtools_cron_alter_job(
  p_id bigint, p_schedule text, p_command text, p_database text, p_username text, p_active boolean
) returns void language sql security definer set search_path = '' as $$
  update cron.job as j
  set schedule = coalesce(p_schedule, j.schedule), command = coalesce(p_command, j.command),
      database = coalesce(p_database, j.database), username = coalesce(p_username, j.username),
      active = coalesce(p_active, j.active)
  where j.jobid = p_id
$$;
-- for: schedule(text,text)
language sql as $$
  select pg_catalog.dbtools_cron_schedule(null, $1, $2, null, current_user, true)
$$
-- for: schedule(text,text,text)
language sql as $$
  select pg_catalog.dbtools_cron_schedule($1, $2, $3, null, current_user, true)
$$
-- for: schedule_in_database(text,text,text,text,text,boolean)
language sql as $$
  select pg_catalog.dbtools_cron_schedule($1, $2, $3, $4, coalesce($5, current_user), $6)
$$
-- for: unschedule(bigint)
language sql as $$
  select pg_catalog.dbtools_cron_unschedule($1, null, current_user)
$$
-- for: unschedule(text)
language sql as $$
  select pg_catalog.dbtools_cron_unschedule(null, $1, current_user)
$$
-- for: alter_job(bigint,text,text,text,text,boolean)
language sql as $$
  select pg_catalog.dbtools_cron_alter_job($1, $2, $3, $4, $5, $6)
$$
