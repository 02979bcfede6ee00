"""A chunk says in which pool it waits, and for whom."""

from dbtools.revision import frozen

revision = "0020"
down_revision = "0019"

upgrade, downgrade = frozen(__file__)
