"""Attempts end: by a lease, by a failure, and for good after the last one."""

from dbtools.revision import frozen

revision = "0012"
down_revision = "0011"

upgrade, downgrade = frozen(__file__)
