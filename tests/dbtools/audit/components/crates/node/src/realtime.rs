pub fn join(node: &str) -> Value {
    json!({ "postgres_changes": [{
        "event": "UPDATE", "schema": "public", "table": "jobs_chunks", "filter": format!("node_id=eq.{node}"),
    }] })
}
