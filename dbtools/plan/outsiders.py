"""Who comes from outside: the roles that a gateway becomes, one for each request, as PostgREST's `authenticator` does.

Told from the catalog, because a role's name says nothing: a gateway logs in and has nothing of what it may become. What
bypasses row security takes a secret, and is none of them.
"""

from __future__ import annotations

import psycopg
from psycopg.rows import scalar_row

_OUTSIDERS = b"""
    select r.rolname from pg_roles as r
    where not (r.rolsuper or r.rolbypassrls or r.rolcanlogin) and exists (
      select from pg_auth_members as m
        inner join pg_roles as g on m.member = g.oid
      where m.roleid = r.oid and g.rolcanlogin and not (g.rolinherit or g.rolsuper)
    )
    order by r.rolname
"""
# Which one of them a request without a login comes as stands in the gateway's own settings; by custom it is this one.
ANONYMOUS = "anon"


def read_outsiders(connection: psycopg.Connection) -> tuple[str, ...]:
    """The roles, by name; none where no gateway is."""
    with psycopg.Cursor(connection, row_factory=scalar_row) as cursor:
        return tuple(cursor.execute(_OUTSIDERS))
