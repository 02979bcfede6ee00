"""Validate which kinds of replication there are."""

from dbtools.revision import frozen

revision = "0042"
down_revision = "0041"

upgrade, downgrade = frozen(__file__)
