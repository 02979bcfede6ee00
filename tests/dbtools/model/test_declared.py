from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dbtools.errors import ConfigError
from dbtools.model.declared import Declared
from dbtools.project import Project
from dbtools.project.sql_folder import declared


@pytest.fixture
def empty(tmp_path: Path, project: Project) -> Project:
    return replace(project, sql=tmp_path / "sql")


def add(project: Project, path: str) -> Path:
    file = project.sql / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("select 1;\n")
    return file


def test_a_path_says_which_object_a_file_holds(empty: Project) -> None:
    function = add(empty, "functions/create_job.sql")
    private = add(empty, "functions/private/create_job.sql")
    trigger = add(empty, "triggers/jobs_chunks.trg_pending_chunk.sql")
    policies = add(empty, "policies/jobs.sql")
    assert declared(empty) == [
        Declared("function", "private", "create_job", "", private),
        Declared("function", "public", "create_job", "", function),
        Declared("policies", "public", "jobs", "", policies),
        Declared("trigger", "public", "trg_pending_chunk", "jobs_chunks", trigger),
    ]


@pytest.mark.parametrize("path", ["loose.sql", "procedures/p.sql", "functions/a/b/c.sql"])
def test_a_file_where_no_object_belongs_is_an_error(empty: Project, path: str) -> None:
    add(empty, path)
    with pytest.raises(ConfigError, match="no known folder"):
        declared(empty)


def test_a_trigger_file_must_name_its_table(empty: Project) -> None:
    add(empty, "triggers/trg_pending_chunk.sql")
    with pytest.raises(ConfigError, match="names no table"):
        declared(empty)


def test_without_an_sql_folder_nothing_is_declared(empty: Project) -> None:
    assert declared(empty) == []
