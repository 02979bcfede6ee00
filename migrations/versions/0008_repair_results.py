"""Results and progress for the jobs that never got them."""

from dbtools.revision import frozen

revision = "0008"
down_revision = "0007"

upgrade, downgrade = frozen(__file__)
