"""A job follows its chunks, up to its result; one notification for each statement."""

from dbtools.revision import frozen

revision = "0005"
down_revision = "0004"

upgrade, downgrade = frozen(__file__)
