"""Chunks without a foreign key to their job."""

from dbtools.revision import Contract, frozen

revision = "0051"
down_revision = "0050"

# PostgREST finds by foreign keys what belongs together. Jobs with their chunks it finds by public.jobs_chunks(jobs) from
# now on; a chunk's job it finds no more, and who asked for that shows in the statements that the server has counted.
contract = Contract(
    takes=(),
    in_use="""
        select format('requests embed the job of a chunk; so far %s', c.calls)
        from xmltable('/table/row' passing case
          when to_regclass('extensions.pg_stat_statements') is not null
            and current_setting('shared_preload_libraries') like '%pg_stat_statements%'
          then query_to_xml(
            'select sum(calls) as calls from extensions.pg_stat_statements '
            'where query like ''%FROM "public"."jobs_chunks"%LATERAL%FROM "public"."jobs"%''',
            false, false, ''
          )
        end columns calls bigint) as c
        where c.calls > 0
    """,
)

upgrade, downgrade = frozen(__file__)
