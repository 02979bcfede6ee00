"""What the pages' login may read and do, found out at the start: what it may not is said, and not shown as nothing."""

from __future__ import annotations

from dataclasses import dataclass

from loop.sentinel.database import Database

# Row level security hides rows without a word, so a privilege alone is not enough.
_RIGHTS = """
select
  pg_has_role(session_user, 'authenticated', 'member') as act,
  coalesce(bool_and(r.reads) filter (where r.name <> 'owner_trust'), false) as disputes,
  coalesce(bool_and(r.reads) filter (where r.name = 'owner_trust'), false) as trust,
  coalesce(bool_and(r.reads and r.writes) filter (where r.name = 'owner_trust'), false) as block
from (
  select
    c.relname as name,
    has_table_privilege(c.oid, 'select') and not row_security_active(c.oid) as reads,
    has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'update') as writes
  from pg_class as c
  where c.relnamespace = to_regnamespace('private') and c.relname in ('owner_trust', 'checks', 'opinions')
) as r
"""


@dataclass(frozen=True)
class Rights:
    """What the login may.

    Attributes:
        act: cancel and retry jobs, in their owners' names.
        trust: see whose results are believed.
        disputes: see what is computed more than once, and what came of it.
        block: keep others' chunks from an owner's nodes.
    """

    act: bool
    trust: bool
    disputes: bool
    block: bool


async def find(database: Database) -> Rights:
    """Ask the database.

    Raises:
        psycopg.Error, TimeoutError: as `Database.rows`.
    """
    [row] = await database.rows(_RIGHTS, {})
    return Rights(**row)
