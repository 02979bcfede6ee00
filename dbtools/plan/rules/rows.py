"""What the target holds and would hold no more."""

from __future__ import annotations

from collections.abc import Iterator

from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.rules import Rule, at
from dbtools.plan.rules.work import rewritten
from dbtools.plan.state import Column
from dbtools.plan.target import ENOUGH, many
from dbtools.plan.trial import Trial

_TEXT = {"text", "character varying"}


def _tables(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        named = {one.oid for one in moment.dropped if one.named}
        for oid, relation in moment.before.relations.items():
            if oid in moment.after.relations or not relation.is_table:
                continue
            # A partition that goes with its table is counted there.
            if relation.is_partition and oid not in named:
                continue
            if rows := known.rows(oid):
                how = "" if oid in named else ", by cascade"
                yield at(moment, "table-dropped-with-rows", relation.name, f"{many(rows)} rows are lost{how}")


def _columns(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        for (oid, number), column in moment.before.columns.items():
            if (oid, number) in moment.after.columns or oid not in moment.after.relations:
                continue
            if values := values_of(known, oid, number):
                name = f"{moment.after.relations[oid].name}.{column.name}"
                yield at(moment, "column-dropped-with-values", name, f"{many(values)} values are lost")


def values_of(known: Known, oid: int, number: int) -> int:
    """How many values a column has on the target; a partition's are its table's, and what is computed is no loss."""
    table, column = known.relation(oid), known.column(oid, number)
    if table is None or column is None or not table.is_table or table.is_partition or column.generated:
        return 0
    counted = known.target.values(table.schema, table.own_name, column.name)
    return known.size(oid).rows if counted is None else counted


def _emptied(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        written = rewritten(moment)
        for oid, relation in moment.before.relations.items():
            now = moment.after.relations.get(oid)
            if relation.kind != "r" or now is None or now.file == relation.file or oid in written:
                continue
            if rows := known.rows(oid):
                yield at(moment, "truncate", now.name, f"{many(rows)} rows are lost")


def _narrowed(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        if moment.after.columns is moment.before.columns:
            continue
        for (oid, number), column in moment.after.columns.items():
            was, there, table = moment.before.columns.get((oid, number)), known.column(oid, number), known.relation(oid)
            if was is None or there is None or table is None or not table.is_table or table.is_partition:
                continue
            if (was.type_oid, was.modifier) == (column.type_oid, column.modifier) or _holds_all(was, column):
                continue
            if not known.rows(oid):
                continue
            types = was.type_name, column.type_name
            changed = known.target.changed_by_cast(table.schema, table.own_name, there.name, types)
            name = moment.after.column_name(oid, number)
            what = f"from {was.type_name} to {column.type_name}"
            if changed == "no":
                reason = f"{what}: a value of the target cannot be cast so; what becomes of it, USING must say"
                yield at(moment, "type-narrowed", name, reason)
            elif changed:
                looked_at = f" of the first {ENOUGH:,}" if known.size(oid).rows > ENOUGH else ""
                reason = f"{what}: {many(changed)} values{looked_at} do not come through a cast as they are"
                yield at(moment, "type-narrowed", name, reason)


def _holds_all(old: Column, new: Column) -> bool:
    """Whether the new type has room for every value of the old one."""
    kind = new.type_name.partition("(")[0]
    return (kind in _TEXT and new.modifier == -1) or (old.type_oid == new.type_oid and new.modifier == -1)


RULES: list[Rule] = [_tables, _columns, _emptied, _narrowed]
