"""Round results to 15 significant digits."""

from dbtools.revision import frozen

revision = "0029"
down_revision = "0028"
from_sql = (
    "sql/functions/private/job_result.sql",
    "sql/functions/private/round_significant.sql",
)

upgrade, downgrade = frozen(__file__)
