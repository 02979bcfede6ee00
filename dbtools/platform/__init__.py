"""What a project stands on: read from live, kept as a file of facts, laid in every shadow.

`facts` is the file, `read` fills it from a live database, `lay` makes a fresh server what it says; `reference/` holds
the platform of a hosted Supabase project in the same form.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from dbtools.model import definition

HERE = Path(str(files(__name__)))

API_ROLES = definition.API_ROLES

# Schemas that the platform owns. A project may still have put something into them: see `catalog`'s rule.
SCHEMAS = (
    "_analytics",
    "_realtime",
    "_supavisor",
    "auth",
    "cron",
    "extensions",
    "graphql",
    "graphql_public",
    "net",
    "pgbouncer",
    "pgmq",
    "pgsodium",
    "pgsodium_masks",
    "pgtle",
    "realtime",
    "repack",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "tiger",
    "tiger_data",
    "topology",
    "vault",
)

# Roles that the platform logs in with or owns its objects by. `postgres` is not one of them: it is the project's.
ROLES = (
    *API_ROLES,
    "authenticator",
    "dashboard_user",
    "pgbouncer",
    "pgsodium_keyholder",
    "pgsodium_keyiduser",
    "pgsodium_keymaker",
    "pgtle_admin",
    "supabase_admin",
    "supabase_auth_admin",
    "supabase_etl_admin",
    "supabase_functions_admin",
    "supabase_read_only_user",
    "supabase_realtime_admin",
    "supabase_replication_admin",
    "supabase_storage_admin",
    "supabase_superuser",
)

# Publications that exist on every project; which tables are in them is the project's business.
PUBLICATIONS = ("supabase_realtime", "supabase_realtime_messages_publication")
