"""Chunks of before are placed in their pools."""

from dbtools.revision import frozen

revision = "0021"
down_revision = "0020"

upgrade, downgrade = frozen(__file__)
