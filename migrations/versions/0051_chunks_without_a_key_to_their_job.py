"""Chunks without a foreign key to their job."""

from dbtools.revision import Contract, frozen

revision = "0051"
down_revision = "0050"

# PostgREST finds by foreign keys what belongs together. From now on it finds jobs with their chunks by
# public.jobs_chunks(jobs), and a signed-in user's chunks with their job no more. Who asks for that the catalog cannot
# show, so whoever runs an API on this database is asked.
contract = Contract(
    takes=(),
    in_use="""
        select
          format('PostgREST is connected (%s sessions of authenticator): ', count(*))
          || 'jobs_chunks?select=…,jobs(…) will be refused'
        from pg_stat_activity
        where datname = current_database() and usename = 'authenticator'
        having count(*) > 0
    """,
)

upgrade, downgrade = frozen(__file__)
