"""Whatever Alembic's revisions do: the commands follow it, or name the revision and the line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.errors import MigrationError
from dbtools.export import export
from dbtools.plan import plan
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.revise.command import revise
from dbtools.runner.head import at_head
from dbtools.squash import squash
from tests.support.commands import call
from tests.support.repository import Repository

FIRST = """
from alembic import op
import sqlalchemy as sa

revision, down_revision = "aa", None


def upgrade():
    table = op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("kind", sa.JSON))
    op.bulk_insert(table, [{"id": 1, "kind": {"a": 1}}])


def downgrade():
    op.drop_table("t")
"""
OUTSIDE = """
from alembic import op

revision, down_revision = "bb", "aa"


def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("t_kind", "t", [op.f("id")], postgresql_concurrently=True)


def downgrade():
    op.drop_index("t_kind")
"""


@pytest.fixture
def url(shadow: Shadow) -> Iterator[str]:
    made = shadow.create()
    yield made
    shadow.drop(str(conninfo_to_dict(made)["dbname"]))


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    """What `alembic init` makes and somebody has worked with: an alembic.ini, names of his own, `op.*`."""
    versions = tmp_path / "db" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/db\npath_separator = os\n")
    (tmp_path / "db/env.py").write_text("raise SystemExit('no command runs it')\n")
    (versions / "2026_01_01-aa_first.py").write_text(FIRST)
    (versions / "bb_outside.py").write_text(OUTSIDE)
    return Project.find(tmp_path)


def test_every_command_follows_what_alembic_init_has_made(plain: Project, shadow: Shadow, url: str) -> None:
    assert export(plain).ok
    alembic_env.upgrade(plain, url, "aa")
    report = plan(url, plain, shadow=shadow)
    assert ([one.revision for one in report.revisions], report.exit_code) == (["bb"], 0)
    alembic_env.upgrade(plain, url)
    with at_head(plain, shadow) as head:
        assert revise(plain, "Nothing", head=head).written == ()
    assert [one.revision for one in squash(plain, shadow=shadow).data] == ["aa"]
    assert squash(plain, shadow=shadow, keep_data=True).ok
    assert sorted(path.name for path in (plain.migrations / "squashed").glob("*.py")) == [
        "2026_01_01-aa_first.py",
        "bb_outside.py",
    ]
    alembic_env.upgrade(plain, url)
    assert export(plain, check=True, url=url).ok


def test_an_error_of_a_revision_is_that_error_with_its_line(repository: Repository, shadow: Shadow, url: str) -> None:
    project = repository.project
    repository.add("0001", "create table public.a (id int);")
    alembic_env.upgrade(project, url)
    text = 'revision, down_revision = "0002", "0001"\n\n\ndef upgrade():\n    {}["nothing"]\n'
    (project.migrations / "versions/0002_step.py").write_text(text)
    message = "revision 0002 failed in its Python code: 0002_step.py, line 5: KeyError: 'nothing'"
    with pytest.raises(MigrationError, match=message), at_head(project, shadow):
        pass
    with pytest.raises(MigrationError, match=message):
        plan(url, project, shadow=shadow)
    with pytest.raises(MigrationError, match=message):
        squash(project, shadow=shadow)
    done = repository.alembic("check")
    assert (done.returncode, "Traceback" in done.stderr) == (255, False), done.stderr
    assert message in done.stdout + done.stderr
    with psycopg.connect(url) as connection:
        rows = connection.execute("select version_num from private.alembic_version").fetchall()
    assert rows == [("0001",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('revision, down_revision = "0002", "0007"\n', r"a revision follows '0007', which is not there"),
        ("revision = \n", r"the revisions cannot be loaded: SyntaxError: .*0002_step.py, line 1"),
        ("import no_such_module\n", r"the revisions cannot be loaded: 0002_step.py, line 1: ModuleNotFoundError"),
        ('revision, down_revision = "0001", None\n', r"Revision 0001 is present more than once"),
    ],
)
def test_a_history_that_does_not_load_is_said_in_a_sentence(
    repository: Repository, shadow: Shadow, url: str, text: str, message: str
) -> None:
    project = repository.project
    repository.add("0001", "create table public.a (id int);")
    (project.migrations / "versions/0002_step.py").write_text(text)
    for run in (
        lambda: alembic_env.upgrade(project, url),
        lambda: export(project),
        lambda: plan(url, project, shadow=shadow),
        lambda: squash(project, shadow=shadow),
    ):
        with pytest.raises(MigrationError, match=message):
            run()


def test_a_database_that_keeps_its_revision_elsewhere_is_not_taken_for_a_new_one(plain: Project, url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table public.alembic_version (version_num varchar(32) primary key)")
        connection.execute("insert into public.alembic_version values ('aa')")
    with pytest.raises(MigrationError, match='keeps its revision in "public"') as caught:
        alembic_env.upgrade(plain, url)
    assert 'version_table_schema = "public"' in str(caught.value)
    settings = '[tool.dbtools]\nversion_table_schema = "public"\n'
    (plain.root / "pyproject.toml").write_text(settings)
    with alembic_env.own_environment():
        command.stamp(alembic_env.config(Project.find(plain.root), url), "aa")


def test_several_databases_are_refused_by_what_the_revision_asks_for(plain: Project, url: str) -> None:
    text = OUTSIDE.replace("def upgrade():", "def upgrade(engine_name):")
    (plain.migrations / "versions/bb_outside.py").write_text(text)
    with pytest.raises(MigrationError, match="revision bb failed in its Python code: TypeError") as caught:
        alembic_env.upgrade(plain, url)
    assert "several databases" in str(caught.value)


def test_dbtools_names_the_revision_too(plain: Project) -> None:
    (plain.migrations / "versions/bb_outside.py").write_text(OUTSIDE.replace('"aa"', '"cc"'))
    done = call("dbtools", "export", cwd=plain.root)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert "error: a revision follows 'cc', which is not there" in done.stderr
