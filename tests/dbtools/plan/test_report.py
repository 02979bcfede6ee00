"""What stops an upgrade, and what is advice."""

from __future__ import annotations

from dbtools.plan.hazards import Finding
from dbtools.plan.report import Planned, PlanReport


def report(*findings: Finding) -> PlanReport:
    return PlanReport(["0001"], [Planned("0002", "A title", 1, (), findings)])


def test_a_note_is_advice_and_no_answer() -> None:
    assert report(Finding("integer-key", "app.t.id", "a key runs out")).exit_code == 0
    assert report(Finding("grant-to-public", "app.t", "everybody")).exit_code == 1
    assert PlanReport(["0001"], unknown=["x"]).exit_code == 2
