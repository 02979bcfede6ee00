"""What some extensions' C functions do without their library: few, and only those that a revision or its rows need.

`behaviour/NAME.sql` holds them, each under a line that says which function it is for; what is written there for
`beside` is made with the extension and goes with it, but is none of its members.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_BESIDE = "beside"


@cache
def of(extension: str) -> Mapping[str, str]:
    """The language and body of functions, each on one line, by name and argument types as regprocedure prints them."""
    return {name: text for name, text in _read(extension).items() if name != _BESIDE}


def beside(extension: str) -> str:
    """Statements to run before the members are made, on one line."""
    return _read(extension).get(_BESIDE, "")


@cache
def _read(extension: str) -> Mapping[str, str]:
    path = files("dbtools.platform.stand_in") / f"behaviour/{extension}.sql"
    if not path.is_file():
        return {}
    _, *parts = re.split(r"^-- for: (.*)$", path.read_text("utf-8"), flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)}
