-- Whoever was right gains, whoever was wrong loses all: blocked for an hour, then four, then for good. After a trusted
-- owner's first loss some of the results that nobody checked are checked, since it may be the hardware; after any other
-- all of them are. Losses are forgotten in time.
create or replace function private.judge_owners(p_chunk_id uuid, p_result jsonb)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_settings private.settings;
  v_losers uuid[];
begin
  select s.* into strict v_settings from private.settings as s;
  v_losers := array(
    select o.owner from private.opinions as o
    where o.chunk_id = p_chunk_id and not private.same_result(o.result, p_result)
  );

  insert into private.owner_trust as t (owner, valid)
  select o.owner, 1 from private.opinions as o
  where o.chunk_id = p_chunk_id and o.owner <> all(v_losers)
  on conflict (owner) do update
  set valid = t.valid + 1, lost = case when t.valid + 1 >= v_settings.losses_lapse_at then 0 else t.lost end;

  insert into private.owner_trust as t (owner, lost, blocked_until, to_check)
  select l.owner, 1, now() + interval '1 hour', 2147483647 from unnest(v_losers) as l (owner)
  on conflict (owner) do update
  set
    valid = 0,
    lost = t.lost + 1,
    blocked_until = case t.lost
      when 0 then now() + interval '1 hour' when 1 then now() + interval '4 hours' else 'infinity'
    end,
    to_check = case
      when t.lost = 0 and t.valid >= v_settings.trusted_at then v_settings.audit_size else 2147483647
    end;

  -- What these run was given to them on trust.
  update public.jobs_chunks as c
  set must_check = true
  where c.id = any(array(
    select r.id from public.jobs_chunks as r
    inner join public.nodes as n on n.id = r.node_id
    where n.user_id = any(v_losers) and r.status = 'running' and not r.must_check
    for no key update of r skip locked
  ));
end;
$$;

comment on function private.judge_owners(uuid, jsonb) is
'Lets the owners of a chunk''s opinions gain or lose by the verdict.';

revoke all on function private.judge_owners(uuid, jsonb) from public, anon, authenticated, service_role;
