"""What a live database stands on: its platform read, told from the project, and ready to be laid in a shadow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from dbtools.platform import stand_in
from dbtools.platform.facts import FILE, Facts, reference
from dbtools.platform.read import read
from dbtools.platform.split import Circumstances, Ground, split

_AROUND = """
select
  (select rolname from pg_roles where oid = 10),
  (select pg_get_userbyid(datdba) from pg_database where datname = current_database()),
  array(
    select r.rolname from pg_shdepend as s inner join pg_roles as r on s.refobjid = r.oid
    where s.refclassid = 'pg_authid'::regclass
      and s.dbid = (select d.oid from pg_database as d where d.datname = current_database())
  ),
  array(select name from pg_settings where context in ('superuser', 'superuser-backend')),
  (
    select jsonb_object_agg(n.nspname, pg_get_userbyid(n.nspowner)) from pg_namespace as n
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  ),
  (
    select coalesce(jsonb_object_agg(format('%%I.%%I', n.nspname, c.relname), pg_get_userbyid(c.relowner)), '{}')
    from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
    -- By name: a cast to regclass is refused to who may not use the schema.
    where format('%%I.%%I', n.nspname, c.relname) = any (%s::text[])
  ),
  (
    select jsonb_build_object(
      'kind', 'schema', 'name', n.nspname, 'owner', pg_get_userbyid(n.nspowner), 'acl', n.nspacl::text,
      'comment', obj_description(n.oid, 'pg_namespace')
    )
    from pg_namespace as n where n.nspname = 'public'
  ),
  -- An extension that can only lie in one schema may have made that schema itself.
  exists (
    select from pg_extension as e inner join pg_namespace as n on e.extnamespace = n.oid
    where not e.extrelocatable and n.nspname not in ('public', 'pg_catalog')
  )
"""

_BROUGHT = """
  select distinct v.schema from pg_available_extension_versions as v
    inner join pg_extension as e on v.name = e.extname
    inner join pg_namespace as n on e.extnamespace = n.oid and n.nspname = v.schema
  where v.installed and v.schema not in ('public', 'pg_catalog')
"""


def folder(migrations: Path) -> Path:
    """Where a project keeps its platform."""
    return migrations / "platform"


def of_project(migrations: Path) -> Facts:
    """The platform that a project stands on: its own folder's, or the packaged one.

    Raises:
        PlatformFileError: the folder's file is broken.
    """
    return reviewed(migrations) or reference()


def reviewed(migrations: Path) -> Facts | None:
    """What a project's platform folder says, if it has one.

    Raises:
        PlatformFileError: its file is broken.
    """
    there = folder(migrations)
    return Facts.load(there) if (there / FILE).exists() else None


def read_ground(connection: psycopg.Connection[Any], reviewed: Facts | None = None) -> Ground:
    """Read live's platform, by SELECT alone, in the caller's transaction or one of its own.

    Args:
        connection: any role's.
        reviewed: what the project's platform folder says, if it has one.
    """
    packaged = reference()
    services = {row["name"]: row["owner"] for row in packaged.of("relation") if row["name"].endswith("migrations")}
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute(_AROUND, [list(services)]).fetchone()
        assert found is not None  # noqa: S101  (a query without FROM gives one row)
        admin, owner, mentioned, settings, schemas, tables, public, may_bring = found
        is_hosted = admin == packaged.admin and any(services[name] == whose for name, whose in tables.items())
        brought = {name for (name,) in cursor.execute(_BROUGHT)} if may_bring else set()
        candidates = {
            name
            for name, whose in schemas.items()
            if name != "public" and (name in brought or (is_hosted and name in packaged.schemas) or whose != owner)
        }
        live = read(connection, schemas=candidates)
    if public:
        # Without what lies in it, which is the project's.
        live = live.with_rows([*live.rows, {name: value for name, value in public.items() if value or name == "acl"}])
    about = Circumstances(frozenset(mentioned), frozenset(brought), frozenset(settings))
    return split(live, packaged if is_hosted else None, reviewed, about)


def read_ground_with_stand_ins(connection: psycopg.Connection[Any], reviewed: Facts | None = None) -> Ground:
    """As `read_ground`, with stand-ins for live's extensions: complete, to be kept in a project's platform folder.

    Raises:
        ShadowError: an extension went away meanwhile.
    """
    ground = read_ground(connection, reviewed)
    names = [name for (name,) in connection.execute("select extname from pg_extension")]
    return replace(ground, platform=replace(ground.platform, stand_ins=stand_in.generate(connection, names)))
