"""A revision that destroys rows is refused, unless it is confirmed by name, whatever statement does it."""

from __future__ import annotations

import psycopg
import pytest
from alembic import command

from dbtools import alembic_env
from dbtools.errors import MigrationError
from dbtools.postgres.shadow import ADMIN
from tests.conftest import Connect
from tests.support.repository import Repository
from tests.support.system import value

BEFORE = """
create schema app;
create table app.t (id int primary key, a text, b numeric, empty text);
create table app.other (id int references app.t, n int);
create table app.nothing (id int);
create table app.parts (id int, at date) partition by range (at);
create table app.parts_1 partition of app.parts for values from ('2026-01-01') to ('2027-01-01');
create materialized view app.never as select 1 as n with no data;
create materialized view app.m as select generate_series(1, 5) as n;
"""
ROWS = """
insert into app.t select n, 'text ' || n, n + 0.25, null from generate_series(1, 40) as n;
insert into app.other select n, n from generate_series(1, 3) as n;
insert into app.parts values (1, '2026-06-01'), (2, '2026-07-01');
"""


@pytest.fixture
def filled(repository: Repository, platform_url: str, connect: Connect) -> psycopg.Connection:
    """A database at a baseline, with rows, that is nobody's shadow."""
    with psycopg.connect(platform_url, user=ADMIN) as admin:
        admin.execute(f"alter database {admin.info.dbname} set dbtools.shadow to 'off'")
    repository.add("0001", BEFORE)
    alembic_env.upgrade(repository.project, platform_url)
    connection = connect(platform_url)
    connection.execute(ROWS)
    connection.execute("refresh materialized view app.m")
    return connection


@pytest.mark.parametrize(
    ("up", "destroyed"),
    [
        ("drop table app.other", ["table app.other: 3 rows"]),
        ("drop table app.t cascade", ["table app.t: 40 rows"]),
        (
            "drop schema app cascade",
            ["table app.t: 40 rows", "table app.other: 3 rows", "materialized view app.m: 5 rows"],
        ),
        ("truncate app.t cascade", ["table app.t: 40 rows", "table app.other: 3 rows"]),
        ("alter table app.t drop column a", ["column app.t.a: 40 values"]),
        ("alter table app.t rename a to c; alter table app.t drop column c", ["column app.t.a: 40 values"]),
        ("alter table app.t alter b type int using null", ["column app.t.b (from numeric to integer): 40 different"]),
        ("alter table app.t alter a type varchar(6) using left(a, 6)", ["(from text to character varying(6)): 40 "]),
        ("alter table app.parts detach partition app.parts_1; drop table app.parts_1", ["table app.parts_1: 2 rows"]),
        ("drop table app.other; create table app.other (id int, n int)", ["table app.other: 3 rows"]),
        ("do $$ begin execute 'drop table app.' || 'other'; end $$", ["table app.other: 3 rows"]),
        ("drop materialized view app.m", ["materialized view app.m: 5 rows"]),
        ("refresh materialized view app.m with no data", ["materialized view app.m: 5 rows"]),
    ],
)
def test_what_would_be_destroyed_is_named_and_stays(
    repository: Repository, filled: psycopg.Connection, platform_url: str, up: str, destroyed: list[str]
) -> None:
    repository.add("0002", f"create table public.done ();\n{up}")
    with pytest.raises(MigrationError) as caught:
        alembic_env.upgrade(repository.project, platform_url)
    message = str(caught.value)
    for one in destroyed:
        assert one in message
    assert "alembic -x confirm=step upgrade" in message
    assert "the database stays at 0001" in message
    assert value(filled, "select count(a) + count(b) from app.t") == 80
    assert value(filled, "select count(*) from app.other") == 3
    # The same again once it is meant; nothing else is needed.
    alembic_env.upgrade(repository.project, platform_url, confirm=("step",))
    assert value(filled, "select to_regclass('public.done') is not null") is True


@pytest.mark.parametrize(
    "up",
    [
        "alter table app.t rename to things; alter table app.things rename a to title; alter schema app rename to shop",
        "drop table app.nothing; alter table app.t drop column empty",
        "alter table app.t alter a type varchar(40); alter table app.t alter b type double precision",
        "create table app.copy as select * from app.other; drop table app.other; alter table app.copy rename to other",
        "alter table app.t add x text; update app.t set x = a; alter table app.t drop a; alter table app.t rename x to a",  # noqa: E501
        "drop materialized view app.m; create materialized view app.m as select generate_series(1, 5) as n",
        "create materialized view app.empty as select 1 as n with no data; drop materialized view app.empty",
        "drop materialized view app.never",
        "delete from app.other where id = 1",
        "create table app.new (id int); insert into app.new values (1); drop table app.new",
        "alter table app.other set unlogged; alter table app.other set logged; set local role service_role",
    ],
)
def test_what_keeps_the_rows_is_not_asked_about(
    repository: Repository, filled: psycopg.Connection, platform_url: str, up: str
) -> None:
    repository.add("0002", f"create table public.done ();\n{up}")
    alembic_env.upgrade(repository.project, platform_url)
    assert value(filled, "select version_num from private.alembic_version") == "0002"
    assert value(filled, "select to_regclass('public.done') is not null") is True


def test_a_revision_in_python_is_watched_too(
    repository: Repository, filled: psycopg.Connection, platform_url: str
) -> None:
    path = repository.project.migrations / "versions/0002_by_hand.py"
    path.write_text(
        "from alembic import op\nrevision, down_revision = '0002', '0001'\n"
        "def upgrade():\n    op.drop_column('t', 'a', schema='app')\n    op.drop_table('other', schema='app')\n"
        "def downgrade():\n    pass\n"
    )
    with pytest.raises(MigrationError, match=r"(?s)table app.other: 3 rows.*column app.t.a: 40 values|column app.t.a"):
        alembic_env.upgrade(repository.project, platform_url)
    assert value(filled, "select count(a) from app.t") == 40
    alembic_env.upgrade(repository.project, platform_url, confirm=("by_hand",))


def test_the_way_back_is_asked_about_too(repository: Repository, filled: psycopg.Connection, platform_url: str) -> None:
    repository.add("0002", "create table app.late (id int)", "drop table app.late")
    alembic_env.upgrade(repository.project, platform_url)
    filled.execute("insert into app.late values (1)")
    refused = repository.alembic("downgrade", "0001", url=platform_url)
    assert refused.returncode != 0
    assert "table app.late: 1 row\n" in refused.stdout
    assert "-x confirm=step downgrade" in refused.stdout
    assert value(filled, "select count(*) from app.late") == 1
    done = repository.alembic("-x", "confirm=step", "downgrade", "0001", url=platform_url)
    assert done.returncode == 0, done.stdout
    assert "step is confirmed, and destroys table app.late: 1 row" in done.stderr


def test_rows_that_policies_hide_count_too(
    repository: Repository, filled: psycopg.Connection, platform_url: str, connect: Connect
) -> None:
    admin = connect(platform_url, user=ADMIN)
    admin.execute("alter role postgres nobypassrls")
    try:
        filled.execute(
            "alter table app.other enable row level security; alter table app.other force row level security"
        )
        assert value(filled, "select count(*) from app.other") == 0
        repository.add("0002", "drop table app.other")
        with pytest.raises(MigrationError, match=r"table app\.other: rows that postgres may not count"):
            alembic_env.upgrade(repository.project, platform_url)
    finally:
        admin.execute("alter role postgres bypassrls")


def test_a_new_database_is_not_asked(repository: Repository, platform_url: str) -> None:
    repository.add("0001", BEFORE + ROWS)
    repository.add("0002", "drop table app.other")
    alembic_env.upgrade(repository.project, platform_url)


def test_going_back_and_forth_by_alembics_own_command_asks_as_well(
    repository: Repository, filled: psycopg.Connection, platform_url: str
) -> None:
    repository.add("0002", "alter table app.t add late int default 7", "alter table app.t drop column late")
    alembic_env.upgrade(repository.project, platform_url)
    config = alembic_env.config(repository.project, platform_url, confirm=("step",))
    command.downgrade(config, "0001")
    assert value(filled, "select count(*) from app.t") == 40
