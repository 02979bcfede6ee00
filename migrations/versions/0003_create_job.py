"""One call makes a job: config, job and chunks together or not at all."""

from dbtools.revision import frozen

revision = "0003"
down_revision = "0002"

upgrade, downgrade = frozen(__file__)
