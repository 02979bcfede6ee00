"""What is cheap to have otherwise as long as the column is new."""

from __future__ import annotations

from collections.abc import Iterator

from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.rules import Rule, at, changing
from dbtools.plan.trial import Trial

_TYPES = {
    "timestamp without time zone": ("timestamp-without-zone", "it does not say which moment it means"),
    "json": ("json-without-equality", "json has no equality: select distinct, group by and union fail on it"),
}


def _types(trial: Trial, _: Known) -> Iterator[Finding]:
    keys = {
        (constraint.relation, constraint.columns[0])
        for constraint in trial.end.constraints.values()
        if constraint.kind == "p" and constraint.columns and len(constraint.columns) == 1
    }
    for key, column in trial.end.columns.items():
        was, relation = trial.start.columns.get(key), trial.end.relations[key[0]]
        if (was is not None and was.type_oid == column.type_oid) or not relation.is_table or relation.is_partition:
            continue
        name = trial.end.column_name(*key)
        moment = changing(trial, "columns", key)
        code, reason = _TYPES.get(column.type_name, ("", ""))
        if column.type_name.startswith("character("):
            code, reason = "padded-char", "its values are filled up with spaces, and compare as if they were not"
        counts = column.identity or column.default
        if key in keys and counts and column.type_name in {"integer", "smallint"} and was is None:
            code, reason = "integer-key", f"a key of type {column.type_name} runs out"
        if code:
            yield at(moment, code, name, reason)


RULES: list[Rule] = [_types]
