"""The figures: each test counts what a promise forbids, and `make figures` prints them as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from rich import box
from rich.console import Console
from rich.table import Table

from tests.figures.counts import FULL

Figure = Callable[..., None]
RECORDED = pytest.StashKey[list[tuple[str, str, str]]]()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Iterator[Figure]:
    """`figure(promise, tried, lost=0, …)`: what was tried for a promise, and what came out, as counts that must be 0.

    A test that ends before it could say so stands in the table as broken off.
    """
    recorded = request.config.stash.setdefault(RECORDED, [])
    before = len(recorded)

    def record(promise: str, tried: str, **forbidden: int) -> None:
        found = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in forbidden.items())
        recorded.append((promise, tried, found))
        assert not any(forbidden.values()), f"{promise}: {found}"

    yield record
    if len(recorded) == before:
        recorded.append((request.node.name, "broken off", ""))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash.get(RECORDED, [])
    if not (FULL and rows):
        return
    table = Table("promise", "figure", "what came out", box=box.SIMPLE)
    for row in rows:
        table.add_row(*row)
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        console.print(table)
    terminalreporter.section("figures")
    terminalreporter.write(captured.get())
