"""The simulation that comes along, and a node's options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loop import node
from loop.errors import ConfigError
from loop.node.simulation import simulate


def test_a_job_has_the_same_result_however_it_is_cut() -> None:
    config = {"baseDps": 500, "damageSpread": 0.3}
    whole = simulate(config, 50, 1000)
    parts = [simulate(config, n, offset) for n, offset in ((20, 1000), (1, 1020), (29, 1021))]
    assert whole == simulate(config, 50, 1000)
    assert sum(p["meanDps"] * p["iterations"] for p in parts) / 50 == pytest.approx(whole["meanDps"], rel=1e-12)
    assert min(p["minDps"] for p in parts) == whole["minDps"]
    assert max(p["maxDps"] for p in parts) == whole["maxDps"]
    squares = sum(p["iterations"] * (p["stdDps"] ** 2 + p["meanDps"] ** 2) for p in parts) / 50
    assert (squares - whole["meanDps"] ** 2) ** 0.5 == pytest.approx(whole["stdDps"], rel=1e-6)


def test_the_mean_is_what_the_config_says_it_should_be() -> None:
    assert simulate({}, 400, 0)["meanDps"] == pytest.approx(1000 * 1.25, rel=0.01)
    steady = simulate({"baseDps": 700, "critChance": 0, "damageSpread": 0}, 3, 0)
    assert steady["minDps"] == steady["maxDps"] == pytest.approx(700)


@pytest.mark.parametrize(
    "config",
    [{"baseDps": "much"}, {"baseDps": True}, {"critChance": -1}, {"attackSeconds": 0}, {"fightSeconds": 1e12}],
)
def test_a_config_that_makes_no_fight_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be a number|a fight needs"):
        simulate(config, 1, 0)


@pytest.mark.parametrize("reference", ["", "loop", "nowhere:run", "loop.node.simulation:nothing", "math:pi", ":x"])
def test_a_simulation_that_is_not_there_is_named(reference: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        node.run(node.NodeOptions(("http://127.0.0.1:1",), tmp_path / "config.ini", simulation=reference))
    assert not (tmp_path / "config.ini").exists()


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    fine = node.NodeOptions(("http://127.0.0.1:1",), tmp_path / "config.ini")
    for wrong in (
        {"interval": 0.0},
        {"processes": -1},
        {"timeout": -1.0},
        {"memory": -1.0},
        {"grace": 0.0},
        {"sentinels": ("127.0.0.1:1",)},
        {"one_shot": True},
        {"program": "'"},
        {"program": " "},
    ):
        with pytest.raises(ConfigError):
            node.run(replace(fine, **wrong))
