pub const STALE: &str = r#"
    update jobs_chunks set status = 'pending', node_id = null
    where status = 'running' and claimed_at < now() - interval '60 seconds'
"#;

pub const ONLINE: &str = "select n.id from public.nodes as n where n.status = 'online'";
