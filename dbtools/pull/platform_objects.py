"""What pg_dump is not sent for, written from the catalog: the project's own on the platform's tables, and rows.

Each function gives blocks of the baseline: what one is for, its statements.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dbtools.model.declared import bare
from dbtools.model.quoting import dollar_quoted, identifier, literal
from dbtools.model.snapshot import Object, Snapshot
from dbtools.platform.ownership import Ownership
from dbtools.pull import platform_changes
from dbtools.pull.cron_jobs import scheduled

Blocks = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class LeftOut:
    """An object of the project's that was seen and not captured, and why."""

    object: str
    reason: str


def is_acknowledged(name: str, patterns: Iterable[str]) -> bool:
    """Whether what is called so may be left out, by the project's own word."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def in_platform(snapshot: Snapshot, ownership: Ownership) -> Blocks:
    """Triggers, policies and publication members on tables that pg_dump was not asked for."""
    names = [letter + queue.name for queue in snapshot.of("queue") for letter in ("q_", "a_")]
    queues = {f"table pgmq.{identifier(name)}" for name in names}
    for item in snapshot.objects.values():
        if item.schema not in ownership.schemas:
            continue
        if item.kind == "publication member":
            publication = item.parent.removeprefix("publication ")
            sql = if_permitted(f"alter publication {publication} add {member(item)};")
        elif item.identity in queues:
            sql = _row_security(snapshot, item)
        elif item.parent in snapshot.objects and item.parent not in queues:
            continue
        elif item.kind == "trigger":
            sql = item.properties["definition"] + ";\n" + _trigger_state(item)
        elif item.kind == "policy":
            sql = _policy(item)
        else:
            continue
        for comment in _comments(snapshot, item.identity) if item.kind in ("trigger", "policy") else []:
            sql += if_permitted(comment + ";")
        yield f"The project's own in schema {item.schema}: {item.name}", sql


def _comments(snapshot: Snapshot, parent: str) -> list[str]:
    comment = snapshot.objects.get(f"comment on {parent}")
    return [f"comment on {parent} is {literal(comment.properties['text'])}"] if comment else []


def _row_security(snapshot: Snapshot, table: Object) -> str:
    """Row level security and grants of a table that somebody else creates."""
    sql = (
        f"alter {table.identity} enable row level security;\n"
        if table.properties["row level security"] == "true"
        else ""
    )
    if snapshot.api_roles:
        sql += f"revoke all on {table.identity} from {', '.join(map(identifier, snapshot.api_roles))};\n"
    return sql + "".join(
        f"{statement};\n"
        for grant in snapshot.of("grant")
        if grant.parent == table.identity
        for statement in platform_changes.grants(table.identity, grantee(grant), grant.properties["privileges"])
    )


def grantee(grant: Object) -> str:
    """The role that a grant is made to, as it is written in SQL."""
    return grant.identity.removeprefix("grant to ").removesuffix(f" on {grant.parent}")


def _trigger_state(trigger: Object) -> str:
    state = {"origin": "", "disabled": "disable", "replica": "enable replica", "always": "enable always"}[
        trigger.properties["enabled"]
    ]
    if not state:
        return ""
    table = bare(trigger.parent)
    return if_permitted(f"alter table {table} {state} trigger {identifier(trigger.name)};")


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


def member(one: Object) -> str:
    """What a publication is given, as ALTER PUBLICATION says it."""
    what = one.identity.removesuffix(f" in {one.parent}")
    if what.startswith("schema "):
        return f"tables in {what}"
    columns = f" ({', '.join(json.loads(one.properties['columns']))})" if "columns" in one.properties else ""
    where = f" where {one.properties['where']}" if "where" in one.properties else ""
    return what + columns + where


def on_platform_tables(snapshot: Snapshot, *, columns: bool) -> Blocks:
    """The columns that the project added to them, or whatever else it changed."""
    for item in snapshot.of(platform_changes.KIND):
        for what, statements in platform_changes.statements(item).items():
            if what.startswith("column ") == columns:
                yield f"Changed on {item.identity}: {what}", "".join(if_permitted(f"{one};") for one in statements)


def platform_grants(snapshot: Snapshot, left_out: list[LeftOut]) -> Blocks:
    """Grants to roles of the project's, and on single columns; those on the database or a language are left out."""
    projects = {"", "public", *(schema.name for schema in snapshot.of("schema"))}
    made = {identifier(wrapper.name) for wrapper in snapshot.of("foreign-data wrapper")}
    prefix = "foreign data wrapper "
    for grant in snapshot.of("grant"):
        if grant.parent == "database":
            left_out.append(LeftOut(grant.identity, "not part of a schema; grant it by hand"))
        elif grant.parent.startswith("language ") and grant.parent not in snapshot.objects:
            statements = platform_changes.grants(grant.parent, grantee(grant), grant.properties["privileges"])
            statements = [f"revoke all on {grant.parent} from {grantee(grant)}", *statements]
            left_out.append(LeftOut(grant.identity, f"only the language's owner may: {'; '.join(statements)}"))
        elif grant.parent.startswith(prefix) and grant.parent.removeprefix(prefix) not in made:
            statements = platform_changes.grants(grant.parent, grantee(grant), grant.properties["privileges"])
            yield f"Granted on {grant.parent}", "".join(if_permitted(f"{one};") for one in statements)
        elif grant.schema not in projects and grant.parent not in snapshot.objects:
            statements = platform_changes.grants(
                grant.parent, grantee(grant), grant.properties["privileges"], column=grant.name
            )
            yield f"Granted on {grant.parent}", "".join(if_permitted(f"{one};") for one in statements)


def comments(snapshot: Snapshot, left_out: list[LeftOut]) -> Blocks:
    """Those on extensions, which may have come with them for all that pg_dump knows; the database's is left out."""
    for comment in snapshot.of("comment"):
        if comment.parent == "database":
            left_out.append(LeftOut(comment.identity, "not part of a schema; comment on it by hand"))
        elif comment.parent.startswith("extension "):
            text = f"comment on {comment.parent} is {literal(comment.properties['text'])};"
            yield f"Name: {comment.name}; Type: COMMENT; Schema: -; Owner: -", if_permitted(text)


def queues(snapshot: Snapshot, left_out: list[LeftOut]) -> Blocks:
    """pgmq makes a queue's tables itself."""
    for queue in snapshot.of("queue"):
        if queue.properties["partitioned"] == "true":
            left_out.append(LeftOut(queue.identity, "how it is partitioned is pg_partman's to say; create it by hand"))
        else:
            create = "create_unlogged" if queue.properties["unlogged"] == "true" else "create"
            yield f"Name: {queue.name}; Type: QUEUE", f"select pgmq.{create}({literal(queue.name)});\n"


def buckets(snapshot: Snapshot) -> Blocks:
    """Rows, but policies speak of them."""
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


def cron_jobs(snapshot: Snapshot, owner: str, left_out: list[LeftOut]) -> Blocks:
    """Jobs of the project's owner; only a superuser can make others."""
    for job in snapshot.of("cron job"):
        properties = job.properties
        if properties["username"] != owner:
            left_out.append(
                LeftOut(job.identity, f"it runs as {properties['username']}: only a superuser can set that")
            )
            continue
        yield f"Name: {job.name}; Type: CRON JOB", scheduled(job)


def if_permitted(statements: str) -> str:
    """The statements in a block that warns where the role may not do it, for what only some targets permit."""
    block = (
        f"\nbegin\n  {statements.strip()}\nexception when insufficient_privilege then\n"
        "  raise warning 'left out: %', sqlerrm;\nend\n"
    )
    return f"do {dollar_quoted(block)};\n"
