"""A setting for every limit and threshold that the job system has."""

from dbtools.revision import frozen

revision = "0009"
down_revision = "0008"

upgrade, downgrade = frozen(__file__)
