"""What is too long or too often is refused, and so is the second process of a node."""

from dbtools.revision import frozen

revision = "0035"
down_revision = "0034"
from_sql = (
    "sql/functions/private/check_permissions.sql",
    "sql/functions/private/check_script.sql",
    "sql/functions/private/check_stored_config.sql",
    "sql/functions/private/claim_node.sql",
    "sql/functions/private/cleanup_stale_data.sql",
    "sql/functions/private/create_job.sql",
    "sql/functions/private/node_heartbeat.sql",
    "sql/functions/private/pin_inputs.sql",
    "sql/functions/private/refuse_for.sql",
    "sql/functions/private/refuse_heartbeat.sql",
    "sql/functions/private/register_node.sql",
    "sql/functions/private/request_address.sql",
    "sql/functions/private/retry_job.sql",
    "sql/functions/private/take.sql",
    "sql/functions/private/take_jobs.sql",
    "sql/functions/private/verify_claim_code.sql",
    "sql/functions/claim_node.sql",
    "sql/functions/create_job.sql",
    "sql/functions/node_heartbeat.sql",
    "sql/functions/register_node.sql",
    "sql/functions/retry_job.sql",
    "sql/functions/verify_claim_code.sql",
    "sql/triggers/jobs_configs.trg_check_config.sql",
    "sql/triggers/nodes_permissions.trg_check_permissions.sql",
    "sql/triggers/nodes_permissions.trg_check_permissions_again.sql",
    "sql/triggers/rotations.trg_check_script.sql",
    "sql/triggers/rotations_versions.trg_check_script.sql",
    "sql/triggers/rotations.trg_check_script_again.sql",
)

upgrade, downgrade = frozen(__file__)
