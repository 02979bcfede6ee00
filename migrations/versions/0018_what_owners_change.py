"""Of a node, its owner changes the name and how much it may do."""

from dbtools.revision import frozen

revision = "0018"
down_revision = "0017"

upgrade, downgrade = frozen(__file__)
