-- The usual report has nothing but results that count at once: each of a chunk that runs on that node in that attempt.
-- It is judged by the statement that writes it, so each chunk is found and locked once; whatever else a report holds
-- sends all of it to private.complete_carefully. That is seen beforehand, by a look without locks. What changes between
-- the look and the writing undoes the writing, and the careful way answers. Chunks are changed in key order because
-- they are found by an index: hence no sequential and no bitmap scan.
-- The counts are moved here, so the triggers that count for everybody else are told to let it be (loop.counted).
create or replace function private.complete_chunks(p_results jsonb)
returns table (chunk_id uuid, outcome text, reason text, job_complete boolean)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set jit = off
set enable_seqscan = off
set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
  v_only record;
  v_chunks uuid[];
  v_nodes uuid[];
  v_tokens uuid[];
  v_iterations numeric[];
  v_results jsonb[];
  v_problems text[];
  v_job_of uuid[];
  v_usual boolean;
  v_jobs uuid[];
  v_completed bigint[];
  v_lost bigint[];
  v_begun boolean[];
  v_count bigint;
  v_ended uuid[];
begin
  if jsonb_typeof(p_results) is distinct from 'array' then
    perform private.refuse(
      400, 'results_not_an_array', 'the results are not a JSON array', 'Send p_results as [{"chunkId": …}, …].'
    );
  end if;

  if jsonb_array_length(p_results) = 1 then
    select r.* into v_only from private.read_results(p_results) as r;
    if v_only.problem is null then
      job_complete := private.complete_one(
        v_only.chunk_id, v_only.node_id, v_only.attempt_token, v_only.iterations, v_only.result
      );
      if job_complete is not null then
        chunk_id := v_only.chunk_id;
        outcome := 'accepted';
        return next;
        return;
      end if;
    end if;
  end if;

  select
    array_agg(e.chunk_id), array_agg(e.node_id), array_agg(e.attempt_token), array_agg(e.iterations),
    array_agg(e.result), array_agg(e.problem)
  into v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_problems
  from private.read_results(p_results) as e;

  -- Apart from the reading: of what a function returns the planner thinks as of a thousand rows, and would read a small
  -- table whole to join them.
  if num_nonnulls(variadic v_problems) = 0 then
    select
      array_agg(c.job_id order by r.place),
      bool_and(coalesce(
        r.token = c.attempt_token and r.node_id = c.node_id and r.iterations = c.iterations
        and c.status = 'running' and not c.must_check, false
      ))
    into v_job_of, v_usual
    from unnest(v_chunks, v_nodes, v_tokens, v_iterations)
      with ordinality as r (chunk_id, node_id, token, iterations, place)
    left join public.jobs_chunks as c on c.id = r.chunk_id;
  end if;

  if v_usual then
    -- Jobs before chunks: whoever deletes one locks it, then its chunks.
    perform from public.jobs as j where j.id = any(v_job_of) order by j.id for key share;
    begin
      perform set_config('loop.counted', 'on', true);
      with done as (
        update public.jobs_chunks as c
        set status = 'completed', completed_at = now(), result = r.result, error = null, lease_expires_at = null
        from unnest(v_chunks, v_nodes, v_tokens, v_results) as r (chunk_id, node_id, attempt_token, result)
        where c.id = any(v_chunks) and c.id = r.chunk_id
          -- In a case, or an index of what runs would look like the shortest way.
          and case
            when c.status = 'running' and not c.must_check
              then c.node_id = r.node_id and c.attempt_token = r.attempt_token
          end
        returning c.job_id, c.iterations
      )

      select array_agg(d.job_id), array_agg(d.iterations), array_agg(0), array_agg(true), sum(d.chunks)
      into v_jobs, v_completed, v_lost, v_begun, v_count
      from (
        select d.job_id, sum(d.iterations) as iterations, count(*) as chunks from done as d group by d.job_id
      ) as d;
      perform set_config('loop.counted', 'off', true);
      if v_count is distinct from cardinality(v_chunks) then
        raise exception using errcode = 'LP001', message = 'chunks have changed meanwhile';
      end if;
    exception when sqlstate 'LP001' then
      v_usual := false;
    end;
  end if;
  if v_usual then
    v_ended := private.move_jobs(v_jobs, v_completed, v_lost, v_begun);
    return query
    select r.chunk_id, 'accepted', null::text, r.job_id = any(v_ended)
    from unnest(v_chunks, v_job_of) as r (chunk_id, job_id);
  else
    return query
    select c.* from private.complete_carefully(v_chunks, v_nodes, v_tokens, v_iterations, v_results, v_problems) as c;
  end if;
end;
$$;

comment on function private.complete_chunks(jsonb) is 'The body of public.complete_chunks.';

revoke all on function private.complete_chunks(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.complete_chunks(jsonb) to service_role;
