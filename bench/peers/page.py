"""docs/performance.md, written from the samples; nobody edits what it writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.peers.drive import Sample

NOTES = Path(__file__).with_name("notes.md")


@dataclass(frozen=True)
class Line:
    """One work.

    Attributes:
        name: for `--only`.
        title: what is done.
        must: what ours should take at most, times the floor.
        aim: what it should take.
        samples: for each queue one for each repetition; equal places were measured in turn.
    """

    name: str
    title: str
    must: float
    aim: float
    samples: Mapping[str, Sequence[Sample]]

    def ratios(self, queue: str, of: str) -> list[float]:
        """To the floor's within the same repetition, so that what slows the machine for a while slows both."""
        pairs = zip(self.samples[queue], self.samples["floor"], strict=False)
        return [getattr(mine, of) / getattr(floors, of) for mine, floors in pairs]


def write(path: Path, lines: Sequence[Line], facts: Mapping[str, str], queues: Sequence[tuple[str, str, str]]) -> None:
    """The page.

    Args:
        path: where.
        lines: the works, measured.
        facts: what it was measured on, by name.
        queues: of each, its name, version and what it keeps of a finished chunk.
    """
    names = [name for name, *_ in queues]
    text = ["# How fast, beside other queues", "", "Written by `make bench`; what is below the figures, by people.", ""]
    text += ["| | |", "|---|---|", *(f"| {key} | {value} |" for key, value in facts.items()), ""]
    text += ["## Time, times the floor's", "", *_table(lines, names, "seconds"), ""]
    text += ["Medians of the ratios within each repetition, the least and the greatest in brackets.", ""]
    text += ["## Processor time of the server, times the floor's", "", *_table(lines, names, "processor"), ""]
    text += ["## WAL, times the floor's", "", *_table(lines, names, "wal"), ""]
    text += ["## Who was measured", "", "| | version | keeps of a finished chunk |", "|---|---|---|"]
    text += [f"| {name} | {version} | {keeps} |" for name, version, keeps in queues]
    path.write_text("\n".join(text) + "\n\n" + NOTES.read_text())


def _table(lines: Sequence[Line], names: Sequence[str], of: str) -> list[str]:
    others = [name for name in names if name != "floor"]
    limits = " must | aim |" if of == "seconds" else ""
    table = [
        f"| work | floor | {' | '.join(others)} |{limits}",
        "|---|--:|" + "--:|" * (len(others) + limits.count("|")),
    ]
    for line in lines:
        floor = median(getattr(sample, of) for sample in line.samples["floor"])
        figure = f"{floor:.0f} B" if of == "wal" else f"{floor * 1e6:.1f} µs"
        cells = [_cell(line.ratios(name, of)) if line.samples.get(name) else "-" for name in others]
        limit = f" {line.must} | {line.aim} |" if limits else ""
        table.append(f"| {line.title} | {figure} | {' | '.join(cells)} |{limit}")
    return table


def _cell(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def as_json(lines: Sequence[Line]) -> str:
    """All samples."""
    return json.dumps(
        {line.name: {queue: [vars(s) for s in samples] for queue, samples in line.samples.items()} for line in lines},
        indent=1,
    )
