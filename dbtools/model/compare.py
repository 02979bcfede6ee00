"""Two snapshots in, the list of their differences out. Pure: no database, no output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from dbtools.model.snapshot import Object, Snapshot


@dataclass(frozen=True)
class Change:
    """One difference: an object that is missing, one that is extra, or one property that is different.

    `object` is the expected one, or the found one if it is extra. `property` is empty unless the change is `different`;
    then `expected` or `found` is None where that side does not have the property.
    """

    action: Literal["missing", "extra", "different"]
    object: Object
    property: str = ""
    expected: str | None = None
    found: str | None = None


def compare(expected: Snapshot, found: Snapshot) -> list[Change]:
    """What `found` lacks, has too much, or has otherwise than `expected`, sorted by the objects' identities.

    What hangs on an object that is itself missing or extra (its columns, grants, comment) is not listed again.
    """
    changes: list[Change] = []
    for identity in sorted(expected.objects.keys() | found.objects.keys()):
        wanted, got = expected.objects.get(identity), found.objects.get(identity)
        if wanted and got:
            changes += _properties(wanted, got)
        elif wanted:
            if not _implied(wanted, expected.objects, found.objects):
                changes.append(Change("missing", wanted))
        elif got and not _implied(got, found.objects, expected.objects):
            changes.append(Change("extra", got))
    return changes


def is_across(one: int, other: int, major: int) -> bool:
    """Whether a major version came between two others, so that only one of them knows what is new in it."""
    return min(one, other) < major <= max(one, other)


def comparable(expected: Snapshot, found: Snapshot) -> tuple[Snapshot, Snapshot]:
    """The two without what only one of their major versions knows, or prints.

    That is MAINTAIN, which ALL holds from Postgres 17 on; the name of a NOT NULL, which is a constraint from 18 on; and
    the name before each column of a view on a single table or subquery, which Postgres prints no more from 16 on.
    """
    if is_across(expected.major, found.major, 18):
        expected, found = _each(expected, _without_not_null_names), _each(found, _without_not_null_names)
    if is_across(expected.major, found.major, 17):
        expected, found = _each(expected, _without_maintain), _each(found, _without_maintain)
    if is_across(expected.major, found.major, 16):
        expected, found = _each(expected, _unqualified), _each(found, _unqualified)
    return expected, found


def _each(snapshot: Snapshot, change: Callable[[Object], Object]) -> Snapshot:
    return replace(snapshot, objects={identity: change(item) for identity, item in snapshot.objects.items()})


def _without_not_null_names(item: Object) -> Object:
    if "not null constraint" not in item.properties:
        return item
    kept = {name: value for name, value in item.properties.items() if name != "not null constraint"}
    return replace(item, properties=kept)


def _without_maintain(item: Object) -> Object:
    kept = {
        name: ", ".join(p for p in value.split(", ") if p.rstrip("*") != "MAINTAIN")
        for name, value in item.properties.items()
        if name == "privileges" or name.startswith("grant to ")
    }
    return replace(item, properties={**item.properties, **kept}) if kept else item


def _unqualified(item: Object) -> Object:
    if item.kind not in {"view", "materialized view"}:
        return item
    from pglast import ast, parse_sql  # noqa: PLC0415  (slow to load, and rarely needed)
    from pglast.parser import ParseError  # noqa: PLC0415
    from pglast.stream import RawStream  # noqa: PLC0415
    from pglast.visitors import Ancestor, Visitor  # noqa: PLC0415

    class Unqualify(Visitor):
        def visit_ColumnRef(self, _: Ancestor, node: Any) -> None:  # noqa: N802  (named by pglast)
            if [getattr(part, "sval", "") for part in node.fields[:-1]] == [alias]:
                node.fields = node.fields[1:]

    try:
        parsed = parse_sql(item.properties["definition"])
    except ParseError:
        # Newer than our parser; then it is compared as it is printed.
        return item
    select: Any = parsed[0].stmt
    tables: Sequence[Any] = select.fromClause or ()
    if len(tables) == 1 and isinstance(tables[0], ast.RangeVar | ast.RangeSubselect | ast.RangeFunction):
        alias = tables[0].alias.aliasname if tables[0].alias else getattr(tables[0], "relname", None)
        Unqualify()(parsed)
    return replace(item, properties={**item.properties, "definition": RawStream()(parsed)})


def _implied(item: Object, here: Mapping[str, Object], there: Mapping[str, Object]) -> bool:
    return item.parent in here and item.parent not in there


def _properties(expected: Object, found: Object) -> list[Change]:
    if expected.properties == found.properties:
        return []
    names = sorted(expected.properties.keys() | found.properties.keys())
    pairs = ((name, expected.properties.get(name), found.properties.get(name)) for name in names)
    return [Change("different", expected, name, wanted, got) for name, wanted, got in pairs if wanted != got]
