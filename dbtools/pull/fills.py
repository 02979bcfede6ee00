"""New columns that may not be null: what the rows get that are there already, nobody sees in live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dbtools.model.quoting import identifier

_MARK = "-- To be filled by hand: "


def added(table: str, column: str, statement: str) -> str:
    """The steps that add a column, with the place for what fills it.

    Args:
        table: as SQL names it.
        column: its name.
        statement: what adds it, without its NOT NULL.
    """
    name = identifier(column)
    said = " ".join(f"{table}.{name}".split())
    return "\n".join(
        [
            statement.rstrip() + "\n",
            f"{_MARK}{said} may not be null, and rows that are there have no value yet.",
            "-- update " + " ".join(f"{table} set {name} = …;".split()),  # noqa: S608
            f"ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL;\n",
        ]
    )


def wanted(steps: Iterable[str], written: Sequence[Path]) -> list[str]:
    """What is to be filled in which of the files that were written, a line for each column."""
    files = [path.as_posix() for path in written if path.name.endswith(".up.sql")]
    columns = [
        line.removeprefix(_MARK).partition(" may not be null")[0]
        for step in steps
        for line in step.splitlines()
        if line.startswith(_MARK)
    ]
    return [f"{files[-1]}: write the update that fills {column} where there are rows" for column in columns]
