"""A stranger's repository: init, pull, and the next edit starts in sql/."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbtools.errors import ConfigError, PullError
from dbtools.init import init
from dbtools.postgres.embedded import temporary_place
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from dbtools.pull import PullOptions, pull
from dbtools.revise import pending
from dbtools.runner.head import at_head
from tests.conftest import Connect

SCHEMAS = Path(__file__).parents[2] / "support/schemas"
DBTOOLS = str(Path(sys.executable).with_name("dbtools"))


@pytest.fixture
def live(shadow: Shadow) -> Iterator[str]:
    url = shadow.create()
    with psycopg.connect(url) as connection:
        for name in ("functions", "views", "partitions"):
            connection.execute((SCHEMAS / f"{name}.sql").read_bytes())
    yield url
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def test_what_a_stranger_types(live: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": live, "PATH": "/usr/bin:/bin"}

    def run(*words: str) -> int:
        program = str(Path(sys.executable).with_name(words[0]))
        return subprocess.run([program, *words[1:]], cwd=tmp_path, env=env, check=False).returncode

    assert [run("dbtools", "init"), run("dbtools", "pull")] == [0, 0]
    assert (tmp_path / "sql/functions/area.sql").read_text().count("create or replace function") == 3
    assert (tmp_path / "sql/policies/accounts.sql").exists()
    assert [run("alembic", "stamp", "0001"), run("dbtools", "verify")] == [0, 0]
    # A second time, nothing has changed, and nothing is written.
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert [run("dbtools", "pull"), run("dbtools", "init")] == [0, 0]
    assert {path: path.read_bytes() for path in before} == before


def test_what_is_laid_out_is_what_the_baseline_makes(live: str, tmp_path: Path, shadow: Shadow) -> None:
    """Applied where nothing was, too: `dbtools revise` finds nothing to do."""
    init(tmp_path)
    project = Project.find(tmp_path)
    report = pull(live, project.migrations, shadow=shadow, options=PullOptions(objects_in=project))
    assert (report.ok, report.objects > 15) == (True, True)
    with at_head(project, shadow) as url:
        assert pending(url, project) is None


def test_git_leaves_the_ends_of_lines_in_sql_alone(tmp_path: Path) -> None:
    init(tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    names = ["migrations/versions/0001_baseline.up.sql", "sql/functions/app/f.sql"]
    asked = ["git", "-C", str(tmp_path), "check-attr", "text", *names]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [f"{name}: text: unset" for name in names]


def test_files_of_sql_are_never_overwritten(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "sql/functions").mkdir()
    (tmp_path / "sql/functions/mine.sql").write_text("mine")
    project = Project.find(tmp_path)
    with pytest.raises(PullError, match=r"already holds functions/mine\.sql") as caught:
        pull("postgresql://127.0.0.1:1/none", project.migrations, options=PullOptions(objects_in=project))
    assert "--no-objects" in caught.value.hint


def test_init_adds_and_never_overwrites(tmp_path: Path) -> None:
    mine = '[project]\nname = "shop"\n\n[tool.other]\nx = 1'
    (tmp_path / "pyproject.toml").write_text(mine)
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/env.py").write_text("mine")
    assert init(tmp_path).kept == ("migrations/env.py",)
    assert (tmp_path / "pyproject.toml").read_text().startswith(mine)
    assert (tmp_path / "migrations/env.py").read_text() == "mine"
    assert Project.find(tmp_path).migrations == tmp_path / "migrations"
    assert init(tmp_path).written == ()


def test_init_follows_an_alembic_ini(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/db/alembic\n")
    report = init(tmp_path)
    assert report.written == (
        "pyproject.toml", "db/alembic/env.py", "db/alembic/script.py.mako", "sql/README", "db/alembic/.gitattributes",
        "sql/.gitattributes",
    )  # fmt: skip
    assert "[tool.alembic]" not in (tmp_path / "pyproject.toml").read_text()
    assert init(tmp_path).written == ()
    assert Project.find(tmp_path).migrations == tmp_path / "db/alembic"


def test_settings_that_cannot_be_added_are_given_to_add_by_hand(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool = { other = 1 }\n")
    with pytest.raises(ConfigError, match="cannot be added") as caught:
        init(tmp_path)
    assert "[tool.alembic]" in caught.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pyproject.toml"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for temporary files that the server's user reaches too, which pytest's own is not."""
    with tempfile.TemporaryDirectory(dir=temporary_place()) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.mark.parametrize("ending", ["interrupt", "terminate", "connection"])
def test_a_pull_that_is_ended_leaves_nothing(
    ending: str, live: str, tmp_path: Path, place: Path, connect: Connect
) -> None:
    """It is held where it stands: pg_dump waits for a lock, and a shadow is running beside it."""
    home = tmp_path / "repository"
    home.mkdir()
    holder = connect(live, autocommit=False)
    holder.execute("create table public.held (id integer)")
    holder.commit()
    holder.execute("lock table public.held in access exclusive mode")
    watcher = connect(live, user=ADMIN)
    # With more patience than there is for other people's locks otherwise.
    program = (
        "import sys, dbtools.pull.dump, dbtools.cli\n"
        "dbtools.pull.dump.LOCK_WAIT = '60s'\n"
        "sys.argv = ['dbtools', 'pull']\n"
        "dbtools.cli.main()\n"
    )
    env = {**os.environ, "DATABASE_URL": live, "TMPDIR": str(place)}
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=home, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        waiting = (
            "select pid from pg_stat_activity where application_name = 'dbtools-pull' and wait_event_type = 'Lock'"
        )
        while not (pids := watcher.execute(waiting).fetchall()) or not list(
            place.glob("dbtools-*/data/postmaster.pid")
        ):
            assert running.poll() is None, running.stderr and running.stderr.read()
        if ending == "connection":
            watcher.execute("select pg_terminate_backend(%s)", [pids[0][0]])
        else:
            running.send_signal(signal.SIGINT if ending == "interrupt" else signal.SIGTERM)
        code = running.wait(60)
        said = running.stderr.read() if running.stderr else ""
    assert code == {"interrupt": 130, "terminate": 143, "connection": 2}[ending]
    assert "Traceback" not in said
    assert ("terminating connection" in said) == (ending == "connection")
    assert [*place.iterdir(), *home.iterdir()] == []
    # A server looks for its client again only once it need not wait any more.
    holder.rollback()
    gone = "select count(*) from pg_stat_activity where application_name = 'dbtools-pull'"
    while watcher.execute(gone).fetchone() != (0,):
        pass
    left = subprocess.run(["pgrep", "-s", str(running.pid)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
