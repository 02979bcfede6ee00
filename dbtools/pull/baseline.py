"""From what was read of a live database to the SQL that makes it again, whatever the target grants by default.

pg_dump prints grants as differences from Postgres' built-in defaults, but an object in a Supabase database starts from
the platform's default privileges, and pg_dump emits no REVOKE against those. So the file first sets the default
privileges of its own role aside, and ends with the ones that the live database has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dbtools.model.quoting import identifier, unquoted
from dbtools.model.snapshot import Snapshot
from dbtools.model.stays import STAYS
from dbtools.platform.ownership import Ownership
from dbtools.pull import platform_changes, platform_objects, roles
from dbtools.pull.dump import Entry
from dbtools.pull.masked import substituted
from dbtools.pull.platform_objects import LeftOut

_TITLE = """\
-- The schema as `dbtools pull` found it in the live database. Frozen: changes are revisions on top of it.
"""

# Local to the transaction, and given back at the end, because later revisions may run in the same one.
_SETTINGS = ("search_path", "check_function_bodies", "xmloption", "default_table_access_method")

_SAVED = ",\n".join(f"  set_config('dbtools.{name}', current_setting('{name}'), true)" for name in _SETTINGS)
_RESTORED = ",\n".join(f"  set_config('{name}', current_setting('dbtools.{name}'), true)" for name in _SETTINGS)

_START = f"""\
select
{_SAVED};
set local search_path = '';
set local check_function_bodies = false;
set local xmloption = content;
set local default_table_access_method = heap;
"""

_END = f"select\n{_RESTORED};\n"

_DEFAULTS_ASIDE = """\
do $aside$
declare
  v record;
begin
  for v in
    select distinct d.defaclnamespace <> 0 as in_public, w.what,
      case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end as grantee
    from pg_default_acl as d
      inner join (
        values ('r', 'tables'), ('S', 'sequences'), ('f', 'functions'), ('T', 'types'), ('n', 'schemas')
      ) as w (code, what) on d.defaclobjtype::text = w.code,
      aclexplode(d.defaclacl) as x
    where d.defaclrole = current_user::regrole
      and (d.defaclnamespace = 0 or d.defaclnamespace = to_regnamespace('public'))
  loop
    execute format(
      'alter default privileges %s revoke all on %s from %s',
      case when v.in_public then 'in schema public' end, v.what, v.grantee
    );
  end loop;

  -- An entry without a schema stood in place of the built-in default: write that one in, and Postgres drops the entry.
  for v in
    select w.what, w.public_may
    from pg_default_acl as d
      inner join (
        values ('r', 'tables', null), ('S', 'sequences', null), ('f', 'functions', 'execute'), ('T', 'types', 'usage'),
          ('n', 'schemas', null)
      ) as w (code, what, public_may) on d.defaclobjtype::text = w.code
    where d.defaclrole = current_user::regrole and d.defaclnamespace = 0
  loop
    execute format('alter default privileges grant all on %s to current_user', v.what);
    if v.public_may is not null then
      execute format('alter default privileges grant %s on %s to public', v.public_may, v.what);
    end if;
  end loop;
end
$aside$;
"""

_PUBLIC_ASIDE = """\
do $aside$
declare
  v text;
begin
  for v in
    select distinct case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end
    from pg_namespace as n, aclexplode(n.nspacl) as x
    where n.nspname = 'public' and x.grantee <> n.nspowner
  loop
    execute format('revoke all on schema public from %s', v);
  end loop;
end
$aside$;
"""

# The kinds that default privileges know, as REVOKE calls them.
_WITH_PRIVILEGES = {
    **dict.fromkeys(("TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE"), "table"),
    **dict.fromkeys(("FUNCTION", "PROCEDURE", "AGGREGATE"), "routine"),
    **dict.fromkeys(("TYPE", "DOMAIN"), "type"),
    "SEQUENCE": "sequence",
}

# What pg_dump writes around grants by somebody else than the owner, and at the end of what has one.
_ACT_AS = re.compile(r"^SET SESSION AUTHORIZATION (.+);$", re.MULTILINE)
_ACT_AS_BEFORE = re.compile(r"^RESET SESSION AUTHORIZATION;$", re.MULTILINE)
_OWNER = re.compile(r"\nALTER [^\n]+ OWNER TO [^\n]+;\s*\Z")


def _without_circular_views(snapshot: Snapshot, entries: Sequence[Entry]) -> list[Entry]:
    """The entries without those views and what is on them: pg_dump prints one as if it were there before it is made."""
    circular = {(item.schema, item.name) for item in snapshot.of("circular view")}
    names = ((entry.schema, re.sub(r"^(?:TABLE|VIEW|COLUMN) ", "", entry.name).partition(".")[0]) for entry in entries)
    return [entry for entry, name in zip(entries, names, strict=True) if name not in circular]


@dataclass(frozen=True)
class Baseline:
    """The SQL, in the blocks that it is made of (what each is for, its statements), and what is not in it.

    `title` is the comment at its beginning, with its end of line.
    """

    blocks: tuple[tuple[str, str], ...]
    left_out: tuple[LeftOut, ...]
    title: str = _TITLE

    @property
    def text(self) -> str:
        """The whole file."""
        return self.title + "".join(f"\n-- {' '.join(title.split())}\n{sql.rstrip()}\n" for title, sql in self.blocks)


def build(snapshot: Snapshot, entries: Sequence[Entry], ownership: Ownership) -> Baseline:
    """Put the file together from the catalog and the dump of one state; the same state gives the same bytes.

    Args:
        snapshot: of the project's only: see `dbtools.pull.platform_changes.own`.
        entries: the project's, see `dbtools.pull.ownership`.
        ownership: what is the platform's.
    """
    left_out = [LeftOut(item.identity, STAYS[item.kind]) for item in snapshot.of(*STAYS)]
    entries = _without_circular_views(snapshot, entries)
    blocks = [("Settings of this transaction", _START)]
    left_out += roles.passwords(snapshot)
    blocks += roles.made(snapshot)
    blocks.append(("Every object starts from the built-in default privileges", _DEFAULTS_ASIDE))
    public = [("Grants on schema public", _public_grants(snapshot))]
    # Nobody can be given an object in a schema in which he may not create one.
    first, last = (public, []) if _somebody_creates_in_public(snapshot) else ([], public)
    blocks += first
    blocks += platform_objects.on_platform_tables(snapshot, columns=True)
    for entry in _grants_on_schemas_first(entries):
        if entry.type != "USER MAPPING":
            blocks.append((_header(entry), _statements(entry, snapshot, ownership, left_out)))
    blocks += last
    blocks += platform_objects.queues(snapshot, left_out)
    blocks += platform_objects.in_platform(snapshot, ownership)
    blocks += platform_objects.on_platform_tables(snapshot, columns=False)
    blocks += platform_objects.platform_grants(snapshot, left_out)
    blocks += platform_objects.comments(snapshot, left_out)
    blocks += platform_objects.buckets(snapshot)
    blocks += platform_objects.cron_jobs(snapshot, ownership.owner, left_out)
    blocks.append(("Back to the settings as they were", _END))
    return Baseline(tuple(blocks), tuple(left_out))


def _grants_on_schemas_first(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with each schema's grants right behind it: without CREATE there, a role cannot be given an object."""
    moved = {entry.name: entry for entry in entries if entry.type == "ACL" and entry.name.startswith("SCHEMA ")}
    ordered: list[Entry] = []
    for entry in entries:
        if entry not in moved.values():
            ordered.append(entry)
        if entry.type == "SCHEMA":
            ordered += [acl for name, acl in moved.items() if unquoted(name.removeprefix("SCHEMA ")) == entry.name]
    return ordered


def _header(entry: Entry) -> str:
    return f"Name: {entry.name}; Type: {entry.type}; Schema: {entry.schema or '-'}; Owner: {entry.owner or '-'}"


def _statements(entry: Entry, snapshot: Snapshot, ownership: Ownership, left_out: list[LeftOut]) -> str:
    text = entry.text
    if entry.type == "SCHEMA":
        # The migration runner may have made it for its own table.
        text = text.replace("CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ", 1)
    elif entry.type == "EXTENSION":
        schemas = {item.name: item.properties["schema"] for item in snapshot.of("extension")}
        if schemas[entry.name] in ownership.schemas - {"extensions"}:
            text = f"create schema if not exists {identifier(schemas[entry.name])};\n{text}"
    elif entry.type == "ACL" and "SESSION AUTHORIZATION" in text:
        # A grant that was made by somebody else than the owner. SET SESSION AUTHORIZATION is for superusers only.
        text = substituted(_ACT_AS, text, lambda found: f"set local role {found[0]};")
        text = substituted(_ACT_AS_BEFORE, text, lambda _: "set local role none;")
    elif entry.type == "EVENT TRIGGER":
        text = platform_objects.if_permitted(text)
    elif entry.schema in ownership.schemas and entry.type in _WITH_PRIVILEGES and snapshot.api_roles:
        # The default privileges there are the platform's, and stay.
        what, of = _WITH_PRIVILEGES[entry.type], f"{identifier(entry.schema)}."
        of += entry.name if what == "routine" else identifier(entry.name)
        text = f"{text}\nrevoke all on {what} {of} from {', '.join(map(identifier, snapshot.api_roles))};"
    if ownership.is_platform_role(entry.owner):
        text, given_away = _without_owner(text)
        if given_away:
            where = f"{entry.schema}.{entry.name}" if entry.schema else entry.name
            reason = f"{entry.owner} is a role of the platform's, and nobody else may act for it"
            left_out.append(LeftOut(f"owner of {entry.type.lower()} {where}", reason))
    elif entry.type == "FOREIGN DATA WRAPPER" and entry.owner == ownership.owner:
        # Whoever makes it owns it; to give one away takes a superuser, even to oneself.
        text, _ = _without_owner(text)
    if entry.access_method != "heap":
        text = (
            f"set local default_table_access_method = {entry.access_method};\n{text.rstrip()}\n"
            "set local default_table_access_method = heap;"
        )
    return text


def _without_owner(text: str) -> tuple[str, bool]:
    """An entry's text without the ALTER … OWNER TO at its end, and whether there was one."""
    rest = substituted(_OWNER, text, lambda _: "")
    return (rest.rstrip(), True) if rest != text else (text, False)


def _somebody_creates_in_public(snapshot: Snapshot) -> bool:
    ours = {identifier(role.name) for role in snapshot.of("role")}
    grants = [grant for grant in snapshot.of("grant") if grant.parent == "schema public"]
    return any("CREATE" in one.properties["privileges"] and platform_objects.grantee(one) in ours for one in grants)


def _public_grants(snapshot: Snapshot) -> str:
    sql = _PUBLIC_ASIDE
    for grant in snapshot.of("grant"):
        if grant.parent == "schema public" and platform_objects.grantee(grant) != "pg_database_owner":
            statements = platform_changes.grants(
                grant.parent, platform_objects.grantee(grant), grant.properties["privileges"]
            )
            sql += "".join(f"{statement};\n" for statement in statements)
    return sql
