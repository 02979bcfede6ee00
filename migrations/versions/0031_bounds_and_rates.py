"""How long a name may be, how often one may ask, and which of two processes a node is."""

from dbtools.revision import frozen

revision = "0031"
down_revision = "0030"

upgrade, downgrade = frozen(__file__)
