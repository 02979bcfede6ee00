"""A project's shadow is of the newest Postgres that can hold what its revisions make."""

from __future__ import annotations

from pathlib import Path

from dbtools.errors import ShadowError
from dbtools.init import init
from dbtools.platform.facts import Facts, reference
from dbtools.platform.ground import folder
from dbtools.postgres.programs import binaries
from dbtools.project import Project
from dbtools.project.shadow import shadow_of
from tests.conftest import missing


def test_it_is_of_lives_own_version_where_a_collation_needs_what_the_wheel_was_built_without(tmp_path: Path) -> None:
    try:
        binaries(15)
    except ShadowError as error:
        missing(error.message)
    init(tmp_path)
    project = Project.find(tmp_path)
    Facts.of_rows(reference().rows, major=15).write(folder(project.migrations))
    versions = project.migrations / "versions"
    versions.mkdir(exist_ok=True)
    assert shadow_of(project).server.major == 18
    for text in (
        "CREATE COLLATION public.numeric (provider = icu, locale = 'en');",
        "CREATE VIEW public.v AS SELECT XMLELEMENT(NAME a) AS x;",
    ):
        (versions / "0001_baseline.up.sql").write_text(text)
        assert shadow_of(project).server.major == 15
    Facts.of_rows(reference().rows, major=13).write(folder(project.migrations))
    assert shadow_of(project).server.major == 18
