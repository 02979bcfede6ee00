from __future__ import annotations

from pathlib import Path

import pytest

from dbtools.config import Project, database_url
from dbtools.errors import ConfigError


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


def test_a_folder_without_alembic_settings_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    with pytest.raises(ConfigError, match="no project") as caught:
        Project.find(tmp_path)
    assert "[tool.alembic]" in caught.value.hint


def test_a_broken_pyproject_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.alembic\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        Project.find(tmp_path)
