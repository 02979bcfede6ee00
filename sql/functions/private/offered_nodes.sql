-- Definer, because a node is its owner's to see; this shows of an offered one what is needed to decide.
create or replace function private.offered_nodes()
returns table (node_id uuid, name text, owner_id uuid, accepted boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_user uuid := private.signed_in_user();
begin
  return query
  select distinct n.id, n.name, n.user_id, a.user_id is not null
  from public.nodes_permissions as p
  inner join public.nodes as n on n.id = p.node_id
  left join public.nodes_acceptances as a on a.node_id = n.id and a.user_id = v_user
  where p.access_type = 'user' and p.target_id = v_user::text and n.user_id <> v_user;
end;
$$;

comment on function private.offered_nodes() is 'The body of public.offered_nodes.';

revoke all on function private.offered_nodes() from public, anon, authenticated, service_role;
grant execute on function private.offered_nodes() to authenticated;
