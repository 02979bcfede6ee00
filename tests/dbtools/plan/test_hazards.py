"""What is planted is found by its name, and what looks like it and harms nobody is passed over in silence."""

from __future__ import annotations

import pytest

from tests.dbtools.plan.conftest import Try
from tests.dbtools.plan.planted import HARMLESS, PLANTED


@pytest.mark.parametrize(("code", "name", "sql"), PLANTED, ids=[f"{code}-{name}" for code, name, _ in PLANTED])
def test_a_planted_hazard_is_found(planned: Try, code: str, name: str, sql: str) -> None:
    report = planned(sql)
    assert (code, name) in {(finding.code, finding.object) for finding in report.findings}


@pytest.mark.parametrize("sql", HARMLESS, ids=[sql.split("\n")[0][:60] for sql in HARMLESS])
def test_what_harms_nobody_is_passed_over(planned: Try, sql: str) -> None:
    report = planned(sql)
    assert [(finding.code, finding.object, finding.reason) for finding in report.findings] == []
    assert (report.exit_code, report.unknown, report.untried) == (0, [], [])
