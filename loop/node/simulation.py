"""Simulations in Python, named `module:function`, and a small one that comes along.

A simulation is a function `simulate(config, iterations, seed_offset)`. `config` is the job's config, with the rotation
it names as `{"id", "script"}` under the key `rotation`. It returns `meanDps`, `stdDps`, `minDps`, `maxDps` (damage per
second) and `iterations`. Iteration `i` of a call may depend on nothing but the config and `seed_offset + i`; then a job
has the same result however it is cut into chunks.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from loop.errors import ConfigError

Result = dict[str, Any]
Simulation = Callable[[dict[str, Any], int, int], Result]

DEFAULT = "loop.node.simulation:simulate"

# What the simulation below reads from a config, and what it takes where a key is missing. All of it is invented.
DEFAULTS = {
    "baseDps": 1000.0,  # damage per second without critical hits
    "critChance": 0.25,  # how many hits are critical, 0 to 1
    "critMultiplier": 2.0,  # what a critical hit is worth
    "damageSpread": 0.1,  # each hit is off by up to this fraction, 0 to 1
    "fightSeconds": 300.0,  # how long a fight lasts
    "attackSeconds": 0.3,  # how long it takes from one hit to the next
}
_MOST_HITS = 100_000


def simulate(config: Mapping[str, Any], iterations: int, seed_offset: int) -> Result:
    """Fight `iterations` times and say how much damage per second that made.

    `stdDps` is the standard deviation of exactly these fights (divided by their number, not by one less).

    Raises:
        ValueError: a value in the config that makes no fight, or no iterations.
    """
    base, chance, multiplier, spread, fight, attack = (_number(config, key) for key in DEFAULTS)
    if iterations < 1 or attack <= 0 or not 1 <= fight / attack <= _MOST_HITS:
        raise ValueError(f"a fight needs 1 to {_MOST_HITS} hits, and a run at least one fight")
    hits = int(fight / attack)
    # A fight's sum over this is its damage per second.
    per_hit = base / hits
    results = []
    for i in range(iterations):
        draw = Random(seed_offset + i).random  # noqa: S311 -- a simulation, not a secret
        total = 0.0
        for _ in range(hits):
            damage = 1.0 + spread * (2.0 * draw() - 1.0)
            total += damage * multiplier if draw() < chance else damage
        results.append(total * per_hit)
    mean = math.fsum(results) / iterations
    return {
        "meanDps": mean,
        "stdDps": math.sqrt(math.fsum((x - mean) ** 2 for x in results) / iterations),
        "minDps": min(results),
        "maxDps": max(results),
        "iterations": iterations,
    }


def load(reference: str) -> Simulation:
    """The function that `module:function` names.

    Raises:
        ConfigError: there is no such thing.
    """
    module, _, name = reference.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"no simulation {reference!r}: {error}",
            hint="name it as module:function; its folder must be installed or on PYTHONPATH",
        ) from error
    if not callable(function):
        raise ConfigError(f"{reference} is no function", hint="name it as module:function")
    found: Simulation = function
    return found


def _number(config: Mapping[str, Any], key: str) -> float:
    value = config.get(key, DEFAULTS[key])
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{key} must be a number, zero or more")
    return float(value)
