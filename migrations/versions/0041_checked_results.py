"""Results of strangers are checked."""

from dbtools.revision import frozen

revision = "0041"
down_revision = "0040"

upgrade, downgrade = frozen(__file__)
