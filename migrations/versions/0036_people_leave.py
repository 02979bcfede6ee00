"""An account can be deleted, and what has been counted stays counted."""

from dbtools.revision import frozen

revision = "0036"
down_revision = "0035"

upgrade, downgrade = frozen(__file__)
