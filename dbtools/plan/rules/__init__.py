"""What makes a hazard of what was watched.

A rule is a function from a revision's trial to findings; a new one is added to its file's `RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.trial import Moment, Trial

Rule = Callable[[Trial, Known], Iterator[Finding]]


def at(moment: Moment | None, code: str, name: str, reason: str) -> Finding:
    """A finding about what a statement did; None stands for the revision as a whole."""
    if moment is None:
        return Finding(code, name, reason)
    return Finding(code, name, reason, statement=moment.first_line, where=moment.where)


def blame(trial: Trial, happened: Callable[[Moment], bool]) -> Moment | None:
    """The last statement of which something is true: what a revision does in the end may have been undone before."""
    return next((moment for moment in reversed(trial.moments) if happened(moment)), None)


def changing(trial: Trial, part: str, key: object) -> Moment | None:
    """The last statement that made, changed or dropped something.

    Args:
        trial: of the revision.
        part: which dictionary of the state it is in.
        key: its key there.
    """

    def changed(moment: Moment) -> bool:
        before, after = getattr(moment.before, part), getattr(moment.after, part)
        return before is not after and before.get(key) != after.get(key)

    return blame(trial, changed)


def findings(trial: Trial, known: Known) -> list[Finding]:
    """All that is hazardous about one revision, in the order of its statements."""
    from dbtools.plan.rules import access, advice, fails, locks, readers, rows, work, writers  # noqa: PLC0415  (they need `at`)

    rules: list[Rule] = [
        rule for room in (work, locks, fails, rows, readers, writers, access, advice) for rule in room.RULES
    ]
    found = [replace(one, revision=trial.revision.revision) for rule in rules for one in rule(trial, known)]
    order = {(moment.first_line, moment.where): number for number, moment in enumerate(trial.moments)}
    unique = {(one.code, one.object, one.where, one.statement): one for one in found}
    return sorted(unique.values(), key=lambda one: order.get((one.statement, one.where), len(order)))
