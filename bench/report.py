"""Turning samples into ratios, and ratios into a table or JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.works import Work


@dataclass(frozen=True)
class Measured:
    """A work and what every runner took for it.

    Attributes:
        work: what was measured.
        seconds: for each runner, floor first, one figure for each repetition; equal places belong together.
    """

    work: Work
    seconds: Mapping[str, Sequence[float]]

    @property
    def floor(self) -> str:
        """The runner that the others are held to."""
        return next(iter(self.seconds))

    @property
    def last(self) -> str:
        """The runner that has the aim."""
        return list(self.seconds)[-1]

    def ratio(self, runner: str, floor: str | None = None) -> float:
        """The median of the repetitions' own ratios: what slows a whole repetition down cancels out."""
        return median(self._ratios(runner, floor))

    def spread(self, runner: str) -> tuple[float, float]:
        """The smallest and the largest of these ratios."""
        ratios = self._ratios(runner, None)
        return min(ratios), max(ratios)

    def _ratios(self, runner: str, floor: str | None) -> list[float]:
        pairs = zip(self.seconds[runner], self.seconds[floor or self.floor], strict=True)
        return [mine / theirs for mine, theirs in pairs]

    def figure(self, runner: str) -> str:
        """The runner's median in the work's own unit."""
        seconds = median(self.seconds[runner])
        return f"{self.work.chunks / seconds:,.0f}/s" if self.work.unit == "/s" else f"{seconds * 1000:,.3g} ms"


def as_table(measured: Sequence[Measured]) -> Table:
    """One line for each work."""
    table = Table(title="time relative to the floor in the same repetition, medians; above 1 is slower")
    table.add_column("work")
    for column in ("floor", "fair", "ours", "from", "to", "aim", "ours / fair", "aim", "ours, absolute"):
        table.add_column(column, justify="right")
    for one in measured:
        low, high = one.spread(one.last)
        has_fair = "fair" in one.seconds
        table.add_row(
            one.work.title,
            one.figure(one.floor),
            f"{one.ratio('fair'):.2f}" if has_fair else "",
            f"{one.ratio(one.last):.2f}",
            f"{low:.2f}",
            f"{high:.2f}",
            f"≤ {one.work.aim}" if one.work.aim else "",
            f"{one.ratio(one.last, 'fair'):.2f}" if has_fair else "",
            f"≤ {one.work.aim_fair}" if one.work.aim_fair else "",
            one.figure(one.last),
        )
    return table


def as_json(measured: Sequence[Measured]) -> dict[str, Any]:
    """All samples (seconds) and what was made of them, with the machine."""
    return {
        "machine": {"cores": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()},
        "works": [
            {
                "name": one.work.name,
                "title": one.work.title,
                "chunks": one.work.chunks,
                "floor": one.floor,
                "ratios": {runner: round(one.ratio(runner), 3) for runner in one.seconds},
                "over_fair": round(one.ratio(one.last, "fair"), 3) if "fair" in one.seconds else None,
                "aim": one.work.aim,
                "aim_fair": one.work.aim_fair,
                "seconds": {runner: list(seconds) for runner, seconds in one.seconds.items()},
            }
            for one in measured
        ],
    }


def print_table(measured: Sequence[Measured]) -> None:
    """To standard output, as wide as it needs to be where that is no terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=140)
    console.print(as_table(measured))
