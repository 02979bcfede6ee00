"""Nodes go round the users that wait for them."""

from dbtools.revision import frozen

revision = "0022"
down_revision = "0021"

upgrade, downgrade = frozen(__file__)
