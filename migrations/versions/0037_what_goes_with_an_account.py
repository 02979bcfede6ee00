"""What goes with an account."""

from dbtools.revision import frozen

revision = "0037"
down_revision = "0036"
from_sql = (
    "sql/functions/private/keep_statistics.sql",
    "sql/functions/private/leave.sql",
    "sql/functions/private/lock_chunks_of_node.sql",
    "sql/triggers/auth/users.on_auth_user_deleted.sql",
    "sql/triggers/jobs_chunks.trg_statistics.sql",
)

upgrade, downgrade = frozen(__file__)
