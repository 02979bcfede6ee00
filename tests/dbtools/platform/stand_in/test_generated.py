"""Stand-ins for every extension of a Debian server, laid where there is none of them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from dbtools.errors import ShadowError
from dbtools.platform import stand_in
from dbtools.platform.stand_in import script
from dbtools.postgres.embedded import EmbeddedServer
from dbtools.postgres.programs import binaries
from dbtools.pull.dump import without_column_marks
from tests.conftest import missing

OBJECTS = Path(__file__).with_name("objects.sql")

# Objects of the extension's, as Postgres addresses them.
MEMBERS = """
    select e.extname, o.type, o.object_names::text, replace(o.object_args::text, 'pg_catalog.json', 'json')
    from pg_depend as d
    join pg_extension as e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
    cross join lateral pg_identify_object_as_address(d.classid, d.objid, d.objsubid) as o
    where d.deptype = 'e' and e.extname <> 'plpgsql'
      and not exists (
        select from pg_depend as i
        where i.classid = d.classid and i.objid = d.objid and i.deptype = 'i'
          and i.refclassid in ('pg_type'::regclass, 'pg_class'::regclass)
      )
"""
EXTENSIONS = """
    select extname, extversion, extnamespace::regnamespace, extrelocatable, extcondition::text,
      array(select c::regclass::text from unnest(extconfig) as c)::text, obj_description(oid, 'pg_extension')
    from pg_extension where extname <> 'plpgsql'
"""


@pytest.fixture(scope="module")
def source() -> Iterator[psycopg.Connection]:
    """A database with everything that contrib has, each in a schema of its own, and a project that uses all of it."""
    settings = {"shared_preload_libraries": "pg_cron", "cron.database_name": "live"}
    try:
        server = EmbeddedServer(major=15, settings=settings)
    except ShadowError as error:
        missing(f"{error.message}: apt-get install postgresql-15 postgresql-15-cron")
    names = sorted(path.stem for path in (server.share / "extension").glob("*.control"))
    if "pg_cron" not in names:
        missing("apt-get install postgresql-15-cron")
    with server:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("create database live")
            admin.execute("create role nobody_at_all login")
        with psycopg.connect(server.url("live"), autocommit=True) as live:
            live.execute("alter default privileges grant execute on functions to nobody_at_all")
            for name in names:
                if name not in ("pg_cron", "adminpack", "plpgsql"):
                    schema = "ext_" + name.replace("-", "_")
                    live.execute(f'create schema {schema}; create extension "{name}" schema {schema} cascade'.encode())
            live.execute("create extension pg_cron; create extension adminpack")
            live.execute(OBJECTS.read_bytes())
        with psycopg.connect(server.url("live")) as live:
            yield live


@pytest.fixture(scope="module")
def texts(source: psycopg.Connection) -> dict[str, str]:
    return stand_in.generate(source, _names(source))


@pytest.mark.parametrize("major", [15, 18])
def test_a_project_on_stand_ins_is_the_project_on_the_extensions(
    source: psycopg.Connection, texts: dict[str, str], major: int
) -> None:
    with _without_extensions(major, texts) as bare:
        bare.execute("create role nobody_at_all login")
        _create_extensions(bare, source)

        assert set(bare.execute(MEMBERS)) == set(source.execute(MEMBERS.encode()))
        assert set(bare.execute(EXTENSIONS)) == set(source.execute(EXTENSIONS.encode()))

        wanted = _dump(source)
        _replay(bare, wanted)
        found = _dump(bare)

    assert _titles(found) == _titles(wanted)
    if major == 15:
        assert found == wanted


def _names(connection: psycopg.Connection) -> list[str]:
    return [name for (name,) in connection.execute("select extname from pg_extension order by oid").fetchall()]


@contextmanager
def _without_extensions(major: int, texts: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """A superuser's session on a server that has nothing but stand-ins."""
    server = EmbeddedServer(major=major, own_copy=True)
    server.prepare()
    for path in server.share.joinpath("extension").glob("*"):
        if not path.name.startswith("plpgsql"):
            path.unlink()
    for name, text in texts.items():
        (server.share / "extension" / name).write_text(script.without_library(text))
    with server, psycopg.connect(server.url(), autocommit=True) as admin:
        yield admin


def _create_extensions(bare: psycopg.Connection, source: psycopg.Connection) -> None:
    for name, version, schema in source.execute(
        "select extname, extversion, extnamespace::regnamespace::text from pg_extension order by oid"
    ):
        if name != "plpgsql":
            bare.execute(f"create schema if not exists {schema}" if schema != "pg_catalog" else "select")
            bare.execute(f"create extension \"{name}\" version '{version}' schema {schema}")


def _dump(connection: psycopg.Connection) -> str:
    command = [str(binaries() / "pg_dump"), "--schema-only", _url(connection)]
    text = without_column_marks(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(("\\", "-- Dumped")))


def _titles(text: str) -> list[str]:
    return sorted(line for line in text.splitlines() if line.startswith("-- Name:"))


def _replay(connection: psycopg.Connection, text: str) -> None:
    command = [str(binaries() / "psql"), "--no-psqlrc", "--quiet", "--output=/dev/null", _url(connection)]
    options = {"PGOPTIONS": "-c dbtools.standin=quiet", "PATH": ""}
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, env=options)
    errors = [
        line
        for line in done.stderr.splitlines()
        if "ERROR" in line and not re.search("already exists|transaction_timeout", line)
    ]
    assert errors == []


def _url(connection: psycopg.Connection) -> str:
    info = connection.info
    return f"postgresql://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"
