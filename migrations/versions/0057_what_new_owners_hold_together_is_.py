"""What new owners hold together is counted once."""

from dbtools.revision import frozen

revision = "0057"
down_revision = "0056"
from_sql = (
    "sql/functions/private/common_trial_room.sql",
    "sql/functions/private/node_for_chunk.sql",
    "sql/functions/private/own_trial_room.sql",
    "sql/functions/private/pair_chunks.sql",
    "sql/functions/private/trial_room.sql",
)

upgrade, downgrade = frozen(__file__)
