"""Claim one chunk with plain statements."""

from dbtools.revision import frozen

revision = "0048"
down_revision = "0047"
from_sql = (
    "sql/functions/private/assign_one.sql",
    "sql/functions/private/assign_to_node.sql",
    "sql/functions/private/reap_stale_chunks.sql",
)

upgrade, downgrade = frozen(__file__)
