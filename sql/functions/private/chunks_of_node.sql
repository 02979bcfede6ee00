-- What a node is told of the chunks that it holds. Configs and scripts are large and many chunks share them: a node
-- that says which it has (p_known, by their hashes, even if none) gets each of the others once, beside the chunks; an
-- older one gets them within each chunk (p_embed), or not at all. Where they are more than the settings allow for one
-- answer, the chunks from there on wait for the next answer; one chunk's are always let through, or it would wait for
-- ever. A chunk that the node knows, by the token of its attempt, needs neither.
create or replace function private.chunks_of_node(p_node_id uuid, p_attempts uuid[], p_known text[], p_embed boolean)
returns table (answer jsonb, news boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_most bigint := (select s.max_answer_bytes from private.settings as s);
begin
  return query
  with held as materialized (
    select
      c.id, c.attempt_token, c.iterations, c.seed_offset, c.config_hash,
      j.rotation_id, j.rotation_version, j.script_checksum,
      coalesce(c.attempt_token = any(p_attempts), false) as known,
      row_number() over (order by c.claimed_at, c.seed_offset, c.id) as place
    from public.jobs_chunks as c
    -- Limited, so that it is looked up, whatever the statistics say of jobs.
    cross join lateral (
      select j.rotation_id, j.rotation_version, j.script_checksum from public.jobs as j where j.id = c.job_id limit 1
    ) as j
    where c.node_id = p_node_id and c.status = 'running'
  ),

  needed as materialized (
    select min(h.place) as place, i.kind, i.hash
    from held as h
    cross join lateral (values ('config', h.config_hash), ('script', h.script_checksum)) as i (kind, hash)
    where not h.known and i.hash is not null
      and case when p_known is null then p_embed else i.hash <> all(p_known) end
    group by i.kind, i.hash, case when p_known is null then h.place end
  ),

  inputs as materialized (
    select
      n.place, n.kind, n.hash,
      case n.kind
        when 'config' then (select g.config from public.jobs_configs as g where g.hash = n.hash)
        else (select to_jsonb(s.script) from private.scripts as s where s.checksum = n.hash)
      end as content
    from needed as n
  ),

  -- The first chunk that is too much.
  cut as (
    select min(t.place) as place
    from (
      select i.place, sum(i.bytes) over (order by i.place) as total, i.bytes
      from (
        select i.place, sum(octet_length(i.content::text)) as bytes from inputs as i group by i.place
      ) as i
    ) as t
    where t.total > v_most and t.total > t.bytes
  ),

  given as materialized (
    select h.* from held as h cross join cut as t where h.known or t.place is null or h.place < t.place
  ),

  described as (
    select jsonb_agg(jsonb_build_object(
      'chunkId', g.id, 'attemptToken', g.attempt_token, 'iterations', g.iterations, 'seedOffset', g.seed_offset,
      'configHash', g.config_hash,
      'rotation', case when g.script_checksum is not null then jsonb_build_object(
        'id', g.rotation_id, 'version', g.rotation_version, 'checksum', g.script_checksum
      ) || case when s.content is null then '{}' else jsonb_build_object('script', s.content) end end
    ) || case when p_known is null then jsonb_build_object('config', k.content) else '{}' end order by g.place) as chunks
    from given as g
    left join inputs as k on p_known is null and k.place = g.place and k.kind = 'config'
    left join inputs as s on p_known is null and s.place = g.place and s.kind = 'script'
  ),

  shared as (
    select
      coalesce(jsonb_object_agg(i.hash, i.content) filter (where i.kind = 'config'), '{}') as configs,
      coalesce(jsonb_object_agg(i.hash, i.content) filter (where i.kind = 'script'), '{}') as scripts
    from inputs as i
    cross join cut as t
    where p_known is not null and (t.place is null or i.place < t.place)
  )

  select
    jsonb_build_object('chunks', coalesce(d.chunks, '[]'))
    || case
      when p_known is null then '{}'
      else jsonb_build_object('configs', a.configs, 'scripts', a.scripts)
    end,
    exists (select from given as g where not g.known)
  from described as d
  cross join shared as a;
end;
$$;

comment on function private.chunks_of_node(uuid, uuid[], text[], boolean) is 'The body of public.chunks_of_node.';

revoke all on function private.chunks_of_node(uuid, uuid[], text[], boolean)
from public, anon, authenticated, service_role;
grant execute on function private.chunks_of_node(uuid, uuid[], text[], boolean) to service_role;
