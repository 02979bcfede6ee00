"""Create jobs without planning anew."""

from dbtools.revision import frozen

revision = "0046"
down_revision = "0045"
from_sql = (
    "sql/functions/private/create_job.sql",
    "sql/functions/private/lock_user.sql",
    "sql/functions/private/pool_of.sql",
    "sql/functions/create_job.sql",
    "sql/functions/hash_config.sql",
)

upgrade, downgrade = frozen(__file__)
