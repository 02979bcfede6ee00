"""Reports are judged in fewer statements, with plans that stay."""

from dbtools.revision import frozen

revision = "0023"
down_revision = "0022"

upgrade, downgrade = frozen(__file__)
