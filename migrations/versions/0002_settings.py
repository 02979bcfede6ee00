"""One typed row for every threshold and limit."""

from dbtools.revision import frozen

revision = "0002"
down_revision = "0001"

upgrade, downgrade = frozen(__file__)
