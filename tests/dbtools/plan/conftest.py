"""A target with rows, and a plan of one revision more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.plan import PlanReport, plan
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from tests.support.repository import Repository

SCHEMA = (Path(__file__).parent / "target.sql").read_text()

# Above what `dbtools.plan.target` takes for long.
ROWS = """
insert into app.users (id, email, name, score, legacy, code, level)
  select n, 'u' || n, 'name ' || n % 100, n, 'old ' || n, 'code ' || n, n from generate_series(1, 12000) as n;
update app.users set holes = id where id % 2 = 0;
insert into app.orders select n, n, n % 90, 'note' from generate_series(1, 12000) as n;
insert into app.items select n, n, 1 from generate_series(1, 12000) as n;
insert into app.small select n, n, 'b' from generate_series(1, 3) as n;
insert into app.hit select n, '2026-06-01', n from generate_series(1, 12000) as n;
insert into app.hit_2027 select n, '2027-06-01', n from generate_series(1, 12000) as n;
insert into app.hit_2028 select n, '2028-06-01', n from generate_series(1, 12000) as n;
insert into app.cache select n, 'v' from generate_series(1, 12000) as n;
refresh materialized view app.totals;
set enable_seqscan = off;
select count(*) from app.users where name = 'name 7';
select pg_stat_force_next_flush();
analyze;
"""


def fill(shadow: Shadow, project: Project) -> str:
    """The URL of a database at 0001 that has rows, and is nobody's shadow."""
    url = shadow.create()
    name = str(conninfo_to_dict(url)["dbname"])
    with psycopg.connect(url, user=ADMIN, autocommit=True) as admin:
        admin.execute(f"alter database {name} set dbtools.shadow to 'off'")
    alembic_env.upgrade(project, url)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in ROWS.split(";\n"):
            connection.execute(statement)
    return url


def new_repository(folder: Path, project: Project) -> Repository:
    folder.mkdir(parents=True, exist_ok=True)
    repository = Repository.create(folder, project)
    repository.add("0001", SCHEMA)
    return repository


Try = Callable[..., PlanReport]


@pytest.fixture(scope="session")
def target(shadow: Shadow, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The target on 18, which every plan only reads."""
    url = fill(shadow, new_repository(tmp_path_factory.mktemp("target"), project).project)
    yield url
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))


@pytest.fixture(scope="session")
def old(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shadow, str]]:
    """The same on 15."""
    with ExitStack() as stack:
        server = Shadow(major=15)
        server.server.settings["autovacuum"] = "off"
        running = stack.enter_context(server)
        yield running, fill(running, new_repository(tmp_path_factory.mktemp("old"), project).project)


@pytest.fixture
def revisions(tmp_path: Path, project: Project) -> Repository:
    """A repository whose first revision is the target's schema."""
    return new_repository(tmp_path, project)


@pytest.fixture
def planned(revisions: Repository, target: str, shadow: Shadow) -> Try:
    """Plan a revision of some SQL on the target."""

    def run(sql: str, *, allowed: tuple[str, ...] = (), more: str = "") -> PlanReport:
        revisions.add("0002", sql, more=more)
        return plan(target, revisions.project, allowed=allowed, shadow=shadow)

    return run
