"""A node works for a user or a guild only with the consent of both sides."""

from dbtools.revision import Contract, frozen

revision = "0038"
down_revision = "0037"
from_sql = (
    "sql/functions/private/assign_to_node.sql",
    "sql/functions/private/pair_chunks.sql",
    "sql/functions/private/place_members_chunks.sql",
    "sql/functions/private/pool_of.sql",
    "sql/views/private/shared_pools.sql",
    "sql/triggers/guilds_members.trg_joined.sql",
    "sql/triggers/guilds_members.trg_left.sql",
    "sql/policies/guilds_members.sql",
)

# What was enough before: that the node's owner, or the job's, names the other side.
contract = Contract(
    takes=(),
    in_use="""
        (
          select format('node %s works for %s %s, who has not accepted it', p.node_id, p.access_type, p.target_id)
          from public.nodes_permissions as p
          inner join public.nodes as n on n.id = p.node_id
          where
            p.access_type = 'user' and n.user_id::text <> p.target_id and not exists (
              select from public.nodes_acceptances as a where a.node_id = p.node_id and a.user_id::text = p.target_id
            )
            or p.access_type = 'guild' and not exists (
              select from public.guilds_members as m where m.guild_id = p.target_id and m.user_id = n.user_id
            )
          order by 1 limit 20
        )
        union all
        (
          select format('job %s waits for guild %s, where its user is no member', j.id, j.discord_server_id)
          from public.jobs as j
          where j.access_type = 'discord' and j.status in ('pending', 'running') and not exists (
            select from public.guilds_members as m where m.guild_id = j.discord_server_id and m.user_id = j.user_id
          )
          order by 1 limit 20
        )
    """,
)

upgrade, downgrade = frozen(__file__)
