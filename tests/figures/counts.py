"""How often each figure is tried: small counts in every test run, the full ones for `make figures`."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """One field per number that a figure depends on."""

    kills: int
    racing_calls: int
    racing_rounds: int
    workers: int
    chunks: int
    aggregate_rounds: int
    aggregates: int
    every_gate: bool
    crashes: int
    lost_nodes: int
    crash_chunks: int
    quota_rounds: int
    lives: int
    steps: int
    edits: int
    runner_pairs: int
    blocked_seconds: float
    chaos_rounds: int
    troubles: int
    every_nth_defect: int
    every_liar: bool
    crowd_chunks: int
    rename_histories: int


SMALL = Counts(
    kills=40,
    racing_calls=8,
    racing_rounds=8,
    workers=8,
    chunks=600,
    aggregate_rounds=12,
    aggregates=60,
    every_gate=False,
    crashes=2,
    lost_nodes=10,
    crash_chunks=150,
    quota_rounds=3,
    lives=15,
    steps=30,
    edits=4,
    runner_pairs=2,
    blocked_seconds=2,
    chaos_rounds=1,
    troubles=6,
    every_nth_defect=12,
    every_liar=False,
    crowd_chunks=500,
    rename_histories=1,
)
LARGE = Counts(
    kills=1000,
    racing_calls=32,
    racing_rounds=100,
    workers=32,
    chunks=10_000,
    aggregate_rounds=400,
    aggregates=5000,
    every_gate=True,
    crashes=20,
    lost_nodes=200,
    crash_chunks=4000,
    quota_rounds=50,
    lives=1000,
    steps=50,
    edits=200,
    runner_pairs=50,
    blocked_seconds=30,
    chaos_rounds=20,
    troubles=600,
    every_nth_defect=1,
    every_liar=True,
    crowd_chunks=10_000,
    rename_histories=200,
)

FULL = os.environ.get("DBTOOLS_FIGURES") == "full"
COUNTS = LARGE if FULL else SMALL
