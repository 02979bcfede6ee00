"""What a node is given."""

from dbtools.revision import frozen

revision = "0032"
down_revision = "0031"
from_sql = (
    "sql/functions/private/accept_node.sql",
    "sql/functions/private/attempt_inputs.sql",
    "sql/functions/private/check_rotation.sql",
    "sql/functions/private/chunks_of_node.sql",
    "sql/functions/private/fail_jobs_of_rotations.sql",
    "sql/functions/private/judge_results.sql",
    "sql/functions/private/offered_nodes.sql",
    "sql/functions/private/pin_inputs.sql",
    "sql/functions/accept_node.sql",
    "sql/functions/attempt_inputs.sql",
    "sql/functions/chunks_of_node.sql",
    "sql/functions/offered_nodes.sql",
    "sql/triggers/rotations.trg_fail_jobs.sql",
    "sql/triggers/jobs.trg_pin_inputs.sql",
    "sql/policies/guilds_members.sql",
    "sql/policies/nodes_acceptances.sql",
)

upgrade, downgrade = frozen(__file__)
