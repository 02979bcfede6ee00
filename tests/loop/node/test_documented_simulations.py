"""The simulations of docs/howto/write-a-simulation.md, as they stand there."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dbtools.project import Project
from loop.node.limits import Limits
from loop.node.memory import MemoryWatch
from loop.node.process import SimulationError
from loop.node.program import Command, Program, python_command


@pytest.fixture
def page(project: Project) -> str:
    return (project.root / "docs/howto/write-a-simulation.md").read_text()


@pytest.fixture
def folder(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where each of the page's files is."""
    for code in re.findall(r"```(?:python|js|sh)\n(.*?)```", page, re.DOTALL):
        [name] = re.findall(r"^(?:#|//) (fight\.\w+)$", code, re.MULTILINE)
        (tmp_path / name).write_text(code)
    assert {path.name for path in tmp_path.iterdir()} == {"fight.py", "fight.mjs", "fight.sh"}
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """What starts that file."""
    monkeypatch.syspath_prepend(str(folder))
    commands = {
        "fight.py": python_command("fight:simulate"),
        "fight.mjs": Command(["node", "fight.mjs"]),
        "fight.sh": Command(["sh", "fight.sh"], one_shot=True),
    }
    return commands[name]


def results(asked: Command, config: dict[str, Any], *chunks: tuple[int, int]) -> list[dict[str, Any]]:
    async def ask() -> list[dict[str, Any]]:
        program = Program(asked, MemoryWatch(), lambda _: None)
        try:
            return [await program.compute(config, count, offset, Limits(30)) for count, offset in chunks]
        finally:
            await program.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("name", ["fight.py", "fight.mjs", "fight.sh"])
def test_a_job_has_the_same_result_however_it_is_cut(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = command(folder, name, monkeypatch)
    whole, *parts = results(asked, {"baseDps": 1000}, (60, 0), (20, 0), (1, 20), (39, 21))
    assert whole["iterations"] == sum(part["iterations"] for part in parts) == 60
    mean = sum(part["meanDps"] * part["iterations"] for part in parts) / 60
    squares = sum(part["iterations"] * (part["stdDps"] ** 2 + part["meanDps"] ** 2) for part in parts) / 60
    assert mean == pytest.approx(whole["meanDps"], rel=1e-12)
    assert (squares - mean**2) ** 0.5 == pytest.approx(whole["stdDps"], rel=1e-6)
    assert min(part["minDps"] for part in parts) == whole["minDps"]
    assert max(part["maxDps"] for part in parts) == whole["maxDps"]


@pytest.mark.parametrize(
    ("name", "config", "reason"),
    [
        ("fight.py", {"baseDps": 1, "spread": 2}, "spread must lie between 0 and 1"),
        ("fight.mjs", {"baseDps": "much"}, "baseDps must be a number, zero or more"),
    ],
)
def test_what_makes_no_fight_is_refused_with_a_reason(
    folder: Path, name: str, config: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SimulationError, match=reason):
        results(command(folder, name, monkeypatch), config, (10, 0))


def test_it_can_be_tried_without_a_node(page: str, folder: Path) -> None:
    [(line, answer)] = re.findall(r"^\$ (echo .*)\n(\{.*\})$", page, re.MULTILINE)
    done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == answer + "\n"
    assert json.loads(answer)["result"]["iterations"] == 3
