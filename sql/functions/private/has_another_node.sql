create or replace function private.has_another_node(p_node public.nodes)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from public.nodes as n
    cross join private.settings as s
    where n.user_id = p_node.user_id and n.id <> p_node.id
      and n.status = 'online' and n.last_seen_at >= now() - s.offline_after
      and least(n.max_parallel, n.total_cores) > 0 and (n.backoff_until is null or n.backoff_until <= now())
  );
$$;

comment on function private.has_another_node(public.nodes) is
'Has the owner of this node another one that is online and not left alone for its failures?';

revoke all on function private.has_another_node(public.nodes) from public, anon, authenticated, service_role;
