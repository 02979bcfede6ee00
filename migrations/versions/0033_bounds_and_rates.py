"""How long a name may be, how often one may ask, and which of two processes a node is."""

from dbtools.revision import frozen

revision = "0033"
down_revision = "0032"

upgrade, downgrade = frozen(__file__)
