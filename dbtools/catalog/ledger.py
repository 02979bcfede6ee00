"""Every column of `pg_catalog`, and what becomes of it: `ledger.tsv`, one line for each.

So that nothing is missed for not having been thought of: a test holds the lines against the servers of every version at
hand, and another one changes what is said to be compared. A view of Postgres' has one line, because it shows what the
tables hold. The verdicts:

    compared     by these properties of these readers (`column.type`); also by an object's kind, schema, parent and
                 name, which is all that it is known by, such as the types of a function's arguments
    follows      from what is named; that is compared
    meaningless  for a schema, because of what is named
    said         not compared, and every report says so

`versions` are those that have the column: `16-18`, `-15` (from 14, the oldest), `17-` (up to 18, the newest), or all.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

# It differs with a project's age, and nobody can tell from a catalog what it was at birth.
_AS_A_WHOLE = "what the API roles may do with the platform's own schemas and functions"
FIXED = ("kind", "schema", "parent", "name")
OLDEST, NEWEST = 14, 18


class Line(NamedTuple):
    """One column of the catalog, or with `*` a whole view; from one major version to another."""

    relation: str
    column: str
    since: int
    until: int
    verdict: str
    what: str

    def compared_by(self) -> list[tuple[str, str]]:
        """The readers and their properties, where it is compared."""
        if self.verdict != "compared":
            return []
        return [(reader, name) for reader, _, name in (one.partition(".") for one in self.what.split(", "))]


@cache
def lines() -> tuple[Line, ...]:
    """All lines, sorted by relation and column."""
    text = (files("dbtools.catalog") / "ledger.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return tuple(
        Line(row["relation"], row["column"], *_majors(row["versions"]), row["verdict"], row["what"]) for row in rows
    )


def _majors(text: str) -> tuple[int, int]:
    since, _, until = text.partition("-")
    return int(since or OLDEST), int(until or NEWEST)


def not_compared() -> tuple[str, ...]:
    """What of a catalog no command compares, each thing once."""
    return (_AS_A_WHOLE, *sorted({line.what for line in lines() if line.verdict == "said"}))
