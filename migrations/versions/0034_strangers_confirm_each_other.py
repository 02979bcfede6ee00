"""Strangers confirm each other."""

from dbtools.revision import frozen

revision = "0034"
down_revision = "0033"
from_sql = (
    "sql/functions/private/advance_jobs.sql",
    "sql/functions/private/assign_chunks.sql",
    "sql/functions/private/assign_to_node.sql",
    "sql/functions/private/base_pool.sql",
    "sql/functions/private/better_elsewhere.sql",
    "sql/functions/private/check_losers.sql",
    "sql/functions/private/checked_pools.sql",
    "sql/functions/private/cleanup_stale_data.sql",
    "sql/functions/private/complete_chunks.sql",
    "sql/functions/private/create_job.sql",
    "sql/functions/private/examine_ended_jobs.sql",
    "sql/functions/private/examine_jobs.sql",
    "sql/functions/private/has_spoken.sql",
    "sql/functions/private/hear_results.sql",
    "sql/functions/private/hold_back.sql",
    "sql/functions/private/is_blocked.sql",
    "sql/functions/private/is_trusted.sql",
    "sql/functions/private/is_witness.sql",
    "sql/functions/private/judge_owners.sql",
    "sql/functions/private/judge_results.sql",
    "sql/functions/private/may_run.sql",
    "sql/functions/private/node_for_chunk.sql",
    "sql/functions/private/open_checks.sql",
    "sql/functions/private/order_copy.sql",
    "sql/functions/private/own_pools.sql",
    "sql/functions/private/pair_chunks.sql",
    "sql/functions/private/reap_stale_chunks.sql",
    "sql/functions/private/same_result.sql",
    "sql/functions/private/settle_check.sql",
    "sql/functions/private/settle_checks.sql",
    "sql/functions/private/trial_room.sql",
    "sql/functions/create_job.sql",
    "sql/functions/settle_checks.sql",
    "sql/triggers/nodes.trg_room.sql",
)

upgrade, downgrade = frozen(__file__)
