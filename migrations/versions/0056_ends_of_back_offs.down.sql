drop index public.idx_nodes_backoff;
