"""Likely renames: what one state has no more, and another has under a new name. Pure.

Whoever renames by hand leaves no trace, so what follows from a comparison is a question and never an answer. A question
too many costs an answer, one too few costs rows: what holds rows need be no more than alike, the rest must be the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from dbtools.model.compare import comparable, compare
from dbtools.model.declared import ROUTINES
from dbtools.model.quoting import identifier, literal
from dbtools.model.snapshot import Object, Snapshot

# What a step says may name what the steps before it made, so its questions come when those are answered.
LEVELS = (
    ("schema",),
    ("type", "domain"),
    ("value", "attribute"),
    ("table", "foreign table"),
    ("column",),
    ("sequence", "view", "materialized view", *ROUTINES, "statistics", "collation"),
    ("constraint", "index", "policy", "trigger", "rule"),
)
_HOLDING_ROWS = ("table", "foreign table")
_WITHIN = ("column", "attribute", "value", "constraint", "index", "policy", "trigger", "rule")
_IN_A_ROW = ("column", "attribute", "value")
_ANSWERS = {"table": "renaming-table", "column": "renaming-column"}
_ENOUGH = 0.5
# With a rename in the same revision, a function's body may name what is called so only once all of it has run.
UNCHECKED = "set local check_function_bodies = off;\n"
CHECKED = "set local check_function_bodies = on;\n"
_HAS_BODIES = re.compile(r"\b(function|procedure)\b", re.IGNORECASE)
_MOST = 3


@dataclass(frozen=True)
class Rename:
    """An object as it is (`old`) and as it is to be called (`new`), in another schema perhaps, a new one even."""

    old: Object
    new: Object
    in_new_schema: bool = False

    def as_dict(self) -> dict[str, str]:
        """Plain values for JSON."""
        return {"from": self.old.identity, "to": self.new.identity}

    @property
    def up(self) -> str:
        """The statements that rename it."""
        rule = _ANSWERS.get(self.old.kind)
        answer = f"-- Renamed, so that its rows stay.\n-- squawk-ignore {rule}\n" if rule else ""
        schema = f"create schema {identifier(self.new.schema)};\n" if self.in_new_schema else ""
        return schema + answer + _statements(self.old, self.new)

    @property
    def down(self) -> str:
        """The statements that give it its old name again."""
        schema = f"drop schema {identifier(self.new.schema)};\n" if self.in_new_schema else ""
        return _statements(self.new, self.old) + schema


@dataclass(frozen=True)
class Question:
    """What is gone, and what it may be called now, the likeliest first."""

    old: Object
    new: tuple[Object, ...]


def before(renamed: Sequence[Rename], rest: str) -> str:
    """The SQL of a revision that renames, and then does the rest, if there is any."""
    made = "".join(one.up for one in renamed)
    if not renamed or not rest:
        return made or rest
    return f"{made}\n{_unchecked(rest)}{rest}"


def back_after(renamed: Sequence[Rename], rest: str) -> str:
    """The SQL of the way back: the rest, if there is any, and then the old names."""
    made = "".join(one.down for one in reversed(renamed))
    if not renamed or not rest:
        return made or rest
    return f"{_unchecked(rest)}{rest}\n{made}"


def _unchecked(rest: str) -> str:
    return f"{UNCHECKED}\n" if _HAS_BODIES.search(rest) else ""


def original(one: Object, renamed: Sequence[Rename]) -> Object:
    """What an object was called before the renames, whether itself was renamed or what it lies in."""
    for rename in reversed(renamed):
        old, new = rename.old, rename.new
        if one.identity == new.identity:
            one = replace(one, schema=old.schema, name=old.name, identity=old.identity, parent=old.parent)
        elif new.kind == "schema" and one.schema == new.name:
            before, after = f" {identifier(old.name)}.", f" {identifier(new.name)}."
            identity, parent = one.identity.replace(after, before, 1), one.parent.replace(after, before, 1)
            one = replace(one, schema=old.name, identity=identity, parent=parent)
        elif one.parent == new.identity:
            after, before = (state.identity.removeprefix(f"{state.kind} ") for state in (new, old))
            identity = one.identity.replace(after, before, 1)
            one = replace(one, schema=old.schema, parent=old.identity, identity=identity)
    return one


def questions(found: Snapshot, wanted: Snapshot, answered: Collection[tuple[str, str]] = ()) -> list[Question]:
    """What of a state may have another name in the wanted one.

    Args:
        found: the state in which the old names are; as `with_parts` gives it.
        wanted: the one in which the new ones are; likewise.
        answered: what is not to be asked about again: the identity of one, and that of what it may be called now.

    Returns:
        the questions of the first level that has any. Once they are answered, and renamed is what was, ask again.
    """
    found, wanted = comparable(found, wanted)
    changes = compare(wanted, found)
    for level in LEVELS:
        gone = [c.object for c in changes if c.action == "extra" and c.object.kind in level]
        come = [c.object for c in changes if c.action == "missing" and c.object.kind in level]
        # Those under whose name something else stands come first, because with a new name they free it.
        for some in (_displaced(found, wanted, level), gone):
            asked = []
            for old in some:
                marks = {one.identity: _alike(old, one, found, wanted) for one in come if one.kind == old.kind}
                least = max(_ENOUGH, _as_it_stands(old, found, wanted))
                likely = [
                    one
                    for one in come
                    if marks.get(one.identity, 0) >= least and (old.identity, one.identity) not in answered
                ]
                likely.sort(key=lambda one: -marks[one.identity] - _similar(old.name, one.name))
                if likely:
                    asked.append(Question(old, tuple(likely[:_MOST])))
            if asked:
                return asked
    return []


def _displaced(found: Snapshot, wanted: Snapshot, level: Collection[str]) -> list[Object]:
    """Tables that may be other ones than those that bear their names: their columns differ, and no index stayed."""
    there = [one for one in found.of(*_HOLDING_ROWS) if one.kind in level and one.identity in wanted.objects]
    return [
        one
        for one in there
        if _looks(found, one) != _looks(wanted, one) and not _indexes(found, one) & _indexes(wanted, one)
    ]


def _looks(snapshot: Snapshot, table: Object) -> tuple[object, ...]:
    return (*_partition(snapshot.objects[table.identity]), *_columns(snapshot, table))


def _partition(table: Object) -> tuple[object, ...]:
    """Of which rows a table is a part, and whether it has parts; the columns that part it may be renamed as well."""
    return table.properties.get("partition"), "partitioned by" in table.properties


def _as_it_stands(old: Object, found: Snapshot, wanted: Snapshot) -> float:
    """How much speaks for a table being what bears its name in the wanted state; a little more than does."""
    same = wanted.objects.get(old.identity)
    return _same_rows(old, same, found, wanted) + 0.01 if same else 0


def with_parts(snapshot: Snapshot) -> Snapshot:
    """The snapshot with what is renamed by itself and else is a property: labels of enums, attributes of types."""
    parts = [part for one in snapshot.of("type") for part in _parts(one)]
    objects = {**snapshot.objects, **{one.identity: one for one in parts}}
    return replace(snapshot, objects=dict(sorted(objects.items())))


def _parts(one: Object) -> Iterable[Object]:
    for number, label in enumerate(json.loads(one.properties.get("labels") or "[]")):
        said = {"position": str(number)}
        yield Object("value", one.schema, label, f"value {literal(label)} of {one.identity}", one.identity, said)
    for number, text in enumerate(json.loads(one.properties.get("attributes") or "[]")):
        match = re.match(r'("(?:[^"]|"")+"|\S+) (.*)', text, re.DOTALL)
        assert match is not None  # noqa: S101  (a name and a type)
        said = {"position": str(number), "type": match[2]}
        name = match[1][1:-1].replace('""', '"') if match[1].startswith('"') else match[1]
        yield Object("attribute", one.schema, name, f"attribute {match[1]} of {one.identity}", one.identity, said)


def _alike(old: Object, new: Object, found: Snapshot, wanted: Snapshot) -> float:
    """How much speaks for one object being the other: 0 nothing, 1 everything."""
    if old.kind in _WITHIN and (old.parent != new.parent or "only" in (_inherited(old), _inherited(new))):
        return 0
    if old.kind == "schema":
        return _shared(_content(found, old), _content(wanted, new))
    if old.kind in _HOLDING_ROWS:
        shared = _same_rows(old, new, found, wanted)
        return shared + 0.25 if shared and _similar(old.name, new.name) > 0.6 else shared
    if old.kind in _IN_A_ROW:
        fits = old.properties.get("type") == new.properties.get("type") or _similar(old.name, new.name) > 0.6
        return float(fits and _in_its_place(old, new, found, wanted))
    if old.kind in {"type", "domain"} and old.properties.get("form") == new.properties.get("form"):
        for name in ("labels", "attributes"):
            if name in old.properties:
                return _shared(json.loads(old.properties[name]), json.loads(new.properties[name]))
    return float(_own(old) == _own(new))


def _same_rows(old: Object, new: Object, found: Snapshot, wanted: Snapshot) -> float:
    if _partition(old) != _partition(new):
        return 0
    was, now = _columns(found, old), _columns(wanted, new)
    # Columns may have been renamed as well.
    alike = max(_shared(was, now), 0.6 * _shared([kind for _, kind in was], [kind for _, kind in now]))
    # An index keeps its name, which no other table's may have.
    return max(alike, _ENOUGH) if _indexes(found, old) & _indexes(wanted, new) else alike


def _indexes(snapshot: Snapshot, table: Object) -> set[str]:
    keys = ("PRIMARY KEY", "UNIQUE", "EXCLUDE")
    return {
        one.name
        for one in snapshot.on(table.identity)
        if one.kind == "index" or (one.kind == "constraint" and one.properties["definition"].startswith(keys))
    }


def _inherited(one: Object) -> str | None:
    return one.properties.get("inherited")


def _content(snapshot: Snapshot, schema: Object) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in snapshot.objects.values() if one.schema == schema.name and not one.parent]


def _columns(snapshot: Snapshot, table: Object) -> list[tuple[str, str]]:
    return [(one.name, one.properties["type"]) for one in snapshot.on(table.identity) if one.kind == "column"]


def _shared(some: Collection[object], others: Collection[object]) -> float:
    both = (Counter(some) & Counter(others)).total()
    return 2 * both / (len(some) + len(others)) if some or others else 0


def _similar(some: str, other: str) -> float:
    return SequenceMatcher(None, some, other, autojunk=False).ratio()


def _in_its_place(old: Object, new: Object, found: Snapshot, wanted: Snapshot) -> bool:
    """Whether as many of those that stayed are before it as were: what is renamed stays where it is."""
    was, now = ([one.name for one in _row(one, state)] for one, state in ((old, found), (new, wanted)))
    stayed = set(was) & set(now)
    before, after = [name for name in was if name in stayed], [name for name in now if name in stayed]
    if before != after:
        return True
    return len(stayed.intersection(was[: was.index(old.name)])) == len(stayed.intersection(now[: now.index(new.name)]))


def _row(one: Object, snapshot: Snapshot) -> list[Object]:
    row = [other for other in snapshot.on(one.parent) if other.kind == one.kind and _inherited(other) != "only"]
    return sorted(row, key=lambda other: int(other.properties["position"]))


def _own(one: Object) -> dict[str, str]:
    """What makes an object, without its name and without who owns it."""
    own = {name: text for name, text in one.properties.items() if name != "owner"}
    if one.kind in {"index", "trigger", "rule", "statistics"}:
        # After the keywords, which are in capitals, the name comes first.
        own["definition"] = own["definition"].replace(f"{identifier(one.name)} ", "", 1)
    if one.kind == "statistics":
        own["definition"] = own["definition"].replace(f"{identifier(one.schema)}.", "", 1)
    if one.kind in ROUTINES:
        own["types"] = one.identity.partition("(")[2]
    return own


def _statements(old: Object, new: Object) -> str:
    if old.kind in {"column", "attribute", "constraint"}:
        cascade = " cascade" if old.kind == "attribute" else ""
        return f"alter {old.parent} rename {old.kind} {identifier(old.name)} to {identifier(new.name)}{cascade};\n"
    if old.kind == "value":
        return f"alter {old.parent} rename value {literal(old.name)} to {literal(new.name)};\n"
    made, identity = "", old.identity
    if old.name != new.name:
        made = f"alter {identity} rename to {identifier(new.name)};\n"
        dotted = f"{old.kind} {identifier(old.schema)}."
        rest = identity.removeprefix(f"{dotted}{identifier(old.name)}")
        identity = f"{dotted}{identifier(new.name)}{rest}"
    if old.schema != new.schema and old.kind not in _WITHIN:
        made += f"alter {identity} set schema {identifier(new.schema)};\n"
    return made
