"""Steps from one state of a schema to another for the rare kinds: in the words of pg_dump, which knows all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dbtools.model.compare import Change, compare
from dbtools.model.declared import bare
from dbtools.model.quoting import identifier, last_name
from dbtools.model.snapshot import Object, Snapshot
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
        if not any(_is_rare(change.object) for change in changes):
            return cls()
        return cls(observe(wanted_url).entries, observe(found_url).entries)

    def ways(self, wanted: Snapshot, found: Snapshot) -> tuple[list[str], list[str]]:
        """What brings the rare kinds of the found state to the wanted one, and back; each statement may fail."""
        changes = [change for change in compare(wanted, found) if _is_rare(change.object)]
        objects = {change.object.identity: change.object for change in changes}.values()
        there, back = [], []
        for one in objects:
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
            elif change.action != "extra" and _is_rare(change.object):
                found += self._made(change.object, self.wanted)
        return list(dict.fromkeys(found))

    def _made(self, one: Object, entries: Sequence[Entry]) -> list[str]:
        kind = _TYPES.get(one.kind, one.kind.upper())
        schema = in_header(one.schema) if one.kind != "server" else ""
        return [
            f"{entry.text}\n"
            for entry in entries
            if entry.type == kind and entry.schema == schema and in_header(_named(one)) == entry.name
        ]


def _is_rare(one: Object) -> bool:
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
