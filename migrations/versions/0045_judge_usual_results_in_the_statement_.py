"""Judge usual results in the statement that writes them."""

from dbtools.revision import frozen

revision = "0045"
down_revision = "0044"
from_sql = (
    "sql/functions/private/advance_jobs.sql",
    "sql/functions/private/complete_carefully.sql",
    "sql/functions/private/complete_chunks.sql",
    "sql/functions/private/complete_one.sql",
    "sql/functions/private/hear_results.sql",
    "sql/functions/private/move_jobs.sql",
    "sql/functions/private/read_results.sql",
    "sql/functions/complete_chunks.sql",
    "sql/triggers/jobs_chunks.trg_job_progress.sql",
    "sql/triggers/jobs_chunks.trg_job_progress_new.sql",
    "sql/triggers/jobs_chunks.trg_pending_chunk_again.sql",
)

upgrade, downgrade = frozen(__file__)
