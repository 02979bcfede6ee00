-- How much a node may hold is earned by valid results. Defaults are constants, so no table is rewritten.
alter table public.nodes
add column quota integer not null default 8,
add column backoff_step integer not null default 0,
add column backoff_until timestamptz,
add column failed_at timestamptz;
comment on column public.nodes.quota is
'so many chunks it may hold: a valid result doubles it, a failure halves it';
comment on column public.nodes.backoff_step is
'how often in a row it failed with a quota of one; zero after a valid result';
comment on column public.nodes.backoff_until is 'until then it is given no chunk that another node may run';
comment on column public.nodes.failed_at is 'when it failed last';

alter table public.jobs_chunks add column must_check boolean not null default false;
comment on column public.jobs_chunks.must_check is
'its result has consequences beyond the chunk, as at its assignment: for the node''s quota';

-- Rare, so beside the chunks. No foreign keys: a node or a chunk that is gone is asked for no more, and
-- cleanup_stale_data removes what is left.
create table private.chunk_failures (
  chunk_id uuid not null,
  node_id uuid not null,
  primary key (chunk_id, node_id)
);
comment on table private.chunk_failures is
'The nodes that failed a chunk, or lost it before the node in jobs_chunks.last_node_id did.';
alter table private.chunk_failures enable row level security;
revoke all on table private.chunk_failures from public, anon, authenticated, service_role;

alter table private.settings
add column max_chunks_per_node integer not null default 1000 check (max_chunks_per_node between 1 and 100000),
add column backoff_first interval not null default '1 minute'
check (backoff_first >= '0' and backoff_first <= '1 day'),
add column backoff_longest interval not null default '15 minutes'
check (backoff_longest >= '0' and backoff_longest <= '30 days');
comment on column private.settings.max_chunks_per_node is 'a node may hold so many, however many cores it has';
comment on column private.settings.backoff_first is 'a node that fails with a quota of one is left alone for so long';
comment on column private.settings.backoff_longest is 'the longest of these pauses; each is twice the one before';
