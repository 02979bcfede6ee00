"""What in a database uses what: from the texts of its functions, policies, views and jobs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dbtools.docs.facts import Facts
from dbtools.docs.references import Name, References, key, of_function, search_path
from dbtools.model.declared import RELATIONS, ROUTINES
from dbtools.model.quoting import identifier
from dbtools.model.snapshot import Object, Snapshot


@dataclass(frozen=True)
class Use:
    """What one object uses, by identity; `elsewhere` are qualified names that are not the project's, as they read."""

    calls: Sequence[str] = ()
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    elsewhere: Sequence[str] = ()
    unread: Sequence[str] = ()


@dataclass(frozen=True)
class Uses:
    """Who uses what, and the other way round; all by identity and sorted."""

    by: Mapping[str, Use]
    callers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    readers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    writers: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, identity: str) -> Use:
        """What an object uses; nothing is known of what has no text."""
        return self.by.get(identity, Use())


def find(snapshot: Snapshot, facts: Facts) -> Uses:
    """All uses in a database."""
    relations = {key(item.schema, item.name): item.identity for item in snapshot.of(*RELATIONS, "sequence")}
    functions = defaultdict(list)
    for item in snapshot.of(*ROUTINES):
        functions[key(item.schema, item.name)].append(item.identity)
    by: dict[str, Use] = {}
    for item, found, path in _texts(snapshot):
        elsewhere: set[str] = set()
        calls = {one for name in found.calls for one in _resolve(name, path, functions, elsewhere)}
        # A call by its own name is a call of an overload, or of itself; neither is news on its page.
        by[item.identity] = Use(
            calls=sorted(calls - {item.identity}),
            reads=sorted({one for name in found.reads for one in _one(name, path, relations, elsewhere)}),
            writes=sorted({one for name in found.writes for one in _one(name, path, relations, elsewhere)}),
            elsewhere=sorted(elsewhere),
            unread=sorted(found.unread),
        )
    for identity, firing in facts.firings.items():
        if identity in snapshot.objects:
            by[identity] = Use(calls=[firing.function])
    return Uses(by, *(_turned(by, what) for what in ("calls", "reads", "writes")))


def _texts(snapshot: Snapshot) -> Iterator[tuple[Object, References, Sequence[str]]]:
    """Each object that has a text, what its text refers to, and where its bare names are looked for."""
    for item in snapshot.of(*ROUTINES):
        if item.kind != "aggregate":
            yield item, of_function(item), search_path(item)
    for item in snapshot.objects.values():
        properties, found = item.properties, References()
        if item.kind == "policy":
            for clause in ("using", "with check"):
                if clause in properties:
                    found.add_expression(properties[clause])
        elif item.kind in {"view", "materialized view"}:
            found.add_sql(properties["definition"])
        elif item.kind == "column" and ("default" in properties or "generated" in properties):
            text = properties.get("default") or properties["generated"].partition(" ")[2]
            if "(" in text:
                found.add_expression(text)
        elif item.kind == "cron job":
            found.add_sql(properties["command"])
        else:
            continue
        yield item, found, ["public"]


def _resolve(name: Name, path: Sequence[str], known: Mapping[str, list[str]], elsewhere: set[str]) -> list[str]:
    schema, bare = name
    for candidate in [schema] if schema else path:
        if key(candidate, bare) in known:
            return known[key(candidate, bare)]
    if schema and schema != "pg_catalog":
        elsewhere.add(f"{identifier(schema)}.{identifier(bare)}()")
    return []


def _one(name: Name, path: Sequence[str], known: Mapping[str, str], elsewhere: set[str]) -> list[str]:
    schema, bare = name
    for candidate in [schema] if schema else path:
        if key(candidate, bare) in known:
            return [known[key(candidate, bare)]]
    if schema and schema not in {"pg_catalog", "information_schema"}:
        elsewhere.add(key(schema, bare))
    return []


def _turned(by: Mapping[str, Use], what: str) -> Mapping[str, Sequence[str]]:
    turned = defaultdict(list)
    for identity in sorted(by):
        for used in getattr(by[identity], what):
            turned[used].append(identity)
    return turned
