"""The text of a stand-in: live's own version of an extension's script, and how to do without its library.

A line that begins with `--or ` is what to put in place of the line before it where the server's library does not have
what the script needs; to a server that has it, it is a comment. So one file serves both, and `fitted` takes the pick.
"""

from __future__ import annotations

import re

OR = "--or "

_C = re.compile(r"LANGUAGE c AS '((?:[^']|'')*)', '((?:[^']|'')*)'$", re.MULTILINE)
# What is quoted, or a name's schema.
_PART = r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|(?<![\w.\"$])(?P<schema>%s)\."


def without_library(text: str) -> str:
    """The script for a server that lacks the extension's library, or part of it."""
    kept: list[str] = []
    for line in text.split("\n"):
        if line.startswith(OR):
            kept[-1] = line.removeprefix(OR)
        else:
            kept.append(line)
    return "\n".join(kept)


def symbols(text: str) -> list[tuple[str, str]]:
    """The libraries and symbols that a script needs, in its order."""
    unquoted = [tuple(part.replace("''", "'") for part in found) for found in _C.findall(text)]
    return [(library, symbol) for library, symbol in dict.fromkeys(unquoted)]


def movable(text: str, schema: str) -> str:
    """The script with its own schema's name taken from CREATE EXTENSION; what is quoted stays."""
    pattern = re.compile(_PART % re.escape(schema), re.DOTALL)
    return pattern.sub(lambda found: "@extschema@." if found["schema"] else found[0], text)
