-- A node that is no longer left alone has room, and nothing else says so: the sentinel looks when the next one is.
-- squawk-ignore require-concurrent-index-creation
create index idx_nodes_backoff on public.nodes (backoff_until)
where backoff_until is not null;
