"""The sentinel keeps the house: the three cron jobs for it go."""

from dbtools.revision import Contract, frozen

revision = "0028"
down_revision = "0027"

contract = Contract(
    takes=("cron job mark-nodes-offline", "cron job reap-stale-chunks", "cron job cleanup-stale-data"),
    replacement="a leading sentinel",
    # A sentinel that leads holds this lock for as long as it does.
    replacement_works="""
        select exists (
          select from pg_locks
          where locktype = 'advisory' and granted and objsubid = 1
            and database = (select oid from pg_database where datname = current_database())
            and (classid::bigint << 32) | objid::bigint = hashtextextended('dbtools.sentinel', 0)
        )
    """,
)

upgrade, downgrade = frozen(__file__)
