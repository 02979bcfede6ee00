"""Locks that last longer than the statement that took them, because a transaction keeps them all."""

from __future__ import annotations

from collections.abc import Iterator

from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.rules import Rule, at
from dbtools.plan.rules.work import rewritten
from dbtools.plan.trial import Moment, Trial

# From these on, whoever writes has to wait.
_BLOCK_WRITES = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}


def works_on(moment: Moment, known: Known) -> list[int]:
    """The large tables that a statement reads or writes as a whole."""
    built = {
        index.relation
        for oid, index in moment.after.indexes.items()
        if oid not in moment.before.indexes or moment.before.indexes[oid].file != index.file
    }
    read = set(moment.scans)
    return sorted(oid for oid in built | read | rewritten(moment) if known.size(oid).long)


def _held_during_work(trial: Trial, known: Known) -> Iterator[Finding]:
    """An earlier statement's lock keeps others out while a later one is at work; its own locks are another matter."""
    taken: dict[int, tuple[str, Moment]] = {}
    for moment in trial.moments:
        if not moment.transaction:
            taken = {}
            continue
        large = works_on(moment, known)
        for oid, (mode, earlier) in taken.items():
            relation, now = known.relation(oid), moment.after.relations.get(oid)
            # A table that the statement itself locks so is found by what it does to it.
            if not large or relation is None or now is None or (oid in large and moment.locks.get(oid)):
                continue
            names = ", ".join(f"{moment.after.relations[one].name} ({known.size(one)})" for one in large)
            may_not = "read or write" if mode == "AccessExclusiveLock" else "write to"
            reason = f"`{earlier.first_line}` has locked it: nobody may {may_not} it while {names} is worked on"
            yield at(moment, "lock-held-during-work", now.name, reason)
        for oid, mode in moment.locks.items():
            known_relation = known.relation(oid)
            if mode in _BLOCK_WRITES and known_relation is not None and known_relation.kind != "S":
                taken[oid] = (mode, moment)


def _order(trial: Trial, known: Known) -> Iterator[Finding]:
    """Two tables that a foreign key ties, locked one after the other: transactions come by in both orders."""
    tied = {
        frozenset((constraint.relation, constraint.references))
        for constraint in known.first.constraints.values()
        if constraint.kind == "f" and constraint.relation != constraint.references
    }
    first: dict[int, Moment] = {}
    for moment in trial.moments:
        locked = [
            oid
            for oid, mode in moment.locks.items()
            if mode in _BLOCK_WRITES and known.size(oid).rows and oid not in first
        ]
        for oid in locked:
            for other, earlier in first.items():
                if frozenset((oid, other)) in tied and oid in moment.after.relations:
                    before = moment.before.relations.get(other)
                    reason = (
                        f"locked after {before.name if before else other} (`{earlier.first_line}`), which a foreign "
                        "key ties to it: whoever uses them the other way round and this revision wait for each other"
                    )
                    yield at(moment, "lock-order", moment.after.relations[oid].name, reason)
        first.update(dict.fromkeys(locked, moment))


def _explicit(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        if moment.tag != "LOCK TABLE":
            continue
        for oid, mode in moment.locks.items():
            relation = known.relation(oid)
            if mode in _BLOCK_WRITES and relation is not None:
                may_not = "read or write" if mode == "AccessExclusiveLock" else "write to"
                yield at(moment, "table-locked", relation.name, f"nobody may {may_not} it until the commit")


RULES: list[Rule] = [_held_during_work, _order, _explicit]
