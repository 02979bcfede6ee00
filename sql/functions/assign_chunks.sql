-- Exposed, so it holds no privilege of its own; see private.assign_chunks and private.assign_to_node.
create or replace function public.assign_chunks(p_limit integer default 100, p_node_id uuid default null)
returns table (
  chunk_id uuid,
  node_id uuid,
  attempt_token uuid,
  job_id uuid,
  iterations integer,
  seed_offset integer,
  config_hash text,
  config jsonb
)
language plpgsql
set search_path = ''
as $$
begin
  if p_node_id is null then
    return query select a.* from private.assign_chunks(coalesce(p_limit, 100)) as a;
  else
    return query select a.* from private.assign_to_node(p_node_id, coalesce(p_limit, 100)) as a;
  end if;
end;
$$;

comment on function public.assign_chunks(integer, uuid) is
'Gives up to p_limit pending chunks to nodes that are online, may run them and have room, or to one node only, and
returns each with its node, the token of this attempt and what the node needs to start. For the scheduler.';

revoke all on function public.assign_chunks(integer, uuid) from public, anon, authenticated, service_role;
grant execute on function public.assign_chunks(integer, uuid) to service_role;
