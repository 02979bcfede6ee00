"""What a stand-in does, where its server has no library, and what it takes from one that has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbtools.errors import ShadowError
from dbtools.platform import stand_in
from dbtools.platform.stand_in import script
from dbtools.postgres.embedded import EmbeddedServer
from tests.conftest import missing


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A server with two databases: `live`, where extensions are created, and `bare`, with a folder for stand-ins."""
    made = EmbeddedServer()
    made.prepare()
    folder = made.base / "stand-ins/extension"
    folder.mkdir(parents=True)
    made.settings["extension_control_path"] = f"{folder.parent}:$system"
    with made:
        with psycopg.connect(made.url(), autocommit=True) as admin:
            for statement in ("create database live", "create database bare", "create role reader login"):
                admin.execute(statement.encode())
        yield made


@pytest.fixture
def live(server: EmbeddedServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url("live")) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def bare(server: EmbeddedServer) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url("bare")) as connection:
        yield connection
        connection.rollback()


def _offer(server: EmbeddedServer, texts: dict[str, str], *, real: bool = False) -> None:
    for name, text in texts.items():
        path: Path = server.base / "stand-ins/extension" / name
        path.write_text(text if real else script.without_library(text))


def test_it_is_written_by_a_role_with_no_grant_and_the_same_each_time(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url("live"), autocommit=True) as admin:
        admin.execute("create extension if not exists hstore")
        with psycopg.connect(server.url("live", user="reader")) as reader:
            reader.execute("set transaction read only")
            texts = stand_in.generate(reader, ["hstore"])
        assert texts == stand_in.generate(admin, ["hstore", "plpgsql"])
        assert admin.execute("show search_path").fetchone() == ('"$user", public',)
        admin.execute("drop extension hstore")
    assert list(texts) == ["hstore--1.8.sql", "hstore.control"]


def test_an_extension_that_is_not_there_is_named(live: psycopg.Connection) -> None:
    with pytest.raises(ShadowError, match="no extension nothing"):
        stand_in.generate(live, ["nothing"])


def test_where_the_library_is_it_is_used_and_where_not_values_are_text(
    server: EmbeddedServer, live: psycopg.Connection, bare: psycopg.Connection
) -> None:
    live.execute("create extension vector")
    texts = stand_in.generate(live, ["vector"])
    [name] = [name for name in texts if name.endswith(".sql")]
    broken = texts[name].replace("'$libdir/vector', 'vector_in'", "'$libdir/vector', 'of_another_version'")

    assert stand_in.fitted(bare, texts[name]) == texts[name]
    assert stand_in.fitted(bare, broken) == script.without_library(broken)

    _offer(server, texts, real=True)
    bare.execute("create extension vector")
    bare.execute("create table t (v vector(3)); create index on t using hnsw (v vector_l2_ops) with (m = 8)")
    assert bare.execute("select '[1,2]'::vector <-> '[1,3]'").fetchone() == (1.0,)
    bare.rollback()

    _offer(server, texts)
    bare.execute("create extension vector")
    bare.execute("create table t (v vector(3), h halfvec(4)[]); create index on t using hnsw (v vector_l2_ops)")
    types = bare.execute(
        "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 't'::regclass and attnum > 0"
    ).fetchall()
    assert types == [("vector(3)",), ("halfvec(4)[]",)]
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="stand-in for vector has no l2_distance"):
        bare.execute("select '[1,2]'::vector <-> '[1,3]'")


def test_one_that_can_be_moved_goes_anywhere_and_one_that_cannot_only_to_its_schema(
    server: EmbeddedServer, live: psycopg.Connection, bare: psycopg.Connection
) -> None:
    live.execute("create schema a; create extension citext schema a; create extension dict_int schema a")
    live.execute("update pg_extension set extrelocatable = false where extname = 'dict_int'")
    _offer(server, stand_in.generate(live, ["citext", "dict_int"]))
    bare.execute("create schema a; create schema b; create extension citext schema b; create extension dict_int")

    found = bare.execute(
        "select extname, extnamespace::regnamespace::text, extrelocatable from pg_extension order by 1"
    )
    assert found.fetchall()[:2] == [("citext", "b", True), ("dict_int", "a", False)]
    assert bare.execute("select 'A'::b.citext operator(b.=) 'a'").fetchone() == (True,)
    bare.execute("drop extension dict_int; alter extension citext set schema a")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match='must be installed in schema "a"'):
        bare.execute("create extension dict_int schema b")


def test_who_may_use_a_wrapper_may_use_its_stand_in(
    server: EmbeddedServer, live: psycopg.Connection, bare: psycopg.Connection
) -> None:
    live.execute("create extension postgres_fdw; grant usage on foreign data wrapper postgres_fdw to reader")
    live.execute("grant execute on function postgres_fdw_disconnect_all() to reader")
    _offer(server, stand_in.generate(live, ["postgres_fdw"]))
    acls = """
        select array_agg(i::text order by i::text) from (
          select unnest(fdwacl) from pg_foreign_data_wrapper
          union all select unnest(proacl) from pg_proc where proname = 'postgres_fdw_disconnect_all'
        ) as acl (i)
    """
    bare.execute("create extension postgres_fdw")
    assert bare.execute(acls).fetchall() == live.execute(acls).fetchall()
    bare.execute("set local role reader")
    bare.execute("create server elsewhere foreign data wrapper postgres_fdw")


def test_jobs_are_kept_for_who_schedules_them(server: EmbeddedServer) -> None:
    settings = {"shared_preload_libraries": "pg_cron", "cron.database_name": "postgres"}
    try:
        real = EmbeddedServer(major=15, settings=settings)
    except ShadowError as error:
        missing(f"{error.message}: apt-get install postgresql-15 postgresql-15-cron")
    with real, psycopg.connect(real.url()) as live:
        live.execute("create extension pg_cron")
        _offer(server, stand_in.generate(live, ["pg_cron"]))
    with psycopg.connect(server.url("bare")) as bare:
        bare.execute("create extension pg_cron; grant usage on schema cron to reader; set local role reader")
        bare.execute(
            "select cron.schedule('one', '* * * * *', 'select 1'), cron.schedule('one', '5 * * * *', 'select 2')"
        )
        bare.execute("select cron.schedule('* * * * *', 'select 3')")
        jobs = "select jobname, schedule, command, username, active from cron.job order by jobid"
        assert bare.execute(jobs).fetchall() == [
            ("one", "5 * * * *", "select 2", "reader", True),
            (None, "* * * * *", "select 3", "reader", True),
        ]
        bare.execute("select cron.unschedule(jobid) from cron.job where jobname is null")
        bare.execute("reset role; select cron.alter_job(jobid, active := false) from cron.job")
        assert [row[4] for row in bare.execute(jobs)] == [False]
        helpers = "select oid from pg_proc where proname like 'dbtools%'"
        members = f"select count(*) from pg_depend where deptype = 'e' and objid in ({helpers})"
        assert bare.execute(members.encode()).fetchone() == (0,)
        bare.execute("drop extension pg_cron")
        assert bare.execute(helpers).fetchone() is None
        bare.rollback()
