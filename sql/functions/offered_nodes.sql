-- Exposed, so it holds no privilege of its own; see private.offered_nodes.
create or replace function public.offered_nodes()
returns table (node_id uuid, name text, owner_id uuid, accepted boolean)
language sql
set search_path = ''
as $$
  select o.* from private.offered_nodes() as o;
$$;

comment on function public.offered_nodes() is
'The nodes of others that are offered to the signed-in user, and whether they are accepted. Error (code in DETAIL):
not_signed_in.';

revoke all on function public.offered_nodes() from public, anon, authenticated, service_role;
grant execute on function public.offered_nodes() to authenticated;
