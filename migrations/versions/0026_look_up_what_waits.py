"""Assigning to all nodes reads what it hands out, however much waits."""

from dbtools.revision import frozen

revision = "0026"
down_revision = "0025"
from_sql = (
    "sql/functions/private/assign_chunks.sql",
    "sql/functions/private/pair_chunks.sql",
)

upgrade, downgrade = frozen(__file__)
