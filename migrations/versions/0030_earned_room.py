"""Earned room."""

from dbtools.revision import frozen

revision = "0030"
down_revision = "0029"

upgrade, downgrade = frozen(__file__)
