"""Who leads, under which term, and until when."""

from dbtools.revision import frozen

revision = "0029"
down_revision = "0028"

upgrade, downgrade = frozen(__file__)
