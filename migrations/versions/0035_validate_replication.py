"""Validate replication."""

from dbtools.revision import frozen

revision = "0035"
down_revision = "0034"

upgrade, downgrade = frozen(__file__)
