"""Ordinary Alembic revisions are exported exactly, or it is said which one cannot be, and what to do."""

from __future__ import annotations

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.errors import MigrationError
from dbtools.export import export, folder
from dbtools.postgres import script
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from tests.support.repository import Repository
from tests.support.system import value

EVERY_TYPE = """
import datetime, decimal, uuid
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision, down_revision = "0001", None


def upgrade():
    table = op.create_table(
        "t",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, server_default="50%", comment="100 % of it"),
        sa.Column("day", sa.Date),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("json", pg.JSONB),
        sa.Column("uuid", sa.Uuid),
        sa.Column("bytes", sa.LargeBinary),
        sa.Column("array", pg.ARRAY(sa.Text)),
        sa.Column("number", sa.Numeric),
        sa.Column("interval", sa.Interval),
        sa.Column("kind", sa.Enum("a", "b", name="kind")),
        sa.Column("python", sa.Integer, default=7),
    )
    row = {
        "id": 1,
        "text": "tab\\t, \\\\, ' and :name %s %(x)s 100% é",
        "day": datetime.date(2026, 1, 2),
        "at": datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.timezone.utc),
        "json": {"a": [1, "'"]},
        "uuid": uuid.UUID(int=1),
        "bytes": b"\\x00\\xff'",
        "array": ["x", "y'", None],
        "number": decimal.Decimal("1.50"),
        "interval": datetime.timedelta(days=1, seconds=2),
        "kind": "a",
    }
    op.bulk_insert(table, [row, {**row, "id": 2, "text": None, "json": None}])
    op.execute("insert into t (id, text) values (3, '50% \\\\:x')")
    op.execute(sa.text("insert into t (id, text) values (4, :text)").bindparams(text="a%b\\tc"))
    op.get_bind().execute(sa.insert(table), [{"id": 5, "day": datetime.date(2026, 1, 3)}, {"id": 6, "day": None}])
    op.execute(sa.update(table).where(table.c.id.in_([3, 4])).values(array=["1", "2"]))


def downgrade():
    op.drop_table("t")
"""
HEAD = "from alembic import op\nimport sqlalchemy as sa\nrevision, down_revision = {!r}, {!r}\n{}\n"


def add(project: Project, revision: str, after: object, body: str) -> None:
    text = HEAD.format(revision, after, body)
    (project.migrations / f"versions/{revision}_step.py").write_text(text)


def push(connection: psycopg.Connection, project: Project) -> list[str]:
    """Run the exported files as the Supabase CLI does; what Alembic's table holds after each."""
    heads = []
    for path in sorted((project.root / folder.PATH).glob("*.sql")):
        script.execute(connection, path)
        rows = connection.execute("select version_num from private.alembic_version order by 1").fetchall()
        heads.append(",".join(row[0] for row in rows))
    return heads


def test_values_of_every_type_arrive_as_they_do_without_an_export(
    repository: Repository, shadow: Shadow, platform: psycopg.Connection
) -> None:
    project = repository.project
    (project.migrations / "versions/0001_all.py").write_text(EVERY_TYPE)
    export(project)
    push(platform, project)
    url = shadow.create()
    alembic_env.upgrade(project, url)
    rows = "select t::text, (select col_description('t'::regclass, 2)), (select pg_get_expr(adbin, adrelid) "
    rows += "from pg_attrdef where adrelid = 't'::regclass and adnum = 2) from t order by id"
    with psycopg.connect(url) as connection:
        expected = connection.execute(rows).fetchall()
        assert len(expected) == 6
        assert platform.execute(rows).fetchall() == expected
    shadow.drop(url.rpartition("/")[2].partition("?")[0])


def test_branches_that_depend_on_each_other_keep_alembics_table_true(
    repository: Repository, shadow: Shadow, platform: psycopg.Connection
) -> None:
    project = repository.project
    nothing = "def upgrade():\n    op.execute('create table t{0} (id int)')\ndef downgrade():\n    pass\n"
    add(project, "a1", None, nothing.format("a1"))
    add(project, "b1", None, "branch_labels = 'other'\n" + nothing.format("b1"))
    add(project, "b2", "b1", "depends_on = 'a1'\n" + nothing.format("b2"))
    add(project, "a2", "a1", nothing.format("a2"))
    add(project, "m", ("a2", "b2"), "def upgrade():\n    pass\ndef downgrade():\n    pass\n")
    export(project)
    assert push(platform, project)[-1] == "m"
    assert value(platform, "select count(*) from pg_class where relname ~ '^t[ab][12]$'") == 4
    url = shadow.create()
    alembic_env.upgrade(project, url)
    assert export(project, check=True, url=url).ok
    shadow.drop(url.rpartition("/")[2].partition("?")[0])


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        (
            "def upgrade():\n    for row in op.get_bind().execute(sa.text('select 1')):\n        pass",
            r"revision 0001 cannot be written as SQL: it asks the database and goes on by the answer",
            "do block",
        ),
        (
            "def upgrade():\n    sa.inspect(op.get_bind())",
            r"revision 0001 cannot be written as SQL: 0001_step.py, line 5: NoInspectionAvailable",
            "op.get_bind",
        ),
        (
            "def upgrade(engine_name):\n    pass",
            r"revision 0001 cannot be written as SQL: TypeError: upgrade\(\) missing 1 required",
            "multidb",
        ),
        (
            "def upgrade():\n    op.execute(\"select ':x'\")",
            r"revision 0001 cannot be written as SQL: A value is required for bind parameter 'x'",
            "where it is text",
        ),
        (
            "import uuid\ndef upgrade():\n"
            "    t = sa.table('t', sa.column('n')) if 0 else sa.Table('t', sa.MetaData(), sa.Column('n', sa.Uuid, "
            "default=uuid.uuid4), sa.Column('m', sa.Text))\n    op.bulk_insert(t, [{'m': 'x'}])",
            r"value of column n is made by Python",
            "server_default",
        ),
    ],
)
def test_a_revision_that_cannot_be_followed_is_named_with_what_to_do(
    repository: Repository, body: str, message: str, hint: str
) -> None:
    add(repository.project, "0001", None, body)
    with pytest.raises(MigrationError, match=message) as caught:
        export(repository.project)
    assert hint in caught.value.hint
    assert not (repository.project.root / folder.PATH).exists()
