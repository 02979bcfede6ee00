"""A comment on a pull request is short, cannot be broken out of, and is never longer than one may be."""

from __future__ import annotations

from dbtools.plan.hazards import Finding
from dbtools.plan.report import Planned, PlanReport


def report(*findings: Finding) -> PlanReport:
    return PlanReport(["0001"], [Planned("0002", "A title", 1, (), findings)])


def test_a_comment_is_bounded_and_its_folds_are_closed() -> None:
    many = [Finding("truncate", f"app.t{n}", "x" * 2000, "truncate") for n in range(1000)]
    text = report(*many).as_markdown()
    assert len(text) < 65_536
    assert text.count("<details>") == text.count("</details>")
    assert "… and more" in text


def test_names_cannot_break_out_of_a_comment() -> None:
    text = report(Finding("truncate", "app.a|b\n<img src=x> @team `c`", "3 rows are lost")).as_markdown()
    assert "<img" not in text
    assert "@team" not in text
    [row] = [line for line in text.splitlines() if line.startswith("| 🛑")]
    assert row.replace("\\|", "").count("|") == 5


def test_a_note_is_advice_and_no_answer() -> None:
    assert report(Finding("integer-key", "app.t.id", "a key runs out")).exit_code == 0
    assert report(Finding("grant-to-public", "app.t", "everybody")).exit_code == 1
    assert PlanReport(["0001"], unknown=["x"]).exit_code == 2
