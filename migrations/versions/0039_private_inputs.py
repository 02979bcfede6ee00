"""What a job is computed from is read by its owner and by the nodes that compute it."""

from dbtools.revision import Contract, frozen

revision = "0039"
down_revision = "0038"
from_sql = (
    "sql/functions/private/rotation_is_open.sql",
    "sql/policies/jobs_chunks.sql",
    "sql/policies/jobs_configs.sql",
    "sql/policies/rotations.sql",
)

# Nodes read configs and scripts with the anon key before, which the whole world has. One that sends its session takes
# them from its answers; of one that does not, it is not known.
contract = Contract(
    takes=(
        "function private.rotation_is_open(uuid)",
        "policy public.jobs_configs.jobs_configs_select",
        "policy public.rotations.rotations_select_public_own_or_open",
    ),
    in_use="""
        select format('node %s (version %s) may still fetch configs and scripts from PostgREST', n.id, n.version)
        from public.nodes as n
        where n.user_id is not null and n.session_id is null and n.last_seen_at > now() - interval '30 days'
        order by n.last_seen_at desc limit 20
    """,
)

upgrade, downgrade = frozen(__file__)
