"""Jobs and chunks hold together by triggers."""

from dbtools.revision import frozen

revision = "0050"
down_revision = "0049"
from_sql = (
    "sql/functions/private/create_job.sql",
    "sql/functions/private/keep_jobs_of_chunks.sql",
    "sql/functions/private/remove_chunks_of_jobs.sql",
    "sql/functions/jobs_chunks.sql",
    "sql/triggers/jobs.trg_chunks_go_too.sql",
    "sql/triggers/jobs_chunks.trg_jobs_are_there.sql",
    "sql/triggers/jobs_chunks.trg_jobs_are_there_again.sql",
)

upgrade, downgrade = frozen(__file__)
