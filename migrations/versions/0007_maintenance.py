"""The periodic chores: counts, thresholds from the settings, no traps."""

from dbtools.revision import frozen

revision = "0007"
down_revision = "0006"

upgrade, downgrade = frozen(__file__)
