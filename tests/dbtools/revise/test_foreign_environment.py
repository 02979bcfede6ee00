"""Repositories with an env.py of their own: no command that reads runs it, so none of them writes to live."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import alembic
import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.init import init
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from tests.support.commands import call
from tests.support.system import value

TEMPLATES = Path(alembic.__file__).parent / "templates"
FROM_ENVIRONMENT = 'import os\nconfig.set_main_option("sqlalchemy.url", os.environ["DATABASE_URL"])\n'
PENDING = """
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.execute("create table public.pending (id int)")


def downgrade():
    pass
"""
FUNCTION = "create or replace function public.f() returns int language sql return 2;\n"
COMMANDS = [
    ("diff",),
    ("diff", "--sql"),
    ("revise", "-m", "Something"),
    ("verify",),
    ("verify", "--level", "sound"),
    ("pull", "-m", "By hand"),
    ("export", "--check"),
    ("audit", "--source", "."),
]
# Whatever is changed leaves a line here; whatever is written, a count in the statistics.
LOG = """
create table public.ddl_log (tag text);
create function public.log_ddl() returns event_trigger language plpgsql as
  $$ begin insert into public.ddl_log values (tg_tag); end $$;
create event trigger log_ddl on ddl_command_end execute function public.log_ddl();
"""
WRITTEN = """
select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_user_tables where relname <> 'ddl_log'
"""


@pytest.fixture
def live(shadow: Shadow) -> Iterator[str]:
    """A database whose role could do everything, with a baseline's worth of schema."""
    url = shadow.create()
    with psycopg.connect(url) as connection:
        connection.execute("create table public.t (id int primary key, a text)")
        connection.execute("create function public.f() returns int language sql return 1")
    yield url.replace("postgres@", f"{ADMIN}@")
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))


@pytest.mark.parametrize("template", ["generic", "multidb", "async", "broken"])
def test_no_command_runs_it_or_writes_to_live(template: str, live: str, tmp_path: Path) -> None:
    init(tmp_path)
    assert call("dbtools", "pull", cwd=tmp_path, url=live).returncode == 0
    project = Project.find(tmp_path)
    command.stamp(alembic_env.config(project, live), "0001")
    (project.migrations / "versions/0002_pending.py").write_text(PENDING)
    (project.sql / "functions/f.sql").write_text(
        "create or replace function public.f() returns int language sql return 2;\n"
    )
    environment = project.migrations / "env.py"
    if template == "broken":
        environment.write_text("raise SystemExit('the env.py of the project was run')\n")
    else:
        shutil.copy(TEMPLATES / template / "env.py", environment)
        text = environment.read_text()
        environment.write_text(
            text.replace("config = context.config\n", "config = context.config\n" + FROM_ENVIRONMENT)
        )
    with psycopg.connect(live, autocommit=True) as watcher:
        watcher.execute(LOG)
        watcher.execute("select pg_stat_force_next_flush()")
        before = value(watcher, WRITTEN)
        # What they have in common is tried with each; the rest with one.
        for words in COMMANDS if template == "generic" else COMMANDS[:1]:
            done = call("dbtools", *words, cwd=tmp_path, url=live)
            assert "Traceback" not in done.stderr, done.stderr
            assert "was run" not in done.stderr + done.stdout
        assert value(watcher, "select count(*) from public.ddl_log") == 0
        assert value(watcher, "select to_regclass('public.pending') is null") is True
        assert value(watcher, WRITTEN) == before
        others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        assert value(watcher, others + " and backend_type = 'client backend'") == 0


def test_init_says_what_to_change_in_it(tmp_path: Path) -> None:
    words = ["alembic", "init", "--template", "pyproject", "migrations"]
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
    program = Path(alembic.__file__).parents[4] / "bin" / words[0]
    subprocess.run([program, *words[1:]], cwd=tmp_path, check=True, capture_output=True, env=dict(os.environ))
    report = init(tmp_path)
    assert "migrations/env.py" in report.kept
    assert "from dbtools.alembic_env import run" in report.advice
    (tmp_path / "migrations/env.py").write_text("from dbtools.alembic_env import run\n\nrun()\n")
    assert init(tmp_path).advice == ""
