"""find by key."""

from dbtools.revision import frozen

revision = "0027"
down_revision = "0026"
from_sql = (
    "sql/functions/private/advance_jobs.sql",
    "sql/functions/private/assign_chunks.sql",
    "sql/functions/private/finish_jobs.sql",
    "sql/functions/private/job_result.sql",
    "sql/functions/private/pair_chunks.sql",
    "sql/functions/private/read_failures.sql",
    "sql/functions/private/read_results.sql",
)

upgrade, downgrade = frozen(__file__)
