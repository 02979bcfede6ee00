"""What every chunk pays for and nothing needs is dropped."""

from dbtools.revision import frozen

revision = "0017"
down_revision = "0016"

upgrade, downgrade = frozen(__file__)
