"""The next end of a back-off is found however many nodes there are."""

from dbtools.revision import frozen

revision = "0056"
down_revision = "0055"

upgrade, downgrade = frozen(__file__)
