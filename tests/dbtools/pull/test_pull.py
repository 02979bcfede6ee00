"""A pulled baseline makes the same schema again, wherever it is loaded; where it does not, pull says so."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from dbtools import alembic_env, catalog, pull
from dbtools.errors import PullError
from dbtools.model.compare import compare
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from dbtools.pull import PullOptions, baseline, dump, proof, replay
from demo import live
from tests.conftest import Connect
from tests.dbtools.pull.conftest import Make, said, written


@pytest.fixture
def live_source(make: Make) -> str:
    """The stand-in, in the database in which its cron jobs were made, as on a real server."""
    return make(live.SCHEMA.read_text())


def test_the_stand_in_is_captured_without_a_difference(live_source: str, tmp_path: Path, shadow: Shadow) -> None:
    steps: list[str] = []
    report = pull.pull(live_source, tmp_path / "migrations", progress=steps.append, shadow=shadow)
    assert (report.left_out, report.differences, report.ok) == ((), (), True)
    assert {"table": 7, "policy": 19, "trigger": 5, "cron job": 5, "publication member": 1}.items() <= (
        report.captured.items()
    )
    assert steps == ["reading the live schema", "replaying it in a shadow", "comparing the two"]
    assert sorted(path.name for path in (tmp_path / "migrations/versions").iterdir()) == [
        "0001_baseline.py",
        "0001_baseline.up.sql",
    ]


def test_pulling_twice_writes_the_same_bytes(live_source: str, tmp_path: Path, shadow: Shadow) -> None:
    one, two = (pull.pull(live_source, tmp_path / name, shadow=shadow).path.parent for name in ("one", "two"))
    for name in ("0001_baseline.py", "0001_baseline.up.sql"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_another_database_with_the_same_schema_gives_the_same_bytes(
    live_source: str, make: Make, tmp_path: Path, shadow: Shadow
) -> None:
    other = make(live.SCHEMA.read_text())
    one = pull.pull(live_source, tmp_path / "one", shadow=shadow).path
    two = pull.pull(other, tmp_path / "two", shadow=shadow).path
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("revoke select on public.jobs from anon", ["different grant to anon on table public.jobs: privileges"]),
        (
            "grant execute on function public.handle_new_user() to anon",
            ["extra grant to anon on function public.handle_new_user()"],
        ),
        (
            'alter policy "Owners see their nodes" on public.nodes using (true)',
            ['different policy "Owners see their nodes" on public.nodes: using'],
        ),
        (
            'drop policy "Rotation images are visible" on storage.objects',
            ['missing policy "Rotation images are visible" on storage.objects'],
        ),
        (
            "create or replace function public.mark_nodes_offline() returns void language sql as ''",
            ["different function public.mark_nodes_offline(): body"],
        ),
        ("alter table public.jobs disable row level security", ["different table public.jobs: row level security"]),
        # No reader knows of these: the second observer does.
        (
            "create text search configuration public.mine (copy = simple)",
            ["extra text search configuration public.mine"],
        ),
        ("comment on database postgres is 'not part of a schema'", []),
    ],
)
def test_a_replay_that_was_changed_by_hand_is_reported_as_exactly_that(
    live_source: str, tmp_path: Path, shadow: Shadow, connect: Connect, statement: str, expected: list[str]
) -> None:
    seen = proof.observe(live_source)
    with replay.place(shadow, 18, shadow.platform) as preparing:
        there = preparing.result()
        known = replay.prepare(there, seen)
        made = baseline.build(seen.ours(known), seen.entries, seen.ownership)
        assert replay.load(there, made, made.text) == ()
        with connect(there.url) as changed:
            changed.execute(statement.encode())
        assert said(proof.prove(seen, there.url, known)) == expected


NO_DEFAULTS = """
    alter default privileges in schema public revoke all on tables from postgres, anon, authenticated, service_role;
    alter default privileges in schema public revoke all on functions from postgres, anon, authenticated, service_role;
    alter default privileges in schema public revoke all on sequences from postgres, anon, authenticated, service_role;
    revoke usage on schema public from anon, authenticated, service_role
"""
OTHER_DEFAULTS = """
    alter default privileges for role postgres revoke execute on functions from public;
    alter default privileges for role postgres grant all on types to anon;
    alter default privileges for role postgres grant select on tables to anon with grant option;
    alter default privileges for role postgres revoke all on tables from postgres;
    alter default privileges for role postgres grant usage on schemas to service_role;
    grant create on schema public to anon
"""


@pytest.mark.parametrize("source", ["", NO_DEFAULTS, OTHER_DEFAULTS], ids=["supabase", "none", "other"])
@pytest.mark.parametrize("target", ["", NO_DEFAULTS, OTHER_DEFAULTS], ids=["supabase", "none", "other"])
def test_grants_are_exact_whatever_source_and_target_grant_by_default(
    make: Make, connect: Connect, source: str, target: str
) -> None:
    schema = (Path(__file__).parents[2] / "support/schemas/functions.sql").read_text()
    of, onto = make(f"{source};\n{schema}"), make(target)
    connect(onto).execute(written(of).encode())
    assert said(compare(catalog.read(connect(of)), catalog.read(connect(onto)))) == []


def test_the_written_baseline_runs_through_alembic(
    live_source: str, make: Make, tmp_path: Path, shadow: Shadow, project: Project, connect: Connect
) -> None:
    pull.pull(live_source, tmp_path / "migrations", shadow=shadow)
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')
    (tmp_path / "migrations/env.py").write_text((project.migrations / "env.py").read_text())
    url = make()
    alembic_env.upgrade(Project.find(tmp_path), url)
    assert compare(catalog.read(connect(live_source)), catalog.read(connect(url))) == []


def test_a_baseline_leaves_the_transactions_settings_as_they_were(live_source: str, make: Make) -> None:
    text = written(live_source)
    with psycopg.connect(make()) as connection:
        before: dict[str, str] = dict(connection.execute("select name, setting from pg_settings").fetchall())
        connection.execute(text.encode())
        after: dict[str, str] = dict(connection.execute("select name, setting from pg_settings").fetchall())
        assert before.items() <= after.items()


def test_live_is_only_read(live_source: str, tmp_path: Path, shadow: Shadow, connect: Connect) -> None:
    admin = connect(live_source, user=ADMIN)
    database = admin.info.dbname
    admin.execute(f'alter database "{database}" set default_transaction_read_only = on'.encode())
    before = proof.observe(live_source)
    written = "select tup_inserted + tup_updated + tup_deleted from pg_stat_database where datname = current_database()"
    admin.execute("set stats_fetch_consistency = none")
    count = admin.execute(written.encode()).fetchone()
    report = pull.pull(
        live_source, tmp_path, shadow=shadow, options=PullOptions(acknowledged=("setting * of the database",))
    )
    assert (report.ok, len(report.left_out)) == (True, 1)
    assert admin.execute(written.encode()).fetchone() == count
    assert proof.observe(live_source) == before


def test_existing_revisions_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions/0001_baseline.up.sql").write_text("mine")
    # Refused before anything else happens: nobody listens at this URL.
    with pytest.raises(PullError, match=r"already holds 0001_baseline\.up\.sql") as caught:
        pull.pull("postgresql://127.0.0.1:1/none", tmp_path)
    assert "--to" in caught.value.hint
    assert (tmp_path / "versions/0001_baseline.up.sql").read_text() == "mine"


def test_a_file_that_cannot_be_written_leaves_no_other_behind(make: Make, tmp_path: Path, shadow: Shadow) -> None:
    in_the_way = tmp_path / "versions/.0001_baseline.py.part"
    in_the_way.mkdir(parents=True)
    with pytest.raises(PullError, match=r"cannot be written.*part"):
        pull.pull(make(), tmp_path, shadow=shadow)
    assert list((tmp_path / "versions").iterdir()) == [in_the_way]


def test_a_table_that_may_not_be_read_is_named(make: Make, tmp_path: Path, shadow: Shadow) -> None:
    url = make("create table public.secret ()", user=ADMIN)
    with psycopg.connect(url, user=ADMIN) as admin:
        admin.execute(
            "revoke all on public.secret from postgres, anon, authenticated, service_role;"
            "revoke pg_read_all_data from postgres"
        )
    try:
        with pytest.raises(PullError, match="permission denied for table secret") as caught:
            pull.pull(url, tmp_path, shadow=shadow)
        assert "SELECT" in caught.value.hint
    finally:
        with psycopg.connect(url, user=ADMIN) as admin:
            admin.execute("grant pg_read_all_data to postgres")
    assert not (tmp_path / "versions").exists()


def test_a_locked_table_stops_pull_and_not_the_other_way_round(
    make: Make, tmp_path: Path, shadow: Shadow, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump, "LOCK_WAIT", "100ms")
    url = make("create table public.busy ()")
    other = connect(url, autocommit=False)
    other.execute("lock table public.busy in access exclusive mode")
    with pytest.raises(PullError, match="pg_dump") as caught:
        pull.pull(url, tmp_path, shadow=shadow)
    assert "lock" in caught.value.hint
    other.rollback()


def test_what_is_not_captured_is_said_and_can_be_acknowledged(
    make: Make, tmp_path: Path, shadow: Shadow, connect: Connect
) -> None:
    url = make("""
        create role reader login;
        create table public.t (id integer primary key);
        create extension postgres_fdw;
        create server elsewhere foreign data wrapper postgres_fdw;
        create user mapping for postgres server elsewhere options (user 'me', password 's3cret')
    """)
    connect(url, user=ADMIN).execute(f"""
        create subscription mine connection 'host=elsewhere password=s3cret' publication p with (connect = false);
        grant select on public.t to reader;
        alter database {connect(url).info.dbname} set "app.settings.key" = 's3cret';
        grant temporary on database {connect(url).info.dbname} to reader
    """)
    try:
        report = pull.pull(url, tmp_path / "one", shadow=shadow)
        patterns = ("*mapping for postgres *", "subscription mine", "grant * on database", "password of *")
        acknowledged = pull.pull(url, tmp_path / "two", shadow=shadow, options=PullOptions(acknowledged=patterns))
    finally:
        connect(url, user=ADMIN).execute("alter subscription mine set (slot_name = none)")
        connect(url, user=ADMIN).execute("drop subscription mine; drop owned by reader; drop role reader")
    assert {item.object for item in report.left_out} == {
        "password of role reader",
        "user mapping for postgres on server elsewhere",
        "subscription mine",
        "grant to reader on database",
    }
    assert (report.differences, report.ok) == ((), False)
    assert (acknowledged.differences, acknowledged.ok) == ((), True)
    assert "s3cret" not in report.path.read_text() + str(report.as_dict())


def test_what_only_a_superuser_turns_off_or_no_statement_makes_is_named_once(
    make: Make, connect: Connect, shadow: Shadow, tmp_path: Path
) -> None:
    url = make(
        "create table public.parent (a int);"
        "create table public.child (own int primary key, other int) inherits (public.parent);"
        "alter table public.parent add later int;"
        "create table public.target (id int primary key);"
        "create table public.source (id int references public.target);"
        "create index half on public.source (id);"
        "create extension pg_trgm with schema extensions; comment on extension pg_trgm is 'ours'"
    )
    with connect(url, user=ADMIN, autocommit=False) as admin:
        admin.execute("alter table public.source disable trigger all")
        admin.execute("update pg_index set indisvalid = false where indexrelid = 'public.half'::regclass")
        admin.execute("revoke usage on language plpgsql from public")
    report = pull.pull(url, tmp_path, shadow=shadow)
    assert said(report.differences) == []
    assert {item.object for item in report.left_out} == {
        "column order of table public.child",
        "triggers of constraint source_id_fkey on public.source",
        "invalid index public.half",
        "grant to public on language plpgsql",
    }
    assert "comment on extension pg_trgm is 'ours'" in report.path.read_text()


def test_what_needs_an_extension_that_no_server_has_is_proven_like_anything_else(tmp_path: Path) -> None:
    with Shadow() as far:
        far.offer_extension("made_up", "1.0")
        (far._extensions / "made_up--1.0.sql").write_text(
            "create function made_up() returns int language sql return 1;"
        )
        url = far.create()
        with psycopg.connect(url) as connection:
            connection.execute("create extension made_up with schema extensions")
            connection.execute("create table public.t (a int default extensions.made_up())")
        report = pull.pull(url, tmp_path)
    assert (report.left_out, report.unproven, said(report.differences)) == ((), (), [])
    assert (tmp_path / "platform/extensions/made_up--1.0.sql").exists()


def test_what_the_shadow_cannot_have_is_captured_and_said_to_be_unproven(make: Make, tmp_path: Path) -> None:
    url = make("create aggregate storage.all_of (int) (sfunc = int4pl, stype = int)", user=ADMIN)
    with psycopg.connect(url) as connection:
        connection.execute("create view public.v as select storage.all_of(1) as a; create table public.u ()")
    report = pull.pull(url, tmp_path)
    assert [(item.object.split(";")[0], "does not load" in item.reason) for item in report.unproven] == [
        ("Name: v", True),
        ("Name: TABLE v", True),
    ]
    assert (report.left_out, report.ok) == ((), False)
    assert "table public.u" not in str(said(report.differences))
    assert "CREATE VIEW public.v" in report.path.read_text()
