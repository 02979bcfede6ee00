"""What the project has on the platform's tables: columns, constraints, indexes, grants to the API roles, row security.

None of these has an owner of its own. What live and head have otherwise is the platform's where the platform itself
moved, that is, where live's facts say of this very thing something else than the project's platform folder; else it is
the project's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dbtools.model.compare import comparable
from dbtools.model.quoting import identifier
from dbtools.model.snapshot import Object, Snapshot
from dbtools.platform.facts import Facts

_KIND = "platform table"
_THINGS = ("column", "constraint", "index")


def otherwise(head: Snapshot, live: Snapshot, before: Facts, now: Facts) -> tuple[Snapshot, Snapshot]:
    """Both cut down to what the project has otherwise in the one than in the other.

    Args:
        head: the platform's tables in the shadow, which stands on `before`.
        live: and in live.
        before: the project's platform folder.
        now: live's platform as it was read.
    """
    head, live = comparable(head, live)
    moved = _moved(before, now)
    ours: dict[str, Object] = {}
    theirs: dict[str, Object] = {}
    for identity in head.objects.keys() & live.objects.keys():
        one, other = head.objects[identity], live.objects[identity]
        table = identity.removeprefix(f"{_KIND} ")
        names = {
            name
            for name in (one.properties.keys() | other.properties.keys()) - {"owner"}
            if one.properties.get(name) != other.properties.get(name) and (table, _thing(name)) not in moved
        }
        if names:
            ours[identity], theirs[identity] = _only(one, names), _only(other, names)
    return replace(head, objects=ours), replace(live, objects=theirs)


def _thing(name: str) -> str:
    """A property as the facts know it: the grants and row security are the relation's."""
    return name if name.partition(" ")[0] in _THINGS else "relation"


def _moved(before: Facts, now: Facts) -> set[tuple[str, str]]:
    """The tables, and what of each, of which the two platforms say something else."""
    was, is_now = dict(_things(before)), dict(_things(now))
    moved = (key for key in was.keys() | is_now.keys() if was.get(key) != is_now.get(key))
    return {(table, f"{kind} {_quoted(kind, name)}" if name else kind) for table, kind, name in moved}


def _things(facts: Facts) -> Iterator[tuple[tuple[str, str, str], Mapping[str, object]]]:
    """What the facts say of tables, by the table, the kind of thing, and its name."""
    for row in facts.of("relation"):
        yield (row["name"], "relation", ""), {"acl": row["acl"], "rls": row.get("rls")}
    for row in facts.of(*_THINGS):
        # The number of a column says only which ones were dropped before it.
        yield (row["table"], row["kind"], row["name"]), {key: value for key, value in row.items() if key != "n"}


def _quoted(kind: str, name: str) -> str:
    return name.rpartition(".")[2] if kind == "index" else identifier(name)


def _only(item: Object, names: set[str]) -> Object:
    return replace(item, properties={name: text for name, text in item.properties.items() if name in names})
