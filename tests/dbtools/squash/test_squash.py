"""`dbtools squash`: one baseline makes what many revisions made, and every database gets there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env, catalog
from dbtools.errors import MigrationError, SquashError
from dbtools.export import export, folder
from dbtools.model.compare import compare
from dbtools.model.snapshot import Snapshot
from dbtools.plan import plan
from dbtools.postgres import script
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.squash import SquashReport, rows
from dbtools.squash import squash as run
from tests.support.commands import call
from tests.support.repository import Repository

PEOPLE = """
create table public.people (id serial primary key, name text not null, note text);
create table public.pets (id int primary key, of int not null references public.people (id));
create function public.greet() returns text language sql as $$ select 'hello' $$;
grant select on public.people to anon;
"""
MORE = """
alter table public.people add column born date, drop column note;
create view public.names as select name from public.people;
create index people_by_name on public.people (name);
alter table public.people enable row level security;
create policy everyone on public.people for select to anon using (true);
"""
PYTHON = """
import datetime
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"


def upgrade():
    table = op.create_table(
        "kinds",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("since", sa.Date),
        sa.Column("added", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    )
    rows = [{"name": "cat\\r\\n\\t\\\\'s", "since": datetime.date(2026, 1, 2)}, {"name": "dog", "since": None}]
    op.bulk_insert(table, rows)


def downgrade():
    op.drop_table("kinds")
"""
LAST = """
insert into public.people (name, born) values ('Ada', '1815-12-10'), ('Bob', null);
delete from public.people where name = 'Bob';
insert into public.pets select 7, id from public.people;
create materialized view public.counted as select count(*) as number from public.pets;
"""


@pytest.fixture
def history(repository: Repository) -> Repository:
    """Four revisions of which two write rows, one of them by Alembic's own operations."""
    repository.add("0001", PEOPLE)
    repository.add("0002", MORE, "drop view public.names; drop index public.people_by_name;")
    (repository.project.migrations / "versions/0003_kinds.py").write_text(PYTHON)
    repository.add(
        "0004", LAST, "drop materialized view public.counted; delete from public.pets; delete from public.people;"
    )
    return repository


@contextmanager
def database(shadow: Shadow) -> Iterator[str]:
    url = shadow.create()
    try:
        yield url
    finally:
        shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def files(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def snapshot(url: str) -> Snapshot:
    with psycopg.connect(url) as connection:
        return catalog.read(connection)


def held(url: str) -> rows.Rows:
    with psycopg.connect(url.replace("postgres@", f"{ADMIN}@"), autocommit=True) as admin:
        return rows.read(admin, {"public.kinds": ["added"]})


def at(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("select version_num from private.alembic_version")]


def said(report: SquashReport) -> str:
    return json.dumps(report.as_dict())


def test_a_new_database_is_the_same_to_the_last_row_and_every_older_one_gets_there(
    history: Repository, shadow: Shadow
) -> None:
    project = history.project
    with database(shadow) as old, database(shadow) as new, database(shadow) as second, database(shadow) as third:
        alembic_env.upgrade(project, old)
        alembic_env.upgrade(project, second, "0002")
        alembic_env.upgrade(project, third, "0003")
        report = run(project, keep_data=True, shadow=shadow)
        assert report.ok, said(report)
        assert report.rows == {"public.kinds": 2, "public.people": 1, "public.pets": 1}
        assert sorted(path.name for path in (project.migrations / "versions").glob("*.*")) == [
            "0004_squashed.py",
            "0004_squashed.up.sql",
        ]
        for url in (new, second, third):
            alembic_env.upgrade(project, url)
            assert at(url) == ["0004"]
            assert compare(snapshot(old), snapshot(url)) == []
            assert held(old).differing(held(url)) == []
            assert held(old).sequences == held(url).sequences
        alembic_env.upgrade(project, old)
        assert at(old) == ["0004"], "who is there has nothing to do"
        # Back, and on, as before.
        command.downgrade(alembic_env.config(project, new, confirm=("step",)), "-1")
        assert at(new) == ["0003"]
        history.add("0005", "create table public.later (id int);", "drop table public.later;")
        for url in (new, old):
            alembic_env.upgrade(project, url)
            assert at(url) == ["0005"]


def test_a_history_that_writes_rows_is_refused_without_being_asked_to_keep_them(
    history: Repository, shadow: Shadow
) -> None:
    before = files(history.project.root)
    report = run(history.project, shadow=shadow)
    assert not report.ok
    assert [one.object for one in report.refused] == [
        "rows of public.kinds",
        "rows of public.people",
        "rows of public.pets",
    ]
    written = [(one.revision, one.said) for one in report.data]
    assert written == [
        ("0003", "2 inserted in public.kinds"),
        ("0004", "2 inserted in public.people"),
        ("0004", "1 deleted in public.people"),
        ("0004", "1 inserted in public.pets"),
    ]
    assert files(history.project.root) == before


@pytest.mark.parametrize(
    ("revision", "refused"),
    [
        ("create table public.t (key uuid); insert into public.t values (gen_random_uuid());", "column public.t.key"),
        ("insert into auth.users (id) values ('00000000-0000-0000-0000-000000000001');", "rows of auth.users"),
        ("alter role anon set statement_timeout = '9s';", "setting statement_timeout of role anon"),
    ],
)
def test_what_no_baseline_can_say_is_named_and_nothing_is_written(
    repository: Repository, shadow: Shadow, revision: str, refused: str
) -> None:
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", revision)
    before = files(repository.project.root)
    # A setting of a role outlives the database.
    report = run(repository.project, keep_data=True, shadow=None if "role" in revision else shadow)
    assert [one.object for one in report.refused] == [refused]
    assert files(repository.project.root) == before


def test_roles_are_made_by_the_baseline(repository: Repository) -> None:
    repository.add("0001", "create role reader; create table public.a (id int);")
    repository.add("0002", "grant reader to authenticator; grant select on public.a to reader;")
    report = run(repository.project, dry_run=True)
    assert report.ok, said(report)
    assert not report.written


def test_branches_are_squashed_once_merged(repository: Repository, shadow: Shadow) -> None:
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", "create table public.b (id int);")
    repository.add("0003", "create table public.c (id int);", after="0001")
    with pytest.raises(SquashError, match="more than one head: 0002, 0003"):
        run(repository.project, shadow=shadow)
    merge = 'revision, down_revision = "0004", ("0002", "0003")\ndef upgrade(): pass\ndef downgrade(): pass\n'
    (repository.project.migrations / "versions/0004_merge.py").write_text(merge)
    with database(shadow) as url:
        alembic_env.upgrade(repository.project, url, "0003")
        assert run(repository.project, shadow=shadow).ok
        alembic_env.upgrade(repository.project, url)
        assert at(url) == ["0004"]


def test_a_plan_for_a_database_further_back_tries_the_old_steps(repository: Repository, shadow: Shadow) -> None:
    project = repository.project
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", "create table public.b (id int);", "drop table public.b;")
    repository.add("0003", "create index a_id on public.a (id);", "drop index public.a_id;")
    originals = files(project.migrations)
    with database(shadow) as url:
        alembic_env.upgrade(project, url, "0001")
        assert run(project, shadow=shadow).ok
        assert alembic_env.base(project) == "0001"
        command.current(alembic_env.config(project, url))
        assert [one.revision for one in plan(url, project, shadow=shadow).revisions] == ["0002", "0003"]
    with database(shadow) as url:
        alembic_env.upgrade(project, url)
        # Undone as the page says, the database that the baseline made is where the old history says.
        for path in (project.migrations / "versions").glob("*.*"):
            path.unlink()
        for path in (project.migrations / "squashed").glob("*.*"):
            path.rename(project.migrations / "versions" / path.name)
        assert files(project.migrations) == originals
        command.downgrade(alembic_env.config(project, url), "0001")
        assert at(url) == ["0001"]


def test_a_second_squash_keeps_the_whole_history(repository: Repository, shadow: Shadow) -> None:
    project = repository.project
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", "create table public.b (id int);")
    originals = files(project.migrations / "versions")
    assert run(project, shadow=shadow).ok
    repository.add("0003", "create table public.c (id int);")
    assert run(project, "All that is", shadow=shadow).ok
    assert originals.items() <= files(project.migrations / "squashed").items()
    assert sorted(path.name for path in (project.migrations / "squashed").glob("*.py")) == [
        "0001_step.py",
        "0002_step.py",
        "0003_step.py",
    ]
    with database(shadow) as url:
        for revision in ("0001", "0002", "head"):
            alembic_env.upgrade(project, url, revision)
        assert at(url) == ["0003"]


def test_a_database_whose_revisions_are_gone_is_told_what_to_do(repository: Repository, shadow: Shadow) -> None:
    project = repository.project
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", "create table public.b (id int);")
    with database(shadow) as url:
        alembic_env.upgrade(project, url, "0001")
        assert run(project, shadow=shadow).ok
        for path in (project.migrations / "squashed").iterdir():
            path.unlink()
        with pytest.raises(MigrationError, match="at 0001, which 0002 has replaced"):
            alembic_env.upgrade(project, url)


def test_the_supabase_clis_history_follows(
    repository: Repository, shadow: Shadow, connect: Callable[..., psycopg.Connection]
) -> None:
    project = repository.project
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", "create table public.b (id int);")
    export(project)
    before = files(project.root / folder.PATH)
    recorded = "select version, name from supabase_migrations.schema_migrations order by 1"
    with database(shadow) as ahead, database(shadow) as behind, database(shadow) as pushed:
        alembic_env.upgrade(project, ahead)
        alembic_env.upgrade(project, behind, "0001")
        report = run(project, shadow=shadow)
        assert [path.name for path in report.written] == [
            "0002_squashed.py",
            "0002_squashed.up.sql",
            "20220101000002_squashed.sql",
        ]
        assert export(project, check=True).ok
        assert "recorded, replaced by a squash" in export(project, check=True, url=ahead).versions.values()
        assert export(project, check=True, url=behind).ok
        for url in (ahead, behind):
            alembic_env.upgrade(project, url)
            assert connect(url).execute(recorded).fetchall() == [("20220101000002", "squashed")]
            assert export(project, check=True, url=url).ok
        with connect(pushed) as connection:
            connection.autocommit = False
            script.execute(connection, project.root / folder.PATH / "20220101000002_squashed.sql")
        assert (at(pushed), compare(snapshot(ahead), snapshot(pushed))) == (["0002"], [])
    assert files(project.migrations / "squashed/supabase") == before


def test_what_fails_at_the_end_leaves_everything_as_it_was(
    repository: Repository, shadow: Shadow, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", "create table public.b (id int);")
    export(repository.project)
    before = files(repository.project.root)

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(folder, "write", fail)
    with pytest.raises(OSError, match="no space left"):
        run(repository.project, shadow=shadow)
    assert files(repository.project.root) == before


def test_a_revision_that_comes_meanwhile_is_not_lost(repository: Repository, shadow: Shadow) -> None:
    repository.add("0001", "create table public.a (id int);")
    repository.add("0002", "create table public.b (id int);")

    def say(line: str) -> None:
        if "comparing" in line:
            repository.add("0003", "create table public.c (id int);")

    with pytest.raises(SquashError, match="changed meanwhile"):
        run(repository.project, shadow=shadow, say=say)
    versions = repository.project.migrations / "versions"
    assert [path.name for path in sorted(versions.glob("*.py"))] == ["0001_step.py", "0002_step.py", "0003_step.py"]


def test_the_command_answers_in_json_and_by_its_exit_code(repository: Repository) -> None:
    repository.add("0001", "create table public.a (id int);")
    done = call("dbtools", "squash", cwd=repository.project.root)
    assert (done.returncode, done.stdout) == (0, "nothing to squash: there are not two revisions\n")
    repository.add("0002", "insert into public.a values (1);")
    done = call("dbtools", "squash", "--json", cwd=repository.project.root)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["data"] == [
        {"revision": "0002", "statement": "insert into public.a values (1)", "did": "1 inserted in public.a"}
    ]
    repository.add("0003", "select 1 / 0;")
    done = call("dbtools", "squash", cwd=repository.project.root)
    assert (done.returncode, "division by zero" in done.stderr) == (2, True)
