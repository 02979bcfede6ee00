"""What somebody tries who has a token, or a login that may become what a token stands for.

Every relation and every function that the catalogs list is tried. What a role may plainly see and do is
`test_closed_by_default`'s subject; here it tries to get more.
"""

from __future__ import annotations

import json
import uuid
from itertools import product

import psycopg
import pytest
from psycopg import errors, sql
from psycopg.errors import Diagnostic

from dbtools.postgres.connection import acting_as
from dbtools.project import Project, sql_folder
from dbtools.verify.levels import live
from tests.conftest import Connect
from tests.support.system import Row, new_user, rows
from tests.support.world import NOBODY, Caller, World, columns


def few(world: World) -> list[Caller]:
    """Nobody, somebody with jobs, somebody with nodes, and somebody with neither."""
    owners = "select distinct user_id::text from public.{} where user_id is not null order by 1 limit 2"
    found = {user for table in ("jobs", "nodes") for user in users(world, owners.format(table))}
    return [("anon", None), *(("authenticated", user) for user in sorted(found)), NOBODY]


def users(world: World, query: str) -> list[str]:
    return [user for (user,) in world.admin.execute(query.encode()).fetchall()]


def succeeds(world: World, caller: Caller, statement: str) -> bool:
    """Whether a statement gets through; raises if it fails by chance, and not for want of a privilege."""
    try:
        world.request(caller, statement)
    except (errors.InsufficientPrivilege, errors.InvalidSchemaName, errors.WrongObjectType):
        return False
    return True


# Without GRANT, which only warns, and LOCK, for which UPDATE or DELETE is enough.
CHANGES = [
    "truncate {relation} cascade",
    "alter table {relation} disable row level security",
    "alter table {relation} owner to current_user",
    "create trigger mine after insert on {relation} execute function public.touch_updated_at()",
    "create policy mine on {relation} using (true)",
    "create rule mine as on insert to {relation} do instead nothing",
    "create index mine on {relation} ((1))",
    "create table public.mine (like {relation})",
    "create view public.mine as select * from {relation}",
    "comment on table {relation} is 'mine'",
    "drop table {relation} cascade",
]


def test_nobody_changes_what_a_table_is(world: World) -> None:
    done = [
        (role, statement)
        for role in ("anon", "authenticated", "service_role")
        for table in world.relations("rp")
        for statement in (change.format(relation=table) for change in CHANGES)
        if succeeds(world, (role, None), statement)
    ]
    assert done == []


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_a_temporary_table_refers_to_nothing(world: World, role: str) -> None:
    """A foreign key of one's own would tell which keys there are, and keep their rows from being deleted."""
    for relation in world.relations("rp"):
        for column in sorted(_keys(world, relation)):
            refer = f"create temporary table mine (a uuid references {relation} ({column}))"
            with pytest.raises((errors.InsufficientPrivilege, errors.InvalidTableDefinition)):
                world.request((role, None), refer)


ESCAPES = [
    "set role postgres",
    "set role supabase_admin",
    "set role supabase_auth_admin",
    "set role supabase_storage_admin",
    "set session authorization postgres",
    "set session_replication_role = replica",
    "set row_security = off; select * from public.jobs",
    "alter role anon bypassrls",
    "grant service_role to anon",
    "create role mine",
    "create schema mine",
    "create extension dblink",
    "create function public.mine() returns integer language sql as 'select 1'",
    "create function private.mine() returns integer language sql as 'select 1'",
    "create event trigger mine on ddl_command_end execute function public.handle_new_user()",
    "alter database postgres set search_path = pg_temp",
    "copy public.jobs to program 'cat'",
    "select pg_read_file('/etc/hostname')",
    "select * from pg_authid",
    "select cron.schedule('mine', '* * * * *', 'select 1')",
    "select lo_import('/etc/hostname')",
    "do $$ begin perform private.lock_user(null); end $$",
]


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_nobody_becomes_somebody_else(upgraded_url: str, connect: Connect, role: str) -> None:
    # As PostgREST logs in: a member of the three roles, and of nothing else.
    session = connect(upgraded_url, user="authenticator")
    refused = (errors.InsufficientPrivilege, errors.FeatureNotSupported, errors.InvalidParameterValue)
    for statement in ESCAPES:
        with pytest.raises(refused), acting_as(session, role, {"sub": NOBODY[1]}):
            session.execute(statement.encode())


def test_a_filter_that_tells_shows_nothing_that_is_hidden(world: World) -> None:
    """Cheap functions of the caller's own in a WHERE are only asked about rows that the caller sees anyway."""
    wrong = []
    told: set[str] = set()
    heard = 0

    def listen(said: Diagnostic) -> None:
        told.add(said.message_primary or "")

    world.player.add_notice_handler(listen)
    world.player.execute(
        "create function pg_temp.tell(a text) returns boolean language plpgsql cost 0.0000001 as "
        "$$ begin raise notice '%', a; return true; end $$"
    )
    for caller in few(world):
        for relation in world.relations("rpvmf"):
            told.clear()
            try:
                row = world.text(relation, caller[0])
                _, visible = world.request(caller, f"select {row} from {relation} as r")
                world.request(caller, f"select '' from {relation} as r where pg_temp.tell({row})")
            except errors.InsufficientPrivilege:
                visible = set()
            heard += len(told)
            if told - visible:
                wrong.append((caller, relation, len(told - visible)))
    world.player.remove_notice_handler(listen)
    assert wrong == []
    assert heard > 0


def test_an_error_in_a_filter_shows_nothing_that_is_hidden(world: World) -> None:
    """Who sees no row provokes no error about one, whichever column is asked, by division or by cast."""
    wrong = []
    for caller in (("anon", None), NOBODY):
        for relation in world.relations("rpvmf"):
            for column in columns(world, relation):
                for probe in (
                    f"1 / (length(r.{column}::text) * 0) = 1",
                    f"(r.{column}::text || 'x')::integer = 1",
                ):
                    query = f"select count(*)::text from {relation} as r where {probe}"
                    try:
                        row = world.text(relation, caller[0])
                        _, seen = world.request(caller, f"select {row} from {relation} as r limit 1")
                        if not seen:
                            world.request(caller, query)
                    except errors.InsufficientPrivilege:
                        continue
                    except psycopg.Error as error:
                        wrong.append((caller, relation, column, str(error)))
    assert wrong == []


def test_a_collision_tells_no_more_than_was_sent(world: World) -> None:
    """Who runs into the keys of a hidden row is shown those keys at most, which had to be known before."""
    wrong = []
    for caller in few(world):
        for relation in world.relations("rp"):
            keys = _keys(world, relation)
            query = f"select to_jsonb(r)::text from {relation} as r limit 5"
            for (text,) in world.admin.execute(query.encode()).fetchall():
                row = json.loads(text)
                told = _collide(world, caller, relation, {name: row[name] for name in row.keys() & keys})
                secrets = [value for name, value in row.items() if name not in keys and _is_secret(value)]
                if any(secret in told for secret in secrets):
                    wrong.append((caller, relation, told))
    assert wrong == []


def _keys(world: World, relation: str) -> set[str]:
    query = """
      select distinct a.attname from pg_index as i
        inner join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
      where i.indrelid = %s::regclass and i.indisunique
    """
    return {name for (name,) in world.admin.execute(query, [relation]).fetchall()}


def _collide(world: World, caller: Caller, relation: str, row: Row) -> str:
    """What somebody is told who sends such a row."""
    insert = f"insert into {relation} select * from jsonb_populate_record(null::{relation}, %s::jsonb)"
    try:
        world.request(caller, insert, [json.dumps(row)])
    except psycopg.Error as error:
        return f"{error.diag.message_primary} {error.diag.message_detail}"
    return ""


def _is_secret(value: object) -> bool:
    # Short ones (a status, a number) are in every message by chance.
    return isinstance(value, str) and len(value) > 8


def test_what_is_somebody_elses_looks_like_what_is_not_there(world: World) -> None:
    """Functions that take an id answer for a hidden one as for one that nobody has."""
    taken = {
        "select public.accept_node(%s::uuid)::text": "select id::text from public.nodes limit 1",
        "select public.attempt_inputs(%s::uuid, null)::text": "select id::text from public.jobs_chunks limit 1",
        "select public.cancel_job(%s::uuid)::text": "select id::text from public.jobs where status = 'running' limit 1",
        "select public.retry_job(%s::uuid)::text": "select id::text from public.jobs limit 1",
        "select public.claim_node(%s::uuid, null, null)::text": (
            "select id::text from public.nodes where user_id is not null limit 1"
        ),
        "select public.create_job(jsonb_build_object('rotationId', %s::text), 1)::text": (
            "select id::text from public.rotations where not is_public limit 1"
        ),
    }
    for call, query in taken.items():
        [(hidden,)] = world.admin.execute(query.encode()).fetchall()
        assert _answer(world, call, hidden) == _answer(world, call, str(uuid.uuid4())), call


def _answer(world: World, call: str, value: str) -> str:
    try:
        _, answer = world.request(NOBODY, call, [value])
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary} {error.diag.message_detail}"
    return str(answer)


FORGED: list[object] = [
    {"sub": None},
    {},
    {"sub": ""},
    {"sub": ["{owner}"]},
    {"sub": {"sub": "{owner}"}},
    {"sub": "' or true --"},
    {"sub": "00000000-0000-0000-0000-000000000000"},
    {"user_id": "{owner}", "app_metadata": {"role": "service_role", "sub": "{owner}"}},
    {"sub": NOBODY[1], "role": "service_role", "is_admin": True, "aud": "{owner}"},
    [{"sub": "{owner}"}],
    "{owner}",
    None,
]


def test_forged_claims_show_nobodys_rows(world: World) -> None:
    [(owner,)] = world.admin.execute("select user_id::text from public.jobs limit 1").fetchall()
    wrong = []
    for relation, claims in product(world.relations("rpvmf"), FORGED):
        payload = json.dumps(claims).replace("{owner}", owner)
        query = f"select {world.text(relation, 'authenticated')} from {relation} as r"
        try:
            _, public = world.request(NOBODY, query)
        except errors.InsufficientPrivilege:
            continue
        with world.player.transaction(force_rollback=True):
            world.player.execute(
                "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)",
                [payload],
            )
            try:
                seen = {row for (row,) in world.player.execute(query.encode()).fetchall()}
            except errors.DataError:
                continue
        if seen - public:
            wrong.append((relation, payload, len(seen - public)))
    assert wrong == []


@pytest.fixture
def captured(world: World) -> psycopg.Connection:
    """A session in which every relation of the project has a temporary namesake that cries out when it is touched."""
    session = world.player
    session.execute(
        "create function pg_temp.captured() returns boolean language plpgsql as "
        "$$ begin raise exception 'captured' using errcode = 'XX999'; end $$"
    )
    for relation in world.relations("rpvm"):
        schema, name = map(sql.Identifier, relation.split("."))
        session.execute(
            sql.SQL("create view pg_temp.{} as select * from {}.{} where pg_temp.captured()").format(name, schema, name)
        )
        session.execute(sql.SQL("grant all on pg_temp.{} to public").format(name))
    return session


@pytest.mark.parametrize("path", ["", "set search_path = pg_temp, public", "set search_path = pg_temp, pg_catalog"])
def test_temporary_namesakes_capture_nothing(captured: psycopg.Connection, project: Project, path: str) -> None:
    """The checks of `sql/` run as if there were none, with whatever search_path their caller has."""
    if path:
        captured.execute(path.encode())
        with pytest.raises(psycopg.Error, match="captured"):
            captured.execute("select * from jobs")
    for check in sql_folder.checks(project):
        wrong, unchecked = live.play(captured, live.read(check))
        assert (wrong, unchecked) == ([], ""), check


def test_an_owner_of_nodes_gets_of_a_strangers_job_only_the_chunks_they_compute(world: World) -> None:
    helper = new_user(world.admin)
    [found] = rows(
        world.admin,
        "update public.nodes as n set user_id = %s from public.jobs_chunks as c inner join public.jobs as j "
        "on j.id = c.job_id where c.node_id = n.id and n.id = (select node_id from public.jobs_chunks where node_id "
        "is not null limit 1) returning n.id::text as node, j.id::text as job, c.id::text as chunk",
        helper,
    )
    caller: Caller = ("authenticated", helper)
    chunks = "select id::text from public.jobs_chunks where {} = %s"
    assert found["chunk"] in world.request(caller, chunks.format("node_id"), [found["node"]])[1]
    assert world.request(caller, "select id::text from public.jobs")[0] == 0
    assert (
        world.request(
            caller, "select id::text from public.jobs_chunks where node_id is distinct from %s", [found["node"]]
        )[0]
        == 0
    )
    for statement in (
        "update public.jobs_chunks set result = '{{}}' where id = '{chunk}'",
        "delete from public.jobs_chunks where id = '{chunk}'",
        "update public.nodes set user_id = '00000000-0000-4000-8000-00000000dead' where id = '{node}'",
        "update public.nodes set status = 'online' where id = '{node}'",
    ):
        assert not succeeds(world, caller, statement.format(**found))
