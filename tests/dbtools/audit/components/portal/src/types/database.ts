// Generated: a type is no call.
export type Functions = {
  reap_stale_chunks: { Args: never; Returns: undefined };
  mark_nodes_offline: { Args: never; Returns: undefined };
};
