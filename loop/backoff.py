"""How long to wait before a call is repeated."""

from __future__ import annotations

import random
import re
import time
from email.utils import parsedate_to_datetime

import httpx

# Seconds before the first repetition and before the last ones, doubled in between; and the most a server may ask for.
FIRST, LAST, LONGEST = 0.5, 30.0, 300.0


class Backoff:
    """The pauses between the attempts at one call."""

    def __init__(self) -> None:
        self._next = FIRST

    def pause(self, asked: float = 0.0) -> float:
        """Seconds until the next attempt: twice as long each time, a fifth more or less, and no less than was asked."""
        pause = self._next * random.uniform(0.8, 1.2)  # noqa: S311 -- no secret
        self._next = min(self._next * 2, LAST)
        return max(pause, min(asked, LONGEST) * random.uniform(1.0, 1.1))  # noqa: S311

    def reset(self) -> None:
        """Begin anew: there was an answer."""
        self._next = FIRST


def retry_after(response: httpx.Response) -> float:
    """For how many seconds a server wants to be left alone; 0 if it does not say so."""
    given = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", given):
        return float(given)
    when = date_of(given)
    return max(0.0, when - time.time()) if when else 0.0


def date_of(text: str) -> float | None:
    """The Unix time of a date as HTTP writes it; None if it is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError):
        return None
