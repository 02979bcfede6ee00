"""The bounds on names hold for every row that is there."""

from dbtools.revision import frozen

revision = "0032"
down_revision = "0031"

upgrade, downgrade = frozen(__file__)
