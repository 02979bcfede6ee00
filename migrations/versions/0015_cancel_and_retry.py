"""Owners cancel their jobs, and try failed ones again."""

from dbtools.revision import frozen

revision = "0015"
down_revision = "0014"

upgrade, downgrade = frozen(__file__)
