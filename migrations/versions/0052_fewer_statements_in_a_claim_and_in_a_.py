"""Fewer statements in a claim and in a rescue."""

from dbtools.revision import frozen

revision = "0052"
down_revision = "0051"
from_sql = (
    "sql/functions/private/assign_one.sql",
    "sql/functions/private/assign_to_node.sql",
    "sql/functions/private/reap_stale_chunks.sql",
)

upgrade, downgrade = frozen(__file__)
