"""The API roles reach what is meant for them and nothing else."""

from dbtools.revision import frozen

revision = "0004"
down_revision = "0003"

upgrade, downgrade = frozen(__file__)
