"""The chores work in batches, and chunks of jobs that ended long ago go."""

from dbtools.revision import frozen

revision = "0016"
down_revision = "0015"

upgrade, downgrade = frozen(__file__)
