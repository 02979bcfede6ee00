"""Work that lasts the longer the larger a table is, while others may not write to it or even read it."""

from __future__ import annotations

from collections.abc import Iterator

from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.rules import Rule, at
from dbtools.plan.state import Index
from dbtools.plan.trial import Moment, Trial

_VERBS = {"p": "primary key", "u": "unique constraint", "x": "exclusion constraint"}


def rewritten(moment: Moment) -> set[int]:
    """The tables that a statement wrote anew, as opposed to emptied."""
    return {
        oid
        for oid, relation in moment.before.relations.items()
        if relation.kind == "r"
        and oid in moment.after.relations
        and moment.after.relations[oid].file != relation.file
        and (moment.rewrites or not moment.transaction)
        and moment.tag != "TRUNCATE TABLE"
    }


def scanned(moment: Moment, oid: int) -> bool:
    """Whether a statement read all of a table, in whatever order."""
    return bool(moment.scans.get(oid) or moment.lookups.get(oid))


def _rewrites(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        for oid in rewritten(moment):
            if (size := known.size(oid)).long:
                code, why = _why(moment, oid)
                name = moment.after.relations[oid].name
                reason = f"{why}: all of it ({size}) is written anew, and nobody may read or write it meanwhile"
                yield at(moment, code, name, reason)


def _why(moment: Moment, oid: int) -> tuple[str, str]:
    old, new = moment.before.relations[oid], moment.after.relations[oid]
    before = {column.number: column for column in moment.before.columns_of(oid)}
    for column in moment.after.columns_of(oid):
        was = before.get(column.number)
        if was is None and column.generated:
            return "generated-column-rewrite", f"the new column {column.name} is computed for every row"
        if was is None:
            return "volatile-default-rewrite", f"each row gets its own value in the new column {column.name}"
        if (was.type_oid, was.modifier) != (column.type_oid, column.modifier):
            why = f"column {column.name} becomes {column.type_name}, which is stored otherwise than {was.type_name}"
            return "type-change-rewrite", why
        if not was.generated and was.default != column.default and column.generated:
            return "generated-column-rewrite", f"the column {column.name} is computed for every row"
    if old.persistence != new.persistence:
        return "set-logged-rewrite", "what the server writes to its log for the table changes"
    return "table-rewrite", "the table is rewritten"


def _new_indexes(moment: Moment) -> Iterator[Index]:
    return (index for oid, index in moment.after.indexes.items() if oid not in moment.before.indexes)


def _indexes(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        by_index = {constraint.index: constraint for constraint in moment.after.constraints.values()}
        for index in _new_indexes(moment):
            size = known.size(index.relation)
            # Concurrently it runs outside of a transaction, and locks nobody out.
            # Of a partitioned table it is an entry in the catalog; those of its partitions are built.
            if not size.long or not moment.transaction or not index.file:
                continue
            table = moment.after.relations[index.relation].name
            constraint = by_index.get(index.oid)
            if constraint is not None and constraint.kind in _VERBS:
                code = "exclusion" if constraint.kind == "x" else "unique"
                reason = f"its index is built over {table} ({size}), and nobody may read or write it meanwhile"
                yield at(moment, f"{code}-constraint-builds-index", f"{table}.{constraint.name}", reason)
            else:
                reason = f"built over {table} ({size}), which nobody may write to meanwhile"
                yield at(moment, "index-blocks-writes", index.name, reason)


def _rebuilt_indexes(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        written = rewritten(moment) | {
            oid
            for oid, relation in moment.before.relations.items()
            if oid in moment.after.relations and moment.after.relations[oid].file != relation.file
        }
        for oid, index in moment.before.indexes.items():
            now = moment.after.indexes.get(oid)
            if now is None or now.file == index.file or index.relation in written:
                continue
            if (size := known.size(index.relation)).long:
                table = moment.after.relations[index.relation].name
                reason = f"rebuilt over {table} ({size}), which nobody may write to meanwhile, nor read through it"
                yield at(moment, "index-rebuild-blocks", now.name, reason)


def _constraints(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        # What is written anew is said, and so is that it is read for it.
        written = rewritten(moment)
        if moment.after.constraints is moment.before.constraints:
            continue
        for oid, constraint in moment.after.constraints.items():
            was = moment.before.constraints.get(oid)
            if not constraint.validated or (was is not None and was.validated):
                continue
            table, size = constraint.relation, known.size(constraint.relation)
            if table in written or not scanned(moment, table):
                continue
            mode = moment.held.get(table, "")
            name = f"{moment.after.relations[table].name}.{constraint.name}"
            if constraint.kind == "c" and size.long and mode == "AccessExclusiveLock" and was is None:
                reason = f"all rows are read ({size}), and nobody may read or write the table meanwhile"
                yield at(moment, "check-scan", name, reason)
            elif constraint.kind == "f" and was is None:
                other = known.size(constraint.references)
                if size.long or other.long:
                    to = moment.after.relations[constraint.references].name
                    reason = (
                        f"all rows are looked up ({size}), and nobody may write to it or to {to} ({other}) meanwhile"
                    )
                    yield at(moment, "foreign-key-scan-locks-both", name, reason)


def _not_null(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        if moment.after.columns is moment.before.columns:
            continue
        for (oid, number), column in moment.after.columns.items():
            was = moment.before.columns.get((oid, number))
            if was is None or was.not_null or not column.not_null or oid in rewritten(moment):
                continue
            if (
                (size := known.size(oid)).long
                and scanned(moment, oid)
                and moment.held.get(oid) == "AccessExclusiveLock"
            ):
                reason = f"all rows are read ({size}), and nobody may read or write the table meanwhile"
                yield at(moment, "not-null-scan", moment.after.column_name(oid, number), reason)


def _domains(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        if moment.after.constraints is moment.before.constraints:
            continue
        for oid, constraint in moment.after.constraints.items():
            was = moment.before.constraints.get(oid)
            if not constraint.domain or not constraint.validated or (was and was.validated):
                continue
            for table, mode in moment.locks.items():
                if mode == "ShareLock" and (size := known.size(table)).long:
                    name = moment.after.relations[table].name
                    reason = f"{constraint.name} is checked in every row of {name} ({size}), which nobody may write to"
                    yield at(moment, "domain-constraint-scan", name, reason)


def _partitions(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        for oid, relation in moment.after.relations.items():
            was = moment.before.relations.get(oid)
            size = known.size(oid)
            if was is None or was.is_partition == relation.is_partition:
                continue
            if relation.is_partition and scanned(moment, oid) and size.long:
                reason = f"its rows are read ({size}) to see whether they belong there, and nobody may use it meanwhile"
                yield at(moment, "partition-scan", relation.name, reason)
            if was.is_partition and moment.transaction and known.relation(oid):
                reason = "nobody may read or write the partitioned table while it waits for this, and until the commit"
                yield at(moment, "partition-detach-locks-parent", relation.name, reason)
        attached = any(
            relation.is_partition and not moment.before.relations.get(oid, relation).is_partition
            for oid, relation in moment.after.relations.items()
        )
        created = any(
            relation.is_partition and oid not in moment.before.relations
            for oid, relation in moment.after.relations.items()
        )
        if attached or created:
            # A new partition takes rows from the default one, whose rows are read.
            for oid in moment.scans:
                other = moment.before.relations.get(oid)
                if other and other.is_partition and (size := known.size(oid)).long:
                    reason = f"the default partition is read ({size}), and nobody may use it meanwhile"
                    yield at(moment, "partition-scan", other.name, reason)


def _refreshes(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        for oid, relation in moment.before.relations.items():
            now = moment.after.relations.get(oid)
            if relation.kind != "m" or now is None or now.file == relation.file or not relation.populated:
                continue
            if moment.held.get(oid) == "AccessExclusiveLock" and known.relation(oid):
                reason = f"nobody may read it ({known.size(oid)}) while it is filled again"
                yield at(moment, "refresh-blocks-reads", relation.name, reason)


def _bulk(trial: Trial, known: Known) -> Iterator[Finding]:
    for moment in trial.moments:
        for oid, mode in moment.held.items():
            size = known.size(oid)
            ddl = moment.after is not moment.before
            if ddl or not size.long or mode != "RowExclusiveLock" or not moment.scans.get(oid):
                continue
            name = moment.after.relations[oid].name
            reason = (
                f"no index leads to the rows, so all are read ({size}); what is changed stays locked until the commit"
            )
            yield at(moment, "bulk-change", name, reason)


RULES: list[Rule] = [
    _rewrites,
    _indexes,
    _rebuilt_indexes,
    _constraints,
    _not_null,
    _domains,
    _partitions,
    _refreshes,
    _bulk,
]
