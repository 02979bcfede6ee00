"""Checked results."""

from dbtools.revision import frozen

revision = "0033"
down_revision = "0032"

upgrade, downgrade = frozen(__file__)
