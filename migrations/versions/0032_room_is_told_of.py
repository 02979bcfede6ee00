"""Room is told of."""

from dbtools.revision import frozen

revision = "0032"
down_revision = "0031"
from_sql = (
    "sql/functions/private/advance_jobs.sql",
    "sql/functions/private/assign_to_node.sql",
    "sql/functions/private/better_elsewhere.sql",
    "sql/functions/private/cancel_job.sql",
    "sql/functions/private/cleanup_stale_data.sql",
    "sql/functions/private/complete_chunks.sql",
    "sql/functions/private/create_job.sql",
    "sql/functions/private/fail_chunks.sql",
    "sql/functions/private/give_chunks.sql",
    "sql/functions/private/lock_chunks_of_job.sql",
    "sql/functions/private/lock_chunks_of_node.sql",
    "sql/functions/private/lower_quotas.sql",
    "sql/functions/private/mark_nodes_offline.sql",
    "sql/functions/private/node_for_chunk.sql",
    "sql/functions/private/node_heartbeat.sql",
    "sql/functions/private/notify_room.sql",
    "sql/functions/private/raise_quotas.sql",
    "sql/functions/private/reap_stale_chunks.sql",
    "sql/functions/private/retry_job.sql",
    "sql/triggers/private/settings.trg_room.sql",
    "sql/triggers/nodes.trg_room.sql",
    "sql/triggers/nodes_permissions.trg_room.sql",
)

upgrade, downgrade = frozen(__file__)
