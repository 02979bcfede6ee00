-- Each assignment to a node asks in which guilds its owner's jobs wait; most jobs are in none.
-- squawk-ignore require-concurrent-index-creation
create index idx_jobs_user_guild_open on public.jobs (user_id, discord_server_id)
where access_type = 'discord' and status in ('pending', 'running');
