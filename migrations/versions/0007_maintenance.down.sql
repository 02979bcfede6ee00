drop function public.cleanup_stale_data();
drop function private.cleanup_stale_data();
drop function public.mark_nodes_offline();
drop function private.mark_nodes_offline();
drop function public.reap_stale_chunks();
drop function private.reap_stale_chunks();

create function public.reap_stale_chunks() returns void language plpgsql as $$
begin
  update jobs_chunks
  set status = 'pending', node_id = null, claimed_at = null
  where status = 'running' and claimed_at < now() - interval '5 minutes';
end;
$$;

create function public.mark_nodes_offline() returns void language sql as $$
  update public.nodes set status = 'offline'
  where status = 'online' and last_seen_at < now() - interval '5 minutes';
$$;

create function public.cleanup_stale_data() returns void language plpgsql as $$
begin
  delete from nodes
  where user_id is null and status = 'pending' and created_at < now() - interval '1 hour';

  delete from nodes
  where status = 'offline' and last_seen_at < now() - interval '30 days';

  delete from jobs_configs
  where last_used_at < now() - interval '7 days'
    and hash not in (select config_hash from jobs);
end;
$$;

drop index public.idx_jobs_chunks_node_id;
alter table public.jobs_chunks drop constraint jobs_chunks_node_id_fkey;
alter table public.jobs_chunks add constraint jobs_chunks_node_id_fkey
foreign key (node_id) references public.nodes (id) not valid;
alter table public.jobs_chunks validate constraint jobs_chunks_node_id_fkey;
