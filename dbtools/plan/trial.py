"""What came of a revision that was tried: its statements, and what the server did for each. No server is asked here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alembic.script import Script as Revision

from dbtools.plan.state import State
from dbtools.postgres.script import Statement


@dataclass(frozen=True)
class Dropped:
    """An object that a statement dropped; `named` says whether it was the one that the statement named."""

    catalog: int
    oid: int
    part: int
    named: bool
    normal: bool
    kind: str
    identity: str


@dataclass(frozen=True)
class Moment:
    """One statement, and what the server did for it.

    Attributes:
        text: the statement.
        where: its file and line; empty for what a revision's Python code runs.
        before: the catalog before it.
        after: the catalog after it.
        dropped: what it dropped.
        locks: the strongest lock of each relation that the transaction holds after it and did not hold before.
        held: the same for all that the transaction holds after it.
        written: the relations whose rows the transaction may have changed by then.
        rewrites: whether it made relations that were gone again when it ended, as a rewrite does.
        scans: sequential scans by relation.
        lookups: index scans by relation.
        transaction: whether it ran in one.
        tag: the server's word for what it did.
    """

    text: str
    where: str
    before: State
    after: State
    dropped: Sequence[Dropped] = ()
    locks: Mapping[int, str] = field(default_factory=dict)
    held: Mapping[int, str] = field(default_factory=dict)
    written: frozenset[int] = frozenset()
    rewrites: bool = False
    scans: Mapping[int, int] = field(default_factory=dict)
    lookups: Mapping[int, int] = field(default_factory=dict)
    transaction: bool = True
    tag: str = ""

    @property
    def first_line(self) -> str:
        """Enough of the statement for a person to know it again."""
        return Statement(0, self.text).first_line


@dataclass
class Trial:
    """One revision as it was tried.

    Attributes:
        revision: which one.
        start: the catalog before its first statement.
        moments: its statements.
        failed: the statement at which it ended, and where that stands.
        error: why it ended.
        truncated: what the server said of names that are too long, with the statement and where that stands.
        ended_early: the statement that ended its transaction.
    """

    revision: Revision
    start: State
    moments: list[Moment] = field(default_factory=list)
    failed: tuple[str, str] = ("", "")
    error: Exception | None = None
    truncated: list[tuple[str, str, str]] = field(default_factory=list)
    ended_early: str = ""

    @property
    def end(self) -> State:
        """The catalog after its last statement."""
        return self.moments[-1].after if self.moments else self.start
