-- Exposed, so it holds no privilege of its own; see private.chunks_of_node.
create or replace function public.chunks_of_node(
  p_node_id uuid,
  p_attempts uuid[] default '{}',
  p_known text[] default null,
  p_embed boolean default true
)
returns table (answer jsonb, news boolean)
language sql
set search_path = ''
as $$
  select c.* from private.chunks_of_node(p_node_id, p_attempts, p_known, p_embed) as c;
$$;

comment on function public.chunks_of_node(uuid, uuid[], text[], boolean) is
'The chunks that a node computes: {"chunks": [{"chunkId", "attemptToken", "iterations", "seedOffset", "configHash",
"rotation": {"id", "version", "checksum"} or null}, …], "configs": {HASH: {…}}, "scripts": {CHECKSUM: "…"}}, without the
configs and scripts whose hashes stand in p_known, and with no more of them than settings.max_answer_bytes: the chunks of
the rest come with the next answer. Where p_known is null, "config" and "rotation.script" stand in each chunk, if p_embed
is true. And whether there is a chunk whose token is not in p_attempts. For the sentinel.';

revoke all on function public.chunks_of_node(uuid, uuid[], text[], boolean)
from public, anon, authenticated, service_role;
grant execute on function public.chunks_of_node(uuid, uuid[], text[], boolean) to service_role;
