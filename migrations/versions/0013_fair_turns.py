"""Users take turns, and of equal nodes the one that was seen last comes first."""

from dbtools.revision import frozen

revision = "0013"
down_revision = "0012"

upgrade, downgrade = frozen(__file__)
