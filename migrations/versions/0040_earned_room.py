"""A node earns how many chunks it may hold."""

from dbtools.revision import frozen

revision = "0040"
down_revision = "0039"

upgrade, downgrade = frozen(__file__)
