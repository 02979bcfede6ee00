"""The bounds on names hold for every row that is there."""

from dbtools.revision import frozen

revision = "0034"
down_revision = "0033"

upgrade, downgrade = frozen(__file__)
