"""So many open jobs a user, however many calls come at once."""

from dbtools.revision import frozen

revision = "0014"
down_revision = "0013"

upgrade, downgrade = frozen(__file__)
