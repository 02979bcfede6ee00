"""What those who read, write and call would miss: the API's clients, the project's code, other functions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.rules import Rule, at, blame, changing
from dbtools.plan.rules.rows import values_of
from dbtools.plan.state import State
from dbtools.plan.trial import Moment, Trial


def _relations(trial: Trial, known: Known) -> Iterator[Finding]:
    renamed = _renamed_schemas(trial)
    for oid, was in trial.start.relations.items():
        now = trial.end.relations.get(oid)
        if now is not None and renamed.get(was.schema) == now.schema and was.own_name == now.own_name:
            continue
        if known.relation(oid) is None or was.kind == "S" or trial.end.named(was.name) is not None:
            continue
        if now is not None:
            moment = changing(trial, "relations", oid)
            reason = f"whoever uses it by that name fails: it is {now.name}, and no view bears the old name"
            yield at(_renaming(trial, oid) or moment, "relation-renamed-under-readers", was.name, reason)
            continue
        moment = _dropping(trial, oid)
        if moment is None:
            continue
        if was.kind in {"v", "m"} and not _named(moment, oid):
            reason = f"`{moment.first_line}` takes it along, and the revision does not make it again"
            yield at(moment, "view-dropped-by-cascade", was.name, reason)
        elif not (was.is_table and known.rows(oid)) and not was.is_partition:
            yield at(moment, "relation-dropped-under-readers", was.name, "whoever uses it fails")


def _schemas(trial: Trial, known: Known) -> Iterator[Finding]:
    for oid, was in trial.start.schemas.items():
        now = trial.end.schemas.get(oid)
        if now is not None and now.name != was.name and oid in known.first.schemas:
            reason = f"whoever uses something in it by that name fails: it is {now.name}"
            yield at(changing(trial, "schemas", oid), "schema-renamed-under-readers", was.name, reason)


def _renamed_schemas(trial: Trial) -> dict[str, str]:
    """Schemas by their old name, with the new one."""
    both = [(was, trial.end.schemas[oid]) for oid, was in trial.start.schemas.items() if oid in trial.end.schemas]
    return {was.name: now.name for was, now in both if was.name != now.name}


def _columns(trial: Trial, known: Known) -> Iterator[Finding]:
    for (oid, number), was in trial.start.columns.items():
        relation, start = trial.end.relations.get(oid), trial.start.relations[oid]
        if relation is None or known.column(oid, number) is None or relation.is_partition:
            continue
        # A view that has taken over the table's name may have the column's too.
        bearer = trial.end.named(start.name) or relation
        if was.name in {column.name for column in trial.end.columns_of(bearer.oid)}:
            continue
        now = trial.end.columns.get((oid, number))
        moment = changing(trial, "columns", (oid, number))
        name = f"{start.name}.{was.name}"
        if now is not None:
            reason = f"whoever uses it by that name fails: it is {now.name}"
            yield at(moment, "column-renamed-under-readers", name, reason)
        elif not values_of(known, oid, number):
            yield at(moment, "column-dropped-under-readers", name, "it has no values, but whoever names it fails")


def _views(trial: Trial, known: Known) -> Iterator[Finding]:
    for oid, was in trial.start.relations.items():
        now = trial.end.named(was.name)
        if was.kind not in {"v", "m"} or now is None or now.oid == oid or known.relation(oid) is None:
            continue
        have = {column.name: column for column in trial.end.columns_of(now.oid)}
        for column in trial.start.columns_of(oid):
            there = have.get(column.name)
            if there is None or there.type_name != column.type_name:
                what = "it is gone" if there is None else f"it was {column.type_name} and is {there.type_name}"
                moment = _dropping(trial, oid)
                yield at(moment, "view-column-dropped", f"{was.name}.{column.name}", f"the view is made anew: {what}")


def _routines(trial: Trial, known: Known) -> Iterator[Finding]:
    renamed = _renamed_schemas(trial)
    for oid, was in trial.start.routines.items():
        now = trial.end.routines.get(oid)
        if oid not in known.first.routines or was.result in {"trigger", "event_trigger"}:
            continue
        if now is not None and now.own_name == was.own_name and now.schema in {was.schema, renamed.get(was.schema)}:
            continue
        moment = changing(trial, "routines", oid)
        others = [
            routine
            for other, routine in trial.end.routines.items()
            if routine.name == was.name and other not in trial.start.routines
        ]
        takes = [other for other in others if other.inputs[: len(was.inputs)] == was.inputs]
        same = [
            other
            for other in takes
            if other.types[: len(was.types)] == was.types
            and len(other.types) - len(was.types) <= other.defaults
            and was.defaults <= other.defaults
        ]
        if same and was.result not in {other.result for other in same}:
            reason = f"it returned {was.result}, and returns {same[0].result}"
            yield at(moment, "function-result-changed", was.signature, reason)
        elif others and not same:
            reason = f"it is {others[0].own_name}({others[0].arguments}): calls with the old arguments fail"
            yield at(moment, "function-signature-changed", was.signature, reason)
        elif not others:
            dropped = [one for m in trial.moments for one in m.dropped if one.oid == oid]
            how = (
                f"it is {now.name}"
                if now
                else "by cascade"
                if dropped and not dropped[0].named
                else "nothing replaces it"
            )
            yield at(moment, "function-dropped", was.signature, f"whoever calls it fails: {how}")


def _overloads(trial: Trial, known: Known) -> Iterator[Finding]:
    kept = [routine for oid, routine in trial.end.routines.items() if oid in known.first.routines]
    for oid, new in trial.end.routines.items():
        if oid in trial.start.routines:
            continue
        for old in kept:
            both = {*old.inputs} & {*new.inputs}
            needed = {*old.inputs[: len(old.types) - old.defaults], *new.inputs[: len(new.types) - new.defaults]}
            if old.name == new.name and needed <= both:
                moment = changing(trial, "routines", oid)
                reason = (
                    f"a call with ({', '.join(sorted(needed))}) may mean it or {old.signature}, and the API refuses it"
                )
                yield at(moment, "function-overloaded", new.signature, reason)


def _bodies(trial: Trial, known: Known) -> Iterator[Finding]:
    """Bodies are text to the server, which lets what they name go; so the names are looked for."""
    gone = list(_gone(trial, known))
    for oid, routine in trial.end.routines.items():
        was = trial.start.routines.get(oid)
        if was is None or was.body != routine.body or routine.language not in {"sql", "plpgsql"}:
            continue
        for name, words in gone:
            if all(re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", routine.body) for word in words):
                reason = f"its body names {name}, which is not there any more under that name"
                yield Finding("function-body-breaks", routine.signature, reason)


def _gone(trial: Trial, known: Known) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is not there any more by its name, with the words by which a body names it."""
    names = {relation.name for relation in trial.end.relations.values()}
    for oid, relation in trial.start.relations.items():
        if oid in known.first.relations and relation.name not in names:
            yield relation.name, (relation.own_name,)
    for (oid, _), column in trial.start.columns.items():
        bearer, start = trial.end.relations.get(oid), trial.start.relations[oid]
        if bearer is not None and column.name not in {one.name for one in trial.end.columns_of(oid)}:
            yield f"{start.name}.{column.name}", (start.own_name, column.name)
    calls = {routine.name for routine in trial.end.routines.values()}
    for routine in trial.start.routines.values():
        if routine.name not in calls:
            yield routine.signature, (routine.own_name,)


def _enums(trial: Trial, known: Known) -> Iterator[Finding]:
    for oid, was in trial.start.enums.items():
        now = trial.end.enums.get(oid)
        if now is None or oid not in known.first.enums:
            continue
        for label, text in was.labels.items():
            if now.labels.get(label, text) != text:
                moment = changing(trial, "enums", oid)
                reason = f"whoever writes or compares with it fails: it is '{now.labels[label]}'"
                yield at(moment, "enum-value-renamed", f"{was.name}.{text}", reason)


def _extensions(trial: Trial, known: Known) -> Iterator[Finding]:
    for oid, was in trial.start.extensions.items():
        if oid not in trial.end.extensions and oid in known.first.extensions:
            moment = changing(trial, "extensions", oid)
            yield at(moment, "extension-dropped", was.name, "its types and functions go, and whatever needs them")


def _dropping(trial: Trial, oid: int) -> Moment | None:
    return blame(trial, lambda m: oid in m.before.relations and oid not in m.after.relations)


def _renaming(trial: Trial, oid: int) -> Moment | None:
    return blame(trial, lambda m: _name(m.before, oid) != _name(m.after, oid))


def _name(state: State, oid: int) -> str:
    return state.relations[oid].name if oid in state.relations else ""


def _named(moment: Moment, oid: int) -> bool:
    return any(one.oid == oid and one.part == 0 and one.named for one in moment.dropped)


RULES: list[Rule] = [_schemas, _relations, _columns, _views, _routines, _overloads, _bodies, _enums, _extensions]
