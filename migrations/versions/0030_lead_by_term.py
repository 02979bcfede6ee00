"""Lead by term."""

from dbtools.revision import frozen

revision = "0030"
down_revision = "0029"
from_sql = (
    "sql/functions/private/lead.sql",
    "sql/functions/private/resign.sql",
    "sql/functions/private/under_term.sql",
)

upgrade, downgrade = frozen(__file__)
