"""Who leads, under which term, and until when."""

from dbtools.revision import frozen

revision = "0029"
down_revision = "0028"
from_sql = ("sql/policies/private/leader.sql",)

upgrade, downgrade = frozen(__file__)
