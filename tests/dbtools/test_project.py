from __future__ import annotations

from pathlib import Path

import pytest

from dbtools.errors import ConfigError
from dbtools.project import Limits, Project, database_url


def test_the_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://environment/db")
    assert database_url("postgresql://flag/db") == "postgresql://flag/db"
    assert database_url() == "postgresql://environment/db"


def test_without_a_url_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(ConfigError) as caught:
        database_url()
    assert "DATABASE_URL" in caught.value.hint
    assert "--db-url" in caught.value.hint


def test_sqlalchemys_spelling_of_a_url_is_understood() -> None:
    assert database_url("postgresql+psycopg://u:a+b@host/db") == "postgresql://u:a+b@host/db"


def test_a_project_is_found_from_below(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "%(here)s/db/migrations"\n'
        '[tool.dbtools]\nsql = "db/sql"\nversion_table_schema = "internal"\n'
    )
    below = tmp_path / "some" / "folder"
    below.mkdir(parents=True)
    project = Project.find(below)
    assert project.root == tmp_path.resolve()
    assert project.migrations == tmp_path.resolve() / "db/migrations"
    assert project.sql == tmp_path.resolve() / "db/sql"
    assert project.version_table_schema == "internal"


def test_an_alembic_ini_makes_a_project_and_wins_over_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.alembic]\nscript_location = "elsewhere"\n[tool.dbtools]\nversion_table_schema = "public"\n'
    )
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = app.db:revisions\nsqlalchemy.url = x:%%y\n")
    project = Project.find(tmp_path)
    assert project.migrations == tmp_path / "app/db/revisions"
    assert project.version_table_schema == "public"


def test_several_histories_in_an_alembic_ini_are_named(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[one]\nscript_location = a\n[two]\nscript_location = b\n")
    with pytest.raises(ConfigError, match="no section \\[alembic\\], but one, two") as caught:
        Project.find(tmp_path)
    assert "one history" in caught.value.hint


def test_a_folder_without_alembic_settings_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    with pytest.raises(ConfigError, match="no project") as caught:
        Project.find(tmp_path)
    assert "[tool.alembic]" in caught.value.hint


def test_a_broken_pyproject_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.alembic\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        Project.find(tmp_path)


def test_limits_are_written_as_postgres_writes_times(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.alembic]\n[tool.dbtools]\nlock_timeout = "500ms"\nlock_retries = 0\nstatement_timeout = "1.5 h"\n'
    )
    assert Project.find(tmp_path).limits == Limits(lock_timeout=0.5, lock_retries=0, statement_timeout=5400)


@pytest.mark.parametrize(
    "setting",
    [
        'lock_timeout = "0s"',
        "lock_timeout = 2",
        'statement_timeout = "1 day"',
        "lock_retries = -1",
        "lock_retries = true",
    ],
)
def test_limits_that_make_no_sense_are_named(tmp_path: Path, setting: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.alembic]\n[tool.dbtools]\n{setting}\n")
    with pytest.raises(ConfigError, match=setting.split(" ", maxsplit=1)[0]):
        Project.find(tmp_path)
