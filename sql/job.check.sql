-- A job from its creation to its result, on a user and a node of its own: register_node, claim_node, node_heartbeat,
-- create_job, assign_chunks, complete_chunks. Schedulers take turns, so assign_chunks comes as late as it can.
insert into auth.users (id, email) values
('00000000-0000-4000-8000-00000000000a', 'verify-a@example.test'),
('00000000-0000-4000-8000-00000000000b', 'verify-b@example.test');

-- as authenticated: refused 42501
select public.register_node(null, null, null, null, null, null);

-- as service_role
select set_config('check.key', encode(decode(repeat('c0de', 16), 'hex'), 'base64'), true);

-- as service_role
select
  set_config(
    'check.node', public.register_node(current_setting('check.key'), 'verify', 4, 4, 'none', '0') ->> 'id', true
  );

-- as service_role: refused PT404 node_unclaimed
select public.node_heartbeat(current_setting('check.key'));

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: returns true
select public.claim_node(current_setting('check.node')::uuid, null, null) -> 'success';

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000b"}: returns false
select public.claim_node(current_setting('check.node')::uuid, null, null) -> 'success';

-- as service_role: returns online
select public.node_heartbeat(current_setting('check.key')) ->> 'status';

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}
select set_config('check.job', public.create_job('{"verify": 1}', 2500) ->> 'jobId', true);

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: refused 42501
select public.assign_chunks(1, null);

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: refused 42501
select public.complete_chunks('[]');

-- as service_role: refused PT400 results_not_an_array
select public.complete_chunks('{}');

-- as service_role: 3 rows
select a.chunk_id from public.assign_chunks(10, current_setting('check.node')::uuid) as a;

-- as service_role
select
  set_config(
    'check.results',
    jsonb_agg(jsonb_build_object(
      'chunkId', c.id,
      'nodeId', c.node_id,
      'attemptToken', c.attempt_token,
      'result', jsonb_build_object(
        'meanDps', c.seed_offset,
        'stdDps', 1,
        'minDps', c.seed_offset - 5,
        'maxDps', c.seed_offset + 5,
        'iterations', c.iterations
      )
    ))::text,
    true
  )
from public.jobs_chunks as c
where c.job_id = current_setting('check.job')::uuid;

-- as service_role: returns 3
select count(*) from public.complete_chunks(current_setting('check.results')::jsonb) as r
where r.outcome = 'accepted';

-- Weighted by iterations: (1000 * 0 + 1000 * 1000 + 500 * 2000) / 2500.
-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: returns true
select
  j.status = 'completed'
  and j.completed_iterations = 2500
  and (j.result ->> 'meanDps')::float8 = 800
  and (j.result ->> 'minDps')::float8 = -5
  and (j.result ->> 'maxDps')::float8 = 2005
  and (j.result ->> 'totalIterations')::integer = 2500
  and (j.result ->> 'chunksCompleted')::integer = 3
from public.jobs as j
where j.id = current_setting('check.job')::uuid;

-- Nobody else sees any of it.
-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000b"}: 0 rows
select j.id from public.jobs as j
where j.id = current_setting('check.job')::uuid;

-- Whoever writes chunks himself is counted by the triggers.
-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}
select set_config('check.other', public.create_job('{"verify": 2}', 1000) ->> 'jobId', true);

-- as service_role
update public.jobs_chunks set status = 'cancelled'
where job_id = current_setting('check.other')::uuid;

-- as service_role: returns 1000
select j.lost_iterations from public.jobs as j
where j.id = current_setting('check.other')::uuid;
