"""The policy on uploads asks once a query who the user is, like all others."""

from dbtools.revision import frozen

revision = "0025"
down_revision = "0024"

upgrade, downgrade = frozen(__file__)
