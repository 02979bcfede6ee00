"""What `json.loads` would take without a word, and two readers would understand differently; for its hooks."""

from __future__ import annotations

import math
from typing import Any, NoReturn


def no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object (`object_pairs_hook`).

    Raises:
        ValueError: a key stands twice in it.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def no_number(text: str) -> NoReturn:
    """NaN or an infinity (`parse_constant`).

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{text} is no JSON number")


def finite(text: str) -> float:
    """A number with a fraction or an exponent (`parse_float`).

    Raises:
        ValueError: it is too great for a float.
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{cut(text)} is out of range")
    return value


def cut(text: str) -> str:
    """A text as it is shown in an error."""
    return text if len(text) <= 40 else f"{text[:30]}…"
