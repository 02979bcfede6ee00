drop index public.idx_jobs_user_guild_open;
