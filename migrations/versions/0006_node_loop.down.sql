drop function public.complete_chunks(jsonb);
drop function private.complete_chunks(jsonb);
drop function private.judge_results(uuid[], uuid[], uuid[], numeric[], text[]);
drop function private.read_results(jsonb);
drop function public.assign_chunks(integer, uuid);
drop function private.assign_chunks(integer, uuid);
drop function private.pair_chunks(integer, uuid);
drop function public.node_heartbeat(text, text, uuid[]);
drop function private.node_heartbeat(text, text, uuid[]);
drop function public.register_node(text, text, integer, integer, text, text);
drop function private.register_node(text, text, integer, integer, text, text);
drop function private.claim_code(bytea);

create index idx_jobs_chunks_node_status on public.jobs_chunks (node_id, status)
where status in ('pending', 'claimed');
drop index public.idx_jobs_chunks_running;
drop index public.idx_jobs_chunks_pending;
drop index public.idx_jobs_open;

alter table public.jobs_chunks
drop column attempt_token,
drop column attempts;
