-- A canary for the channel: what it inserts it deletes, so when it is committed, nobody ever sees it.
insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'verify@example.test');

insert into public.jobs_configs (hash, config) values ('verify', '{"verify": 1}');

insert into public.jobs (id, user_id, config_hash, total_iterations)
values ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'verify', 1);

-- as service_role: notifies pending_chunk
insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset)
values ('00000000-0000-4000-8000-00000000000b', 'verify', 1, 0);

-- An ended one, for of an open job's deletion the channel is told too.
update public.jobs set status = 'cancelled'
where id = '00000000-0000-4000-8000-00000000000b';

delete from public.jobs
where id = '00000000-0000-4000-8000-00000000000b';

delete from public.jobs_configs
where hash = 'verify';

delete from auth.users
where id = '00000000-0000-4000-8000-00000000000a';
