"""A job's story: who computed which chunk when, and how its mean and the error of that settled."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import DictRow

Fields = dict[str, Any]

# Nodes with a lane of their own in the picture, points of the curve, bars of the histogram.
LANES = 12
POINTS = 240
BARS = 24


def tell(job: DictRow, chunks: Sequence[DictRow], checks: Mapping[str, DictRow], names: Mapping[str, str]) -> Fields:
    """Everything that the page draws.

    Args:
        job: the row of `queries.JOB`.
        chunks: those of `queries.JOB_CHUNKS`, in the order of their ends.
        checks: those of `queries.JOB_CHECKS` by chunk; empty where they may not be read.
        names: the names of nodes by id.
    """
    return {
        "job": job,
        "statuses": Counter(chunk["status"] for chunk in chunks),
        "timeline": _timeline(chunks, checks, names, job["now"]),
        "convergence": convergence(chunks),
        "means": histogram([chunk["result"]["meanDps"] for chunk in chunks if _figures(chunk)]),
        "attempts": Counter(str(chunk["attempts"]) for chunk in chunks if chunk["attempts"]),
        "checks": Counter(f"{check['reason']}: {check['verdict'] or 'open'}" for check in checks.values()),
        "troubles": _troubles(chunks, names),
    }


def busiest(chunks: Sequence[DictRow]) -> list[str]:
    """The nodes that get lanes, those with most chunks first."""
    return [node for node, _ in Counter(str(chunk["node"]) for chunk in chunks if chunk["node"]).most_common(LANES)]


def convergence(chunks: Sequence[DictRow]) -> list[tuple[int, float, float | None]]:
    """(iterations, mean, standard error) after each chunk, thinned out to about `POINTS`.

    The last one is the job's result. The error is None until there is any spread to tell it from.
    """
    done, mean, squares = 0, 0.0, 0.0
    found: list[tuple[int, float, float | None]] = []
    for chunk in filter(_figures, chunks):
        n, result = int(chunk["iterations"]), chunk["result"]
        total = done + n
        off = result["meanDps"] - mean
        # Variance within the chunks plus variance between their means (Chan, Golub and LeVeque's update).
        squares += n * result["stdDps"] ** 2 + off * off * done * n / total
        mean += off * n / total
        done = total
        found.append((done, mean, math.sqrt(squares) / done if squares > 0 else None))
    step = max(1, math.ceil(len(found) / POINTS))
    thinned = found[::step]
    return thinned if not found or thinned[-1] == found[-1] else [*thinned, found[-1]]


def histogram(values: Sequence[float]) -> Fields | None:
    """`{"low", "high", "counts"}`, or None where the values are too few or all the same."""
    if len(values) < 8 or not max(values) > min(values):
        return None
    low, high = min(values), max(values)
    bars = min(BARS, max(6, round(math.sqrt(len(values)))))
    counts = [0] * bars
    for value in values:
        counts[min(int((value - low) / (high - low) * bars), bars - 1)] += 1
    return {"low": low, "high": high, "counts": counts}


def _figures(chunk: DictRow) -> bool:
    """Whether it has results that count; old data was never checked."""
    result = chunk["result"]
    if chunk["status"] != "completed" or not isinstance(result, dict):
        return False
    figures = [result.get(name) for name in ("meanDps", "stdDps")]
    return all(isinstance(one, (int, float)) and abs(one) < 1e150 for one in figures)


def _timeline(
    chunks: Sequence[DictRow], checks: Mapping[str, DictRow], names: Mapping[str, str], now: datetime
) -> Fields:
    """Lanes of bars `[begin, end, kind]` in Unix seconds; kind: done, again, disputed, running, held, failed."""
    lanes: dict[str, Fields] = {node: {"id": node, "name": names.get(node), "bars": []} for node in busiest(chunks)}
    others: Fields = {"id": None, "name": None, "bars": []}
    for chunk in chunks:
        if chunk["node"] is None or (begin := chunk["claimed_at"]) is None:
            continue
        end = chunk["completed_at"] or now
        bar = [begin.timestamp(), max(end, begin).timestamp(), _kind(chunk, checks.get(str(chunk["id"])))]
        lanes.get(str(chunk["node"]), others)["bars"].append(bar)
    return {
        "lanes": [*lanes.values(), *([others] if others["bars"] else [])],
        "waiting": sum(chunk["status"] == "pending" for chunk in chunks),
    }


def _kind(chunk: DictRow, check: DictRow | None) -> str:
    if check and check["verdict"] in {"corrected", "undecided"}:
        return "disputed"
    if chunk["held_back"]:
        return "held"
    if chunk["status"] in {"running", "failed"}:
        return str(chunk["status"])
    return "again" if chunk["attempts"] > 1 else "done"


def _troubles(chunks: Sequence[DictRow], names: Mapping[str, str]) -> list[Fields]:
    """What went wrong with chunks, most often first."""
    counted = Counter(chunk["error"] for chunk in chunks if chunk["error"])
    nodes = {chunk["error"]: chunk["node"] for chunk in chunks if chunk["error"] and chunk["node"]}
    return [
        {"error": error, "chunks": number, "node": nodes.get(error), "name": names.get(str(nodes.get(error)))}
        for error, number in counted.most_common(10)
    ]
