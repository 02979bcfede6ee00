"""The same holds for the rows that were there before."""

from dbtools.revision import frozen

revision = "0011"
down_revision = "0010"

upgrade, downgrade = frozen(__file__)
