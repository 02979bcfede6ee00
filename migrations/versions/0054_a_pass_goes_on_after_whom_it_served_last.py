"""A pass goes on after whom it served last."""

from dbtools.revision import frozen

revision = "0054"
down_revision = "0053"
from_sql = (
    "sql/functions/private/assign_chunks.sql",
    "sql/functions/private/cleanup_stale_data.sql",
    "sql/functions/private/node_for_chunk.sql",
    "sql/functions/private/pair_chunks.sql",
)

upgrade, downgrade = frozen(__file__)
