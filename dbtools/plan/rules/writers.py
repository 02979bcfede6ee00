"""What those who write rely on: constraints, defaults, triggers, indexes, replication."""

from __future__ import annotations

from collections.abc import Iterator

from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.rules import Rule, at, blame, changing
from dbtools.plan.state import State
from dbtools.plan.trial import Moment, Trial

_KINDS = {"c": "check", "f": "foreign key", "p": "primary key", "u": "unique constraint", "x": "exclusion constraint"}


def _constraints(trial: Trial, known: Known) -> Iterator[Finding]:
    for oid, was in trial.start.constraints.items():
        table = trial.end.relations.get(was.relation)
        if (
            oid in trial.end.constraints
            or oid not in known.first.constraints
            or table is None
            or was.kind not in _KINDS
        ):
            continue
        # With its column it has lost its meaning, and the column is what is said.
        if any((was.relation, number) not in trial.end.columns for number in was.columns or ()):
            continue
        if table.is_partition or any(
            one.relation == was.relation and one.means == was.means for one in trial.end.constraints.values()
        ):
            continue
        moment = changing(trial, "constraints", oid)
        more = ", and so is what `on conflict` needs" if was.kind in {"p", "u", "x"} else ""
        reason = f"what this {_KINDS[was.kind]} refused is let in from now on{more}"
        yield at(moment, "constraint-dropped", f"{table.name}.{was.name}", reason)


def _defaults(trial: Trial, known: Known) -> Iterator[Finding]:
    for key, was in trial.start.columns.items():
        now = trial.end.columns.get(key)
        if now is None or now == was or known.column(*key) is None or trial.end.relations[key[0]].kind == "v":
            continue
        name = trial.end.column_name(*key)
        moment = changing(trial, "columns", key)
        had, has = (bool(one.default or one.identity or one.generated) for one in (was, now))
        if had and not has and now.not_null:
            reason = "whoever inserts rows without it fails: it has no default any more, and must not be null"
            yield at(moment, "default-dropped-under-writers", name, reason)
        if was.not_null and not now.not_null:
            yield at(moment, "not-null-dropped", name, "whoever reads it may find nothing there from now on")


def _triggers(trial: Trial, known: Known) -> Iterator[Finding]:
    for oid, was in trial.start.triggers.items():
        now, table = trial.end.triggers.get(oid), trial.end.relations.get(was.relation)
        if oid not in known.first.triggers or table is None:
            continue
        if now == was:
            continue
        moment = changing(trial, "triggers", oid)
        name = f"{table.name}.{was.name}"
        if now is not None and now.enabled == "D" != was.enabled:
            what = "the foreign key is not enforced" if was.internal else "it does not fire"
            yield at(moment, "trigger-disabled", name, f"{what} until somebody enables it")
        if now is None and not was.internal and moment is not None:
            named = any(one.oid == oid and one.named for one in moment.dropped)
            again = any(one.relation == was.relation and one.name == was.name for one in trial.end.triggers.values())
            if not named and not again:
                reason = f"`{moment.first_line}` takes it along, and the revision does not make it again"
                yield at(moment, "trigger-dropped-by-cascade", name, reason)


def _indexes(trial: Trial, known: Known) -> Iterator[Finding]:
    constraints = {one.index for one in trial.start.constraints.values()}
    for oid, was in trial.start.indexes.items():
        there = known.first.indexes.get(oid)
        if oid in trial.end.indexes or there is None or was.relation not in trial.end.relations or oid in constraints:
            continue
        again = any(one.relation == was.relation and one.means == was.means for one in trial.end.indexes.values())
        scans = known.target.index_scans.get(there.name, 0)
        if scans and not again:
            moment = changing(trial, "indexes", oid)
            table = trial.end.relations[was.relation]
            reason = (
                f"queries have used it {scans:,} times; without it they read {table.name} ({known.size(was.relation)})"
            )
            yield at(moment, "index-dropped-under-queries", was.name, reason)


def _replication(trial: Trial, known: Known) -> Iterator[Finding]:
    end = {(one.publication, one.relation) for one in trial.end.published.values()}
    for was in {one for oid, one in trial.start.published.items() if oid in known.first.published}:
        table = trial.end.relations.get(was.relation)
        if table is None:
            continue
        if (was.publication, was.relation) not in end:
            moment = blame(trial, lambda m: m.before.published != m.after.published)
            reason = f"its changes are not in {was.publication} any more: who subscribes to them hears nothing"
            yield at(moment, "publication-table-removed", table.name, reason)
        elif _identified(trial.start, was.relation) and not _identified(trial.end, was.relation):
            moment = _losing(trial, was.relation)
            reason = f"it is in {was.publication}, and without an identity of its rows updates and deletes fail"
            yield at(moment, "replica-identity-lost", table.name, reason)


def _losing(trial: Trial, table: int) -> Moment | None:
    return blame(trial, lambda m: _identified(m.before, table) and not _identified(m.after, table))


def _identified(state: State, relation: int) -> bool:
    table = state.relations.get(relation)
    if table is None or table.replica_identity == "n":
        return False
    if table.replica_identity == "f":
        return True
    return any(
        index.relation == relation and (index.primary or table.replica_identity == "i")
        for index in state.indexes.values()
    )


RULES: list[Rule] = [_constraints, _defaults, _triggers, _indexes, _replication]
