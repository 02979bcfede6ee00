"""What the rules ask: which objects the target has, under which name, and how large they are there."""

from __future__ import annotations

from dataclasses import dataclass, field

from dbtools.plan.state import Column, Relation, State
from dbtools.plan.target import NOTHING, Size, Target


@dataclass(frozen=True)
class Known:
    """The target, and its catalog in the shadow before the first pending revision, by the same oids as after it.

    `outsiders` are the roles that requests without a secret come as.
    """

    target: Target
    first: State
    outsiders: tuple[str, ...] = ()
    # Tables whose rows an earlier revision may have changed.
    written: set[int] = field(default_factory=set)

    def relation(self, oid: int) -> Relation | None:
        """A relation as the target has it, whatever it was renamed to by now; None if it is made by a revision."""
        return self.first.relations.get(oid)

    def column(self, oid: int, number: int) -> Column | None:
        """A column as the target has it; None if it is made by a revision."""
        return self.first.columns.get((oid, number))

    def size(self, oid: int) -> Size:
        """How large a table is on the target; nothing if it is made by a revision."""
        relation = self.first.relations.get(oid)
        return self.target.sizes.get(relation.name, NOTHING) if relation else NOTHING

    def rows(self, oid: int) -> int:
        """How many rows a table has on the target, counted; what cannot be counted is estimated."""
        relation = self.first.relations.get(oid)
        if relation is None or relation.kind not in {"r", "p", "m"}:
            return 0
        counted = self.target.rows(relation.schema, relation.own_name)
        return self.size(oid).rows if counted is None else counted
