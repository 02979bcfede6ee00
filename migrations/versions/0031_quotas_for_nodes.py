"""Quotas for nodes."""

from dbtools.revision import frozen

revision = "0031"
down_revision = "0030"
from_sql = (
    "sql/functions/private/assign_chunks.sql",
    "sql/functions/private/assign_to_node.sql",
    "sql/functions/private/better_elsewhere.sql",
    "sql/functions/private/cleanup_stale_data.sql",
    "sql/functions/private/complete_chunks.sql",
    "sql/functions/private/fail_chunks.sql",
    "sql/functions/private/failed_by.sql",
    "sql/functions/private/give_chunks.sql",
    "sql/functions/private/has_another_node.sql",
    "sql/functions/private/job_result.sql",
    "sql/functions/private/judge_results.sql",
    "sql/functions/private/lower_quotas.sql",
    "sql/functions/private/may_run.sql",
    "sql/functions/private/node_for_chunk.sql",
    "sql/functions/private/pair_chunks.sql",
    "sql/functions/private/raise_quotas.sql",
    "sql/functions/private/read_failures.sql",
    "sql/functions/private/reap_stale_chunks.sql",
    "sql/functions/private/register_node.sql",
    "sql/functions/private/retry_job.sql",
    "sql/functions/complete_chunks.sql",
    "sql/functions/fail_chunks.sql",
    "sql/functions/node_heartbeat.sql",
    "sql/functions/reap_stale_chunks.sql",
)

upgrade, downgrade = frozen(__file__)
