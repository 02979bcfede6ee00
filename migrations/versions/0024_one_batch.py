"""Reaping takes one batch for each call, and sorts nothing."""

from dbtools.revision import frozen

revision = "0024"
down_revision = "0023"

upgrade, downgrade = frozen(__file__)
