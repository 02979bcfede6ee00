"""The page of figures says what was measured, and nothing else."""

from __future__ import annotations

from pathlib import Path

from bench.peers.drive import Sample
from bench.peers.page import Line, write


def test_ratios_are_taken_within_a_repetition_and_a_queue_without_figures_has_none(tmp_path: Path) -> None:
    floor = [Sample(0.001, 0.001, 100), Sample(0.010, 0.010, 100), Sample(0.001, 0.001, 100)]
    ours = [Sample(0.002, 0.003, 150), Sample(0.030, 0.040, 150), Sample(0.004, 0.005, 150)]
    page = tmp_path / "performance.md"
    queues = [("floor", "", "result"), ("ours", "0048", "result, aggregate"), ("other", "1.0", "nothing")]
    line = Line("drain", "one job", 1.6, 1.2, {"floor": floor, "ours": ours})
    write(page, [line], {"machine": "of the test"}, queues)
    text = page.read_text()
    assert "| one job | 1000.0 µs | 3.00 (2.00 to 4.00) | - | 1.6 | 1.2 |" in text
    assert "| one job | 1000.0 µs | 4.00 (3.00 to 5.00) | - |" in text
    assert "| one job | 100 B | 1.50 (1.50 to 1.50) | - |" in text
    assert "| machine | of the test |" in text
    assert "| other | 1.0 | nothing |" in text
