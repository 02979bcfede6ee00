"""`dbtools export`: the files it writes, what it notices, and what the real Supabase CLI makes of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command

from dbtools import alembic_env, catalog
from dbtools.errors import MigrationError
from dbtools.export import export, folder
from dbtools.model.compare import compare
from dbtools.model.snapshot import Snapshot
from dbtools.postgres import script
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from tests.conftest import Connect
from tests.support.system import value

Revise = Callable[..., None]
Supabase = Callable[..., subprocess.CompletedProcess[str]]

FIRST = "20220101000001_first.sql"
SECOND = "20220101000002_second.sql"
THIRD = "20220101000003_third.sql"


@pytest.fixture
def small(tmp_path: Path, project: Project) -> Project:
    """Another repository that uses dbtools, without revisions yet."""
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')
    (tmp_path / "migrations/versions").mkdir(parents=True)
    shutil.copy(project.migrations / "env.py", tmp_path / "migrations/env.py")
    (tmp_path / "supabase").mkdir()
    shutil.copy(project.root / "supabase/config.toml", tmp_path / "supabase/config.toml")
    return Project.find(tmp_path)


@pytest.fixture
def revise(small: Project) -> Revise:
    """`revise("0002", "second", after="0001", up=…, down=…)` adds a revision."""

    def add(revision: str, slug: str, *, after: object, up: str = "select 1;", down: str = "select 1;") -> None:
        stem = small.migrations / "versions" / f"{revision}_{slug}"
        stem.with_suffix(".py").write_text(
            "from dbtools.revision import frozen\n"
            f"revision, down_revision = {revision!r}, {after!r}\nupgrade, downgrade = frozen(__file__)\n"
        )
        stem.with_suffix(".up.sql").write_text(up)
        stem.with_suffix(".down.sql").write_text(down)

    return add


@pytest.fixture
def three(small: Project, revise: Revise) -> Project:
    """Three exported revisions; the last holds what a naive splitter or a pipeline stumbles over."""
    revise("0001", "first", after=None, up="create table public.a (id int);\n", down="drop table public.a;")
    revise("0002", "second", after="0001", up="create table public.b (x text) -- the end", down="drop table public.b;")
    tricky = """
        set local search_path = public;
        -- a comment; with a semicolon
        insert into b values ('50% :name $1; {x} é');
        create function public.f() returns text language plpgsql as $f$ begin return 'a;b'; end; $f$;
        create function public.g() returns int begin atomic select 1; select 2; end;
        comment on function public.f() is 'it''s; fine'; -- the end
    """
    revise("0003", "third", after="0002", up=tricky, down="drop function public.f(); drop function public.g();")
    export(small)
    return small


def dbtools(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    """The real command line."""
    program = str(Path(sys.executable).with_name("dbtools"))
    return subprocess.run([program, *words], cwd=project.root, capture_output=True, text=True, check=False)


def snapshot(url: str) -> Snapshot:
    with psycopg.connect(url) as connection:
        return catalog.read(connection)


def in_folder(project: Project) -> dict[str, str]:
    return {path.name: path.read_text() for path in (project.root / folder.PATH).iterdir()}


def recorded(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute("select version from supabase_migrations.schema_migrations order by version").fetchall()
    connection.rollback()
    return [row[0] for row in rows]


def test_running_again_changes_nothing(three: Project) -> None:
    before = in_folder(three)
    assert sorted(before) == [FIRST, SECOND, THIRD]
    report = export(three)
    assert report.ok
    assert report.files == {}
    assert in_folder(three) == before


def test_a_file_keeps_its_version_whatever_happens_to_the_revisions(three: Project, revise: Revise) -> None:
    """A branch that was merged later, a new name: what a database has recorded must stay true."""
    revise("0002b", "branch", after="0001")
    revise("0004", "merge", after=("0002b", "0003"))
    versions = three.migrations / "versions"
    for path in versions.glob("0003_third.*"):
        path.rename(versions / path.name.replace("third", "renamed"))
    assert export(three).ok
    assert sorted(in_folder(three)) == [
        FIRST,
        SECOND,
        THIRD.replace("third", "renamed"),
        "20220101000004_branch.sql",
        "20220101000005_merge.sql",
    ]


def test_the_files_take_alembics_table_through_branches_and_merges(
    three: Project, revise: Revise, platform: psycopg.Connection
) -> None:
    revise("0002b", "branch", after="0001")
    revise("0004", "merge", after=("0002b", "0003"))
    export(three)
    heads = []
    for path in sorted((three.root / folder.PATH).iterdir()):
        script.execute(platform, path)
        rows = platform.execute("select version_num from private.alembic_version order by 1").fetchall()
        heads.append(",".join(row[0] for row in rows))
    assert heads == ["0001", "0002", "0003", "0002b,0003", "0004"]


def test_a_revision_written_in_python_is_exported_as_the_sql_it_runs(small: Project) -> None:
    (small.migrations / "versions/1_by_hand.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\nrevision, down_revision = '1', None\n"
        "def upgrade():\n    op.create_table('t', sa.Column('id', sa.Integer, primary_key=True))\n"
        "    with op.get_context().autocommit_block():\n"
        "        op.create_index('i', 't', ['id'], postgresql_concurrently=True)\n"
    )
    export(small)
    text = in_folder(small)["20220101000001_by_hand.sql"]
    assert "CREATE TABLE t (" in text
    assert "CREATE INDEX CONCURRENTLY i ON t (id);" in text
    assert not {"BEGIN;", "COMMIT;"} & set(text.splitlines())


def test_check_notices_an_edited_file_a_changed_revision_and_what_is_not_ours(three: Project) -> None:
    there = three.root / folder.PATH
    (there / FIRST).write_text((there / FIRST).read_text() + "drop table public.a;\n")
    (three.migrations / "versions/0002_second.up.sql").write_text("create table public.b (x int);")
    (there / THIRD).rename(there / "20220101000003_other.sql")
    (there / "20240202020202_by_hand.sql").write_text("select 1;\n")
    before = in_folder(three)
    done = dbtools(three, "export", "--check", "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["files"] == {
        FIRST: "changed",
        SECOND: "changed",
        "20220101000003_other.sql": "removed",
        THIRD: "new",
        "20240202020202_by_hand.sql": "foreign",
    }
    assert in_folder(three) == before, "a check only looks"

    assert not export(three).ok, "the foreign file stays, and somebody has to look at it"
    (there / "20240202020202_by_hand.sql").unlink()
    assert export(three, check=True).ok
    assert sorted(in_folder(three)) == [FIRST, SECOND, THIRD]
    assert "x int" in in_folder(three)[SECOND]


def test_a_revision_slipped_in_before_an_exported_one_is_refused(three: Project, revise: Revise) -> None:
    """The CLI would run it last."""
    revise("0002b", "between", after="0002")
    path = three.migrations / "versions/0003_third.py"
    path.write_text(path.read_text().replace("'0002'", "'0002b'"))
    before = in_folder(three)
    with pytest.raises(MigrationError, match="0003 follows 0002b"):
        export(three)
    assert in_folder(three) == before


def test_alembic_records_what_it_applies_and_forgets_what_it_takes_back(
    three: Project, platform: psycopg.Connection, platform_url: str
) -> None:
    configuration = alembic_env.config(three, platform_url)
    command.upgrade(configuration, "head")
    assert recorded(platform) == ["20220101000001", "20220101000002", "20220101000003"]
    command.downgrade(configuration, "0001")
    assert recorded(platform) == ["20220101000001"]
    command.stamp(configuration, "0002")
    assert recorded(platform) == ["20220101000001", "20220101000002"]
    assert export(three, check=True, url=platform_url).ok


def test_a_failed_revision_is_not_recorded(
    three: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    revise("0004", "fourth", after="0003", up="select 1 / 0;")
    export(three)
    with pytest.raises(MigrationError):
        alembic_env.upgrade(three, platform_url)
    assert recorded(platform) == ["20220101000001", "20220101000002", "20220101000003"]


def test_a_history_of_somebody_elses_stops_the_upgrade(
    three: Project, platform: psycopg.Connection, platform_url: str, connect: Connect
) -> None:
    connect(platform_url, user=ADMIN).execute(
        "create schema supabase_migrations; grant usage on schema supabase_migrations to postgres;"
        "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)"
    )
    with pytest.raises(MigrationError, match="cannot be noted for the Supabase CLI: permission denied"):
        alembic_env.upgrade(three, platform_url)
    assert value(platform, "select to_regclass('public.a')") is None


def test_a_project_that_exports_nothing_is_left_alone(
    small: Project, revise: Revise, platform: psycopg.Connection, platform_url: str
) -> None:
    revise("0001", "first", after=None)
    alembic_env.upgrade(small, platform_url)
    assert value(platform, "select to_regnamespace('supabase_migrations')") is None


def test_histories_that_differ_are_told_by_content(three: Project, platform_url: str, connect: Connect) -> None:
    alembic_env.upgrade(three, platform_url)
    db = connect(platform_url)
    db.execute("update supabase_migrations.schema_migrations set statements = '{select 2}' where name = 'first'")
    db.execute("delete from supabase_migrations.schema_migrations where name = 'second'")
    db.execute("insert into supabase_migrations.schema_migrations (version) values ('20250101000000')")
    report = export(three, check=True, url=platform_url)
    assert not report.ok
    assert report.versions == {
        "20220101000001": "recorded with other statements",
        "20220101000002": "applied, not recorded",
        "20250101000000": "recorded, not in the folder",
    }
    assert "supabase migration repair --status applied 20220101000002" in report.mend
    command.downgrade(alembic_env.config(three, platform_url), "0002")
    db.execute("insert into supabase_migrations.schema_migrations (version) values ('20220101000003')")
    assert export(three, check=True, url=platform_url).versions["20220101000003"] == "recorded, not applied"


def test_a_version_table_in_an_exposed_schema_is_closed_to_the_api(
    three: Project, platform: psycopg.Connection
) -> None:
    pyproject = three.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text() + '[tool.dbtools]\nversion_table_schema = "public"\n')
    export(Project.find(three.root))
    script.execute(platform, three.root / folder.PATH / FIRST)
    for role in ("anon", "authenticated", "service_role"):
        assert value(platform, f"select has_table_privilege('{role}', 'public.alembic_version', 'select')") is False


def test_this_repositorys_export_is_current(project: Project) -> None:
    """It is committed once the revisions of a release are settled; until then there is no folder."""
    if (project.root / folder.PATH).is_dir():
        assert export(project, check=True).files == {}


# --- with the real Supabase CLI ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Shadow]:
    """The CLI knows no Unix sockets."""
    with Shadow(port=0) as shadow:
        yield shadow


@pytest.fixture
def empty(server: Shadow) -> str:
    """An empty platform, by TCP."""
    return over_tcp(server, server.create())


def over_tcp(server: Shadow, url: str) -> str:
    return server.url(str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]), tcp=True)


@pytest.fixture
def supabase(supabase_cli: str, tmp_path_factory: pytest.TempPathFactory) -> Supabase:
    """`supabase(project, url, "db", "push")`; answers yes to every question."""
    home = tmp_path_factory.mktemp("home")

    def run_one(project: Project, url: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [supabase_cli, "--workdir", str(project.root), *words, f"--remote={url}", "--yes"],
            env={**os.environ, "HOME": str(home), "SUPABASE_TELEMETRY_DISABLED": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run_one


def pushed(supabase: Supabase, project: Project, url: str) -> list[str]:
    """What `db push` applies: the names of the files."""
    done = supabase(project, url, "db", "push")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("Applying migration ")]
    return [line.removeprefix("Applying migration ").removesuffix("...") for line in lines]


def test_a_push_onto_an_empty_platform_gives_the_schema_of_upgrade_head(
    project: Project, server: Shadow, empty: str, supabase: Supabase, tmp_path: Path
) -> None:
    for name in ("pyproject.toml", "supabase/config.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(project.root / name, tmp_path / name)
    shutil.copytree(project.migrations, tmp_path / "migrations")
    copy = Project.find(tmp_path)
    export(copy)
    names = sorted(in_folder(copy))
    assert pushed(supabase, copy, empty) == names

    upgraded = over_tcp(server, server.create())
    alembic_env.upgrade(copy, upgraded)
    assert [one for one in compare(snapshot(upgraded), snapshot(empty)) if one.property != "database"] == []
    assert pushed(supabase, copy, upgraded) == [], "what Alembic has applied, the CLI has not left to push"
    for url in (empty, upgraded):
        listed = supabase(copy, url, "migration", "list").stdout
        assert all(listed.count(f"`{name.partition('_')[0]}`") == 2 for name in names), listed
        assert export(copy, check=True, url=url).ok
        with psycopg.connect(url) as connection:
            assert [value(connection, "select version_num from private.alembic_version")] == alembic_env.heads(copy)


def test_either_tool_goes_on_where_the_other_stopped(three: Project, empty: str, supabase: Supabase) -> None:
    configuration = alembic_env.config(three, empty)
    command.upgrade(configuration, "0001")
    assert pushed(supabase, three, empty) == [SECOND, THIRD]
    command.downgrade(configuration, "0002")
    assert pushed(supabase, three, empty) == [THIRD]
    with psycopg.connect(empty) as connection:
        assert value(connection, "select x from public.b limit 1") == "50% :name $1; {x} é"
        assert value(connection, "select public.f()") == "a;b"
    assert export(three, check=True, url=empty).ok


def test_alembic_goes_on_where_a_push_stopped(three: Project, revise: Revise, empty: str, supabase: Supabase) -> None:
    assert pushed(supabase, three, empty) == [FIRST, SECOND, THIRD]
    revise("0004", "fourth", after="0003", up="create table public.d (id int);")
    export(three)
    alembic_env.upgrade(three, empty)
    assert pushed(supabase, three, empty) == []
    assert export(three, check=True, url=empty).ok


def test_a_live_database_never_meets_its_baseline_again(three: Project, empty: str, supabase: Supabase) -> None:
    live_table = "create table public.a (id int); insert into public.a values (1);"
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute(live_table)
        # Stamped while the project did not export yet.
        (three.root / folder.PATH).rename(three.root / "aside")
        command.stamp(alembic_env.config(three, empty), "0001")
        (three.root / "aside").rename(three.root / folder.PATH)

        done = supabase(three, empty, "db", "push")
        assert done.returncode == 1
        assert "revision 0001 follows base, but this database is at 0001" in done.stdout + done.stderr
        assert value(connection, "select count(*) from public.a") == 1

        report = export(three, check=True, url=empty)
        assert report.versions == {"20220101000001": "applied, not recorded"}
        repair = report.mend[0].removeprefix("supabase ").split()
        assert supabase(three, empty, *repair).returncode == 0
        assert pushed(supabase, three, empty) == [SECOND, THIRD]
        assert value(connection, "select count(*) from public.a") == 1


def test_an_index_built_concurrently_goes_through_a_push_and_a_reset(
    small: Project, revise: Revise, server: Shadow, empty: str, supabase: Supabase
) -> None:
    revise("0001", "first", after=None, up="create table public.a (id int);")
    revise("0002", "second", after="0001", up="create index concurrently i on public.a (id);")
    export(small)
    assert pushed(supabase, small, empty) == [FIRST, SECOND]
    with psycopg.connect(empty, user=ADMIN, autocommit=True) as connection:
        connection.execute("drop index public.i")
    done = supabase(small, empty, "db", "reset")
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(empty) as connection:
        assert value(connection, "select indisvalid from pg_index where indexrelid = 'public.i'::regclass")
        assert value(connection, "select version_num from private.alembic_version") == "0002"
    assert export(small, check=True, url=empty).ok
