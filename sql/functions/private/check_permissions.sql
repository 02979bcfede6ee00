-- Every assignment reads the permissions of the nodes that have room.
create or replace function private.check_permissions()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_most integer := (select s.max_permissions_per_node from private.settings as s);
begin
  if exists (
    select from public.nodes_permissions as p
    where p.node_id in (select n.node_id from new_permissions as n)
    group by p.node_id having count(*) > v_most
  ) then
    perform private.refuse(
      400, 'too_many_permissions', 'the node has too many permissions',
      format('It may have %s; remove some, or open it to the public.', v_most)
    );
  end if;
  return null;
end;
$$;

comment on function private.check_permissions() is 'Refuses more than settings.max_permissions_per_node for a node.';

revoke all on function private.check_permissions() from public, anon, authenticated, service_role;
