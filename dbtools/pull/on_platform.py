"""What a later pull brings home from the platform's own tables: columns, constraints, indexes, grants, row security."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from dbtools import catalog
from dbtools.diff import platform_tables
from dbtools.model.compare import Change, compare
from dbtools.model.snapshot import Snapshot
from dbtools.platform.facts import Facts
from dbtools.pull import platform_changes


@dataclass(frozen=True)
class PlatformTables:
    """The platform's tables in live; what the project's folder says of the platform (`before`), and live (`now`)."""

    live: Snapshot
    before: Facts
    now: Facts

    def drift(self, connection: psycopg.Connection) -> list[Change]:
        """What live (expected) has otherwise than a database in a shadow (found), where the platform has not moved."""
        wanted, found = self._both(connection)
        return compare(wanted, found)

    def ways(self, connection: psycopg.Connection) -> tuple[list[str], list[str]]:
        """The statements that bring a database in a shadow there, and back; each may fail."""
        wanted, found = self._both(connection)
        return list(_steps(wanted, found)), list(_steps(found, wanted))

    def lost(self, connection: psycopg.Connection, at_first: Sequence[Change]) -> list[Change]:
        """What a database in a shadow has otherwise than at first, after a way there and back."""
        now = self.drift(connection)
        return [change for change in (*now, *at_first) if (change in now) != (change in at_first)]

    def _both(self, connection: psycopg.Connection) -> tuple[Snapshot, Snapshot]:
        found = catalog.read(connection, catalog.PLATFORM_READERS)
        ours, theirs = platform_tables.otherwise(found, self.live, self.before, self.now)
        return theirs, ours


def _steps(wanted: Snapshot, found: Snapshot) -> Iterator[str]:
    for identity, one in wanted.objects.items():
        old, table = found.objects[identity].properties, identity.removeprefix("platform ")
        made = platform_changes.statements(one)
        for thing in sorted(old.keys() | one.properties.keys()):
            new, gone = made.get(thing, []), platform_changes.undone(table, thing, old[thing]) if thing in old else []
            if thing.startswith("column ") and new and gone:
                # What it is otherwise is not told apart, and to drop it would lose rows.
                continue
            # What there was to revoke is revoked one by one.
            yield "".join(f"{step};\n" for step in (*gone, *(new[1:] if thing.startswith("grant ") else new)))
