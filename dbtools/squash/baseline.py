"""The squashed baseline's SQL: what a pull would write, with the rows that the old history leaves, if they are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import psycopg

from dbtools.model.compare import Change
from dbtools.model.quoting import identifier, literal
from dbtools.model.snapshot import Object
from dbtools.pull.baseline import Baseline
from dbtools.pull.platform_objects import LeftOut
from dbtools.pull.proof import Observation
from dbtools.squash import rows
from dbtools.squash.rows import Rows

_TITLE = "-- Revisions {} as one, by `dbtools squash`. Frozen: changes are revisions on top of it.\n"

# In pg_dump's order these come after the rows, which they would check or act on.
_AFTER_ROWS = (
    *("CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "INDEX", "INDEX ATTACH", "STATISTICS", "TRIGGER", "RULE"),
    *("EVENT TRIGGER", "POLICY", "ROW SECURITY", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA"),
)


@dataclass(frozen=True)
class Data:
    """What the old history leaves in a new database.

    Attributes:
        held: all rows.
        filled: the tables whose rows are not as in a database without the project, the project's or the platform's.
        ours: those of them that are the project's.
        anew: columns by table whose values each run makes anew.
        positions: the project's sequences that have left their start.
        keep: whether the rows are to be in the baseline.
    """

    held: Rows
    filled: Sequence[str]
    ours: frozenset[str]
    anew: Mapping[str, Sequence[str]]
    positions: Mapping[str, tuple[int, bool]]
    keep: bool

    @classmethod
    def of(cls, old: Observation, held: Rows, born: Rows, again: Rows, *, keep: bool) -> Data:
        """From the rows after the old history, before it, and after another run of it."""
        views = {name for name, one in held.relations.items() if one.is_view}
        filled = [name for name in held.differing(born) if name not in views]
        platform = tuple(f"{identifier(schema)}." for schema in old.ownership.schemas)
        moved = {
            name: position
            for name, position in held.sequences.items()
            if name not in born.sequences and not name.startswith(platform)
        }
        ours = frozenset(name for name in filled if f"table {name}" in old.snapshot.objects)
        return cls(held, filled, ours, held.made_anew(again), moved, keep)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows each of the tables has."""
        return {name: self.held.relations[name].count for name in self.filled if name in self.held.relations}

    def refused(self) -> Iterator[LeftOut]:
        """What of it cannot be in the baseline, or is not asked to be."""
        for name in self.filled:
            count = self.counts.get(name, 0)
            if name not in self.ours:
                reason = "the platform's table; write them in a revision on top"
                yield LeftOut(f"rows of {name}", reason)
            elif not self.keep:
                many = "a row" if count == 1 else f"{count} rows"
                way = "to put them into the baseline: dbtools squash --keep-data"
                yield LeftOut(f"rows of {name}", f"{many} in a new database; {way}")
            else:
                for column in self._frozen(name):
                    reason = "each run writes another value, and no default does; write it in a revision on top"
                    yield LeftOut(f"column {name}.{column}", reason)

    def noted(self) -> list[str]:
        """What of the rows is no copy."""
        return [
            f"column {name}.{column}: its default makes the value, as in the old revisions"
            for name in sorted(self.ours & self.anew.keys())
            for column in self.anew[name]
            if self.keep and column not in self._frozen(name)
        ]

    def inserts(self, connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
        """The blocks that fill the tables, and bring the sequences to where they were."""
        for name in self.filled:
            held = self.held.relations[name]
            yield f"Rows of {name}", "".join(rows.inserts(connection, name, held, self.anew.get(name, ())))
        for name, (last, called) in self.positions.items():
            yield f"Position of {name}", f"select pg_catalog.setval({literal(name)}, {last}, {str(called).lower()});\n"

    def differences(self, old: psycopg.Connection, new: psycopg.Connection) -> list[Change]:
        """What the rows of two databases differ in, beyond what each run makes anew."""
        one, other = rows.read(old, self.anew), rows.read(new, self.anew)
        found = []
        for name in one.differing(other):
            before, after = (each.counts([name]).get(name, 0) for each in (one, other))
            said = f"{after} rows" if after != before else "as many, with other values"
            found.append(Change("different", _rows_of(name), "rows", f"{before} rows", said))
        for name, position in self.positions.items():
            if (got := other.sequences.get(name)) != position:
                found.append(Change("different", _rows_of(name), "position", str(position), str(got)))
        return found

    def _frozen(self, name: str) -> list[str]:
        return [column for column in self.anew.get(name, ()) if column not in self.held.relations[name].has_default]


def text(baseline: Baseline, old: Observation, data: Data, admin: psycopg.Connection, which: str) -> str:
    """The whole file.

    Args:
        baseline: as a pull would write it.
        old: what it was built from.
        data: its rows.
        admin: a superuser's session in the database that has them.
        which: the old revisions, in words.
    """
    blocks = list(baseline.blocks)
    refresh = list(_refreshes(old, data.held))
    blocks[-1:-1] = refresh
    kinds = [f"; Type: {kind}; Schema:" for kind in _AFTER_ROWS]
    after = [at for at, (title, _) in enumerate(blocks) if any(kind in title for kind in kinds)]
    place = after[0] if after else len(blocks) - 1 - len(refresh)
    blocks[place:place] = data.inserts(admin)
    return replace(baseline, blocks=tuple(blocks), title=_TITLE.format(which)).text


def _refreshes(old: Observation, held: Rows) -> Iterator[tuple[str, str]]:
    for entry in old.entries:
        name = f"{identifier(entry.schema)}.{identifier(entry.name)}"
        if entry.type == "MATERIALIZED VIEW" and name in held.relations:
            yield f"Rows of {name}", f"refresh materialized view {name};\n"


def _rows_of(name: str) -> Object:
    schema, _, bare = name.partition(".")
    return Object("rows", schema, bare, f"rows of {name}")
