"""From what was read of a live database to the SQL that makes it again, whatever the target grants by default.

pg_dump prints grants as differences from Postgres' built-in defaults, but an object in a Supabase database starts from
the platform's default privileges, and pg_dump emits no REVOKE against those. So the file first sets the default
privileges of its own role aside, and ends with the ones that the live database has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dbtools import platform
from dbtools.catalog import Object, Snapshot
from dbtools.pull.dump import Entry
from dbtools.sqltext import identifier, literal, unquoted

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

# A project's own object of these kinds in a schema of the platform's has no way home yet.
_WHOLE = (
    "table",
    "foreign table",
    "view",
    "materialized view",
    "sequence",
    "type",
    "domain",
    "statistics",
    "aggregate",
)


@dataclass(frozen=True)
class LeftOut:
    """An object of the project's that was seen and not captured, and why."""

    object: str
    reason: str


@dataclass(frozen=True)
class Baseline:
    """The SQL, in the blocks that it is made of (what each is for, its statements), and what is not in it."""

    blocks: tuple[tuple[str, str], ...]
    left_out: tuple[LeftOut, ...]

    @property
    def text(self) -> str:
        """The whole file."""
        return _TITLE + "".join(f"\n-- {' '.join(title.split())}\n{sql.rstrip()}\n" for title, sql in self.blocks)


def build(snapshot: Snapshot, entries: Iterable[Entry]) -> Baseline:
    """Put the file together from the catalog and the dump of one state; the same state gives the same bytes."""
    left_out: list[LeftOut] = []
    blocks = [("Settings of this transaction", _START)]
    blocks += _roles(snapshot, left_out)
    blocks.append(("Every object starts from the built-in default privileges", _DEFAULTS_ASIDE))
    functions = list(_platform_functions(snapshot))
    for entry in project_entries(snapshot, entries):
        if functions and entry.type not in ("SCHEMA", "EXTENSION", "TYPE", "DOMAIN", "ACL", "COMMENT"):
            blocks += functions
            functions = []
        if entry.type == "USER MAPPING":
            left_out.append(LeftOut(f"user mapping {entry.name}", "it may hold a password"))
        else:
            blocks.append((_header(entry), _statements(entry, snapshot, left_out)))
    blocks += functions
    blocks.append(("Grants on schema public", _public_grants(snapshot)))
    blocks += _in_platform(snapshot, left_out)
    blocks += _buckets(snapshot)
    blocks += _cron_jobs(snapshot, left_out)
    blocks.append(("Back to the settings as they were", _END))
    return Baseline(tuple(blocks), tuple(left_out))


def project_entries(snapshot: Snapshot, entries: Iterable[Entry]) -> list[Entry]:
    """The entries of a dump that are the project's, by the rule that `dbtools.catalog` states."""
    entries = list(entries)
    schemas = {item.name for item in snapshot.of("schema")}
    foreign = {entry.name for entry in entries if entry.type == "SCHEMA"} - schemas | set(platform.SCHEMAS)
    return [entry for entry in entries if _is_project(entry, schemas, foreign)]


def _is_project(entry: Entry, schemas: set[str], foreign: set[str]) -> bool:
    if entry.type == "DEFAULT ACL":
        return entry.schema not in foreign and not _is_platform_role(entry.owner)
    if entry.schema:
        return entry.schema not in foreign
    kind, name = entry.type, entry.name
    if kind in ("ACL", "COMMENT", "SECURITY LABEL"):
        for word in ("SCHEMA", "EXTENSION", "PUBLICATION"):
            if name.startswith(word + " "):
                kind, name = word, unquoted(name.removeprefix(word + " "))
    if kind == "SCHEMA":
        # The grants of `public` are written from the catalog.
        return name in schemas or (name == "public" and entry.type == "COMMENT")
    if kind == "EXTENSION":
        return entry.type == kind
    if kind == "PUBLICATION":
        return name not in platform.PUBLICATIONS
    return not _is_platform_role(entry.owner)


def _is_platform_role(name: str) -> bool:
    return name in platform.ROLES or name.startswith("pg_")


def _header(entry: Entry) -> str:
    return f"Name: {entry.name}; Type: {entry.type}; Schema: {entry.schema or '-'}; Owner: {entry.owner or '-'}"


def _statements(entry: Entry, snapshot: Snapshot, left_out: list[LeftOut]) -> str:
    text = entry.text
    if entry.type == "SCHEMA":
        # The migration runner may have made it for its own table.
        text = text.replace("CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ", 1)
    elif entry.type == "EXTENSION":
        schemas = {item.name: item.properties["schema"] for item in snapshot.of("extension")}
        if schemas[entry.name] in set(platform.SCHEMAS) - {"extensions"}:
            text = f"create schema if not exists {identifier(schemas[entry.name])};\n{text}"
    elif entry.type == "ACL":
        # A grant that was made by somebody else than the owner. SET SESSION AUTHORIZATION is for superusers only.
        text = re.sub(r"^SET SESSION AUTHORIZATION (.+);$", r"set local role \1;", text, flags=re.MULTILINE)
        text = re.sub(r"^RESET SESSION AUTHORIZATION;$", "set local role none;", text, flags=re.MULTILINE)
    elif entry.type == "EVENT TRIGGER":
        text = _if_permitted(text)
    if _is_platform_role(entry.owner):
        text, given_away = _without_owner(text)
        if given_away:
            where = f"{entry.schema}.{entry.name}" if entry.schema else entry.name
            reason = f"{entry.owner} is a role of the platform's, and nobody else may act for it"
            left_out.append(LeftOut(f"owner of {entry.type.lower()} {where}", reason))
    if entry.access_method != "heap":
        text = (
            f"set local default_table_access_method = {entry.access_method};\n{text.rstrip()}\n"
            "set local default_table_access_method = heap;"
        )
    return text


def _without_owner(text: str) -> tuple[str, bool]:
    """An entry's text without the ALTER … OWNER TO at its end, and whether there was one."""
    rest, _, last = text.rpartition("\nALTER ")
    return (rest.rstrip(), True) if " OWNER TO " in last else (text, False)


def _roles(snapshot: Snapshot, left_out: list[LeftOut]) -> Iterator[tuple[str, str]]:
    for role in snapshot.of("role"):
        name = identifier(role.name)
        attributes = json.loads(role.properties["attributes"])
        for secret, what in (("login" in attributes, "password"), ("settings" in role.properties, "settings")):
            if secret:
                left_out.append(LeftOut(f"{what} of {role.identity}", "not part of a schema; set it by hand"))
        statements = [f"create role {name} {' '.join(attributes)}".rstrip()]
        statements += [f"grant {group} to {name}" for group in json.loads(role.properties["member of"])]
        statements += [f"grant {name} to {member}" for member in json.loads(role.properties["members"])]
        # Whoever creates objects must belong to the role that is to own them.
        statements.append(f"grant {name} to current_user")
        yield (
            f"Name: {role.name}; Type: ROLE",
            f"do $role$\nbegin\n  if not exists (select from pg_roles where rolname = {literal(role.name)}) then\n"
            + "".join(f"    {statement};\n" for statement in statements)
            + "  end if;\nend\n$role$;\n",
        )


def _platform_functions(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for item in snapshot.of("function", "procedure"):
        if item.schema not in platform.SCHEMAS:
            continue
        statements = [item.properties["definition"].rstrip()]
        if item.properties["owner"] != "postgres":
            statements.append(f"alter {item.identity} owner to {identifier(item.properties['owner'])}")
        statements.append(f"revoke all on {item.identity} from public")
        statements += _grants(snapshot, item.identity)
        statements += _comments(snapshot, item.identity)
        yield f"The project's own in schema {item.schema}: {item.name}", ";\n".join(statements) + ";\n"


def _public_grants(snapshot: Snapshot) -> str:
    return _PUBLIC_ASIDE + "".join(f"{grant};\n" for grant in _grants(snapshot, "schema public"))


def _grants(snapshot: Snapshot, parent: str) -> list[str]:
    statements = []
    for grant in snapshot.of("grant"):
        if grant.parent != parent:
            continue
        grantee = grant.identity.removeprefix("grant to ").removesuffix(f" on {parent}")
        if grantee == "pg_database_owner":
            continue
        privileges = grant.properties["privileges"].split(", ")
        for option in ("", " with grant option"):
            some = [p.rstrip("*").lower() for p in privileges if p.endswith("*") == bool(option)]
            if some:
                statements.append(f"grant {', '.join(some)} on {parent} to {grantee}{option}")
    return statements


def _comments(snapshot: Snapshot, parent: str) -> list[str]:
    comment = snapshot.objects.get(f"comment on {parent}")
    return [f"comment on {parent} is {literal(comment.properties['text'])}"] if comment else []


def _in_platform(snapshot: Snapshot, left_out: list[LeftOut]) -> Iterator[tuple[str, str]]:
    for item in snapshot.objects.values():
        if item.schema not in platform.SCHEMAS:
            continue
        if item.kind == "trigger":
            sql = item.properties["definition"] + ";\n" + _trigger_state(item)
        elif item.kind == "policy":
            sql = _policy(item)
        elif item.kind == "publication member":
            publication = item.parent.removeprefix("publication ")
            sql = _if_permitted(f"alter publication {publication} add {_member(item)};")
        elif item.kind in _WHOLE:
            left_out.append(LeftOut(item.identity, f"it lies in {item.schema}, a schema of the platform's"))
            continue
        else:
            continue
        for comment in _comments(snapshot, item.identity) if item.kind in ("trigger", "policy") else []:
            sql += _if_permitted(comment + ";")
        yield f"The project's own in schema {item.schema}: {item.name}", sql


def _trigger_state(trigger: Object) -> str:
    state = {"origin": "", "disabled": "disable", "replica": "enable replica", "always": "enable always"}[
        trigger.properties["enabled"]
    ]
    if not state:
        return ""
    table = trigger.parent.partition(" ")[2]
    return _if_permitted(f"alter table {table} {state} trigger {identifier(trigger.name)};")


def _policy(policy: Object) -> str:
    properties = policy.properties
    sql = (
        f"create {policy.identity} as {'permissive' if properties['permissive'] == 'true' else 'restrictive'}"
        f" for {properties['command']} to {', '.join(json.loads(properties['roles']))}"
    )
    if "using" in properties:
        sql += f"\nusing ({properties['using']})"
    if "with check" in properties:
        sql += f"\nwith check ({properties['with check']})"
    return sql + ";\n"


def _member(member: Object) -> str:
    what = member.identity.removesuffix(f" in {member.parent}")
    if what.startswith("schema "):
        return f"tables in {what}"
    columns = f" ({', '.join(json.loads(member.properties['columns']))})" if "columns" in member.properties else ""
    where = f" where {member.properties['where']}" if "where" in member.properties else ""
    return what + columns + where


def _buckets(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for bucket in snapshot.of("bucket"):
        columns = [("id", literal(bucket.name))]
        for name, value in bucket.properties.items():
            if name == "allowed_mime_types":
                columns.append((name, f"array[{', '.join(literal(v) for v in json.loads(value))}]::text[]"))
            else:
                columns.append((name, value if name == "file_size_limit" else literal(value)))
        names, values = zip(*columns, strict=True)
        yield (
            f"Name: {bucket.name}; Type: BUCKET",
            f"insert into storage.buckets ({', '.join(names)})\nvalues ({', '.join(values)})\n"
            "on conflict (id) do nothing;\n",
        )


def _cron_jobs(snapshot: Snapshot, left_out: list[LeftOut]) -> Iterator[tuple[str, str]]:
    for job in snapshot.of("cron job"):
        properties = job.properties
        if properties["username"] != "postgres":
            left_out.append(
                LeftOut(job.identity, f"it runs as {properties['username']}: only a superuser can set that")
            )
            continue
        arguments = [literal(properties["schedule"]), literal(properties["command"])]
        if "name" in properties:
            arguments.insert(0, literal(properties["name"]))
        call = f"cron.schedule({', '.join(arguments)})"
        changes = [f"database := {literal(properties['database'])}"] if "database" in properties else []
        if properties["active"] != "true":
            changes.append("active := false")
        if changes:
            call = f"cron.alter_job({call}, {', '.join(changes)})"
        yield f"Name: {job.name}; Type: CRON JOB", f"select {call};\n"


def _if_permitted(statements: str) -> str:
    """The statements in a block that warns where the role may not do it, for what only some targets permit."""
    tag = "$permitted$"
    body = "\n".join("  " + line for line in statements.strip().splitlines())
    return (
        f"do {tag}\nbegin\n{body}\nexception when insufficient_privilege then\n"
        f"  raise warning 'left out: %', sqlerrm;\nend\n{tag};\n"
    )
