alter table public.nodes reset (fillfactor);
alter table public.jobs reset (fillfactor);
create index idx_rotations_user_id on public.rotations (user_id);
create index idx_nodes_public_key on public.nodes (public_key) where public_key is not null;
create index idx_jobs_chunks_config_hash on public.jobs_chunks (config_hash);
-- Added without a check, then checked: the first needs a strong lock for a moment only, the second reads for long.
alter table public.jobs_chunks add constraint jobs_chunks_config_hash_fkey
foreign key (config_hash) references public.jobs_configs (hash) not valid;
alter table public.jobs_chunks validate constraint jobs_chunks_config_hash_fkey;
