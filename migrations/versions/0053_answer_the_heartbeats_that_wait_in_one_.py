"""Answer the heartbeats that wait in one statement."""

from dbtools.revision import frozen

revision = "0053"
down_revision = "0052"
from_sql = (
    "sql/functions/private/node_heartbeats.sql",
    "sql/functions/node_heartbeats.sql",
)

upgrade, downgrade = frozen(__file__)
