"""SQL with what is quoted in it made unreadable, so that a pattern finds nothing in what somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Callable

# Strings, quoted names and bodies; a comment is passed over, because an apostrophe in one begins nothing.
_QUOTED = re.compile(
    r"""--[^\n]*|(?P<quoted>\b[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|"[^"]*"|(\$(?:[^\W\d]\w*)?\$).*?\2)""", re.DOTALL
)


def masked(text: str) -> str:
    """The text with an x for each character between quotes: as long as before, so that offsets mean the same in both.

    (The scanner of Postgres knows strings too, and would be a fifth of a large pull.)
    """
    return _QUOTED.sub(lambda found: _blank(found[0]) if found["quoted"] else found[0], text)


def substituted(pattern: re.Pattern[str], text: str, by: Callable[[tuple[str, ...]], str]) -> str:
    """The text with what `by` makes of a match's groups in the place of each match outside of quotes."""
    parts, end = [], 0
    for found in pattern.finditer(masked(text)):
        groups = (text[slice(*found.span(group))] if found[group] else "" for group in range(1, pattern.groups + 1))
        parts += [text[end : found.start()], by(tuple(groups))]
        end = found.end()
    return "".join([*parts, text[end:]])


def _blank(quoted: str) -> str:
    return quoted[0] + "x" * (len(quoted) - 2) + quoted[-1]
