"""Claim without locking jobs."""

from dbtools.revision import frozen

revision = "0047"
down_revision = "0046"
from_sql = ("sql/functions/private/assign_to_node.sql",)

upgrade, downgrade = frozen(__file__)
