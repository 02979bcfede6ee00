"""Each hazard has a page that says what, why and the safe way, in SQL that can be read."""

from __future__ import annotations

import re

import pytest
from pglast.parser import parse_sql

from dbtools.plan.hazards import SEVERITY
from dbtools.project import Project
from tests.dbtools.plan.planted import PLANTED

# Of more than a line of SQL: see test_whole_revisions.py.
ELSEWHERE = {"in-use", "transaction-ended-early"}


@pytest.mark.parametrize("code", SEVERITY)
def test_a_hazard_has_its_page(project: Project, code: str) -> None:
    text = (project.root / f"docs/reference/hazards/{code}.md").read_text()
    assert text.startswith(f"# {code}\n\n{SEVERITY[code].capitalize()}. ")
    assert "## Why" in text
    [sql] = re.findall(r"## The safe way\n\n```sql\n(.*?)```", text, re.DOTALL)
    assert parse_sql(sql)
    assert f"[{code}]({code}.md)" in (project.root / "docs/reference/hazards/README.md").read_text()


def test_there_is_no_page_and_no_hazard_that_nobody_finds(project: Project) -> None:
    pages = {path.stem for path in (project.root / "docs/reference/hazards").glob("*.md")} - {"README"}
    assert pages == SEVERITY.keys()
    assert SEVERITY.keys() - {code for code, _, _ in PLANTED} == ELSEWHERE
