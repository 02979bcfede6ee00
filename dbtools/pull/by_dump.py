"""Steps from one state of a schema to another for the rare kinds: in the words of pg_dump, which knows all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dbtools.model.compare import Change, compare
from dbtools.model.declared import bare
from dbtools.model.quoting import identifier, last_name
from dbtools.model.snapshot import Object, Snapshot
from dbtools.pull.cron_jobs import scheduled
from dbtools.pull.dump import Entry, in_header
from dbtools.pull.proof import observe
from dbtools.pull.rare_changes import in_sql, labels

# What a dump calls them, where that is not the same in capitals. Enums are made from the catalog.
_TYPES = {"foreign-data wrapper": "FOREIGN DATA WRAPPER", "language": "PROCEDURAL LANGUAGE"}
_KINDS = {
    "access method", "aggregate", "collation", "conversion", "domain", "event trigger", "foreign table",
    "foreign-data wrapper", "language", "operator", "operator class", "operator family", "publication", "rule",
    "server", "statistics", "text search configuration", "text search dictionary", "text search parser",
    "text search template", "transform", "type",
}  # fmt: skip
_DETACHES = " detach partition "


@dataclass(frozen=True)
class Dumps:
    """What pg_dump prints of two databases; of neither where nothing is asked of it."""

    wanted: Sequence[Entry] = ()
    found: Sequence[Entry] = ()

    @classmethod
    def of(cls, wanted_url: str, found_url: str, changes: Iterable[Change]) -> Dumps:
        """Of two databases that differ in these ways; both are only read.

        Raises:
            PullError: pg_dump cannot read one of them.
        """
        if not any(map(_is_about_rare, changes)):
            return cls()
        return cls(observe(wanted_url).entries, observe(found_url).entries)

    def ways(self, wanted: Snapshot, found: Snapshot) -> tuple[list[str], list[str]]:
        """What brings the rare kinds of the found state to the wanted one, and back; each statement may fail."""
        changes = filter(_is_about_rare, compare(wanted, found))
        objects = {change.object.identity: change.object for change in changes}.values()
        there, back = [], []
        for one in objects:
            if one.kind == "table":
                new_parts, old_parts = self._table(one, wanted, found)
                there.append(new_parts)
                back.append(old_parts)
                continue
            old = self._made(one, self.found) if one.identity in found.objects else []
            new = self._made(one, self.wanted) if one.identity in wanted.objects else []
            drop = f"drop {in_sql(one.identity)};\n"
            there.append((drop if old else "") + "".join(new))
            back.append((drop if new else "") + "".join(old))
        return [step for step in there if step], [step for step in back if step]

    def lines(self, changes: Iterable[Change]) -> list[str]:
        """The statements to write by hand for what a revision could not bring home, as far as they are known."""
        found: list[str] = []
        for change in changes:
            if change.property == "labels" and change.expected and change.found:
                found += labels(change.object, change.found, change.expected)
            elif change.object.kind == "cron job" and change.action != "extra":
                found.append(scheduled(change.object))
            elif change.action == "missing" and change.object.kind == "table" and _is_rare(change.object):
                found.append(_whole(change.object, self.wanted) + _attached(change.object, self.wanted))
            elif change.action != "extra" and _is_rare(change.object):
                found += self._made(change.object, self.wanted)
        return list(dict.fromkeys(found))

    def _table(self, one: Object, wanted: Snapshot, found: Snapshot) -> tuple[str, str]:
        """What makes a partition, or what is parted, come or go; one that is there is attached or detached."""
        new, old = wanted.objects.get(one.identity), found.objects.get(one.identity)
        made, before = (
            (_whole(table, entries), _attached(table, entries), f"drop {one.identity};\n", _detached(table))
            for table, entries in ((new, self.wanted), (old, self.found))
        )
        if new and old:
            is_same = new.properties.get("partition") == old.properties.get("partition")
            return ("", "") if is_same else (before[3] + made[1], made[3] + before[1])
        return (made[0] + made[1], made[2]) if new else (before[2], before[0] + before[1])

    def _made(self, one: Object, entries: Sequence[Entry]) -> list[str]:
        kind = _TYPES.get(one.kind, one.kind.upper())
        schema = in_header(one.schema) if one.kind != "server" else ""
        return [
            f"{entry.text}\n"
            for entry in entries
            if entry.type == kind and entry.schema == schema and in_header(_named(one)) == entry.name
        ]


def _whole(table: Object | None, entries: Sequence[Entry]) -> str:
    """What makes a table without its constraints and indexes."""
    if table is None:
        return ""
    name = table.identity.removeprefix("table ")
    made = []
    for entry in entries:
        is_it = (entry.type, entry.schema, entry.name) == ("TABLE", in_header(table.schema), in_header(table.name))
        # Identities and defaults have entries of their own.
        is_of_it = entry.type in {"SEQUENCE", "DEFAULT"} and entry.text.startswith(
            (f"ALTER TABLE {name} ALTER ", f"ALTER TABLE ONLY {name} ALTER ")
        )
        if is_it or is_of_it:
            made.append(f"{entry.text}\n")
    return "".join(made)


def _attached(table: Object | None, entries: Sequence[Entry]) -> str:
    if table is None:
        return ""
    named = "TABLE ATTACH", in_header(table.schema), in_header(table.name)
    return "".join(f"{one.text}\n" for one in entries if (one.type, one.schema, one.name) == named)


def _detached(table: Object | None) -> str:
    if table is None or "partition" not in table.properties:
        return ""
    [parent] = json.loads(table.properties["inherits"])
    return f"alter table {parent}{_DETACHES}{table.identity.removeprefix('table ')};\n"


def first_detached(tables: Sequence[str], rare: Sequence[str]) -> list[str]:
    """Steps for tables and those of `Dumps.ways` in their order: who is no part any more, does not change with it."""
    detaching = [step for step in rare if _DETACHES in step.partition("\n")[0]]
    return [*detaching, *tables, *(step for step in rare if step not in detaching)]


def _is_about_rare(change: Change) -> bool:
    return _is_rare(change.object) or (change.object.kind, change.property) == ("table", "partition")


def _is_rare(one: Object) -> bool:
    if one.kind == "table":
        return bool({"partition", "partitioned by"} & one.properties.keys())
    return one.kind in _KINDS and one.properties.get("form") not in {"enum", "base"}


def _named(one: Object) -> str:
    """An object as the line above its entry names it."""
    if one.kind == "rule":
        return f"{last_name(bare(one.parent))} {one.name}"
    if one.kind == "operator":
        # Others of its name stand in entries of the same name, and are there already.
        return one.name.partition("(")[0].removeprefix(f"{identifier(one.schema)}.")
    if one.kind == "aggregate":
        return one.identity.removeprefix("aggregate ").removeprefix(f"{identifier(one.schema)}.")
    return one.name
