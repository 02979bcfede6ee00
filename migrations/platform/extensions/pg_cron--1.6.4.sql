-- pg_cron's tables and functions as a client sees them. Nothing here ever runs a job.
create schema cron;
create sequence cron.jobid_seq;
create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default inet_server_port(),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
alter sequence cron.jobid_seq owned by cron.job.jobid;
create sequence cron.runid_seq;
create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
alter sequence cron.runid_seq owned by cron.job_run_details.runid;

alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

-- The caller's name is an argument because a definer function cannot see it; the real functions are C and need none.
create function cron.standin_schedule(
  p_name text, p_schedule text, p_command text, p_database text, p_username text, p_active boolean
) returns bigint language plpgsql security definer set search_path = '' as $$
declare
  v_id bigint;
begin
  if p_schedule !~ '^\s*(\S+\s+){4}\S+\s*$|^\s*\d+ seconds?\s*$|^@\w+$' then
    raise exception 'invalid schedule: %', p_schedule
      using hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
  insert into cron.job (schedule, command, nodeport, database, username, active, jobname)
  values (p_schedule, p_command, 5432, coalesce(p_database, current_database()), p_username, p_active, p_name)
  on conflict on constraint jobname_username_uniq do update
    set schedule = excluded.schedule, command = excluded.command,
        database = excluded.database, active = excluded.active
  returning jobid into v_id;
  return v_id;
end $$;
create function cron.standin_unschedule(p_id bigint, p_username text)
returns boolean language plpgsql security definer set search_path = '' as $$
begin
  delete from cron.job where jobid = p_id and username = p_username;
  if not found then
    raise exception 'could not find valid entry for job ''%''', p_id;
  end if;
  return true;
end $$;

create function cron.schedule(schedule text, command text) returns bigint language sql
return cron.standin_schedule(null, schedule, command, null, current_user, true);
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql
return cron.standin_schedule(job_name, schedule, command, null, current_user, true);
create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
) returns bigint language sql
return cron.standin_schedule(job_name, schedule, command, database, coalesce(username, current_user), active);
create function cron.unschedule(job_id bigint) returns boolean language sql
return cron.standin_unschedule(job_id, current_user);
create function cron.unschedule(job_name text) returns boolean language plpgsql as $$
declare
  v_id bigint;
begin
  select j.jobid into v_id from cron.job as j where j.jobname = job_name and j.username = current_user;
  if v_id is null then
    raise exception 'could not find valid entry for job ''%''', job_name;
  end if;
  return cron.standin_unschedule(v_id, current_user);
end $$;
create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null,
  database text default null, username text default null, active boolean default null
) returns void language plpgsql security definer set search_path = '' as $$
begin
  update cron.job as j
  set schedule = coalesce(alter_job.schedule, j.schedule), command = coalesce(alter_job.command, j.command),
      database = coalesce(alter_job.database, j.database), username = coalesce(alter_job.username, j.username),
      active = coalesce(alter_job.active, j.active)
  where j.jobid = alter_job.job_id;
end $$;

-- As a hosted project grants it.
grant usage on schema cron to postgres with grant option;
grant select on cron.job to postgres with grant option;
grant all on cron.job_run_details to postgres with grant option;
