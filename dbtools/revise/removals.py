"""What a revision takes away from whoever uses it, and what it says beside the statement that does.

A function is not taken away if one of its name stays that accepts every old call. Names are as a revision's `Contract`
wants them; the answers are for squawk, which flags what may break a client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dbtools.model.declared import bare
from dbtools.model.quoting import identifier
from dbtools.model.snapshot import Object, Snapshot

_RULES = {
    "function": "ban-drop-function",
    "procedure": "ban-drop-function",
    "view": "ban-drop-view",
    "materialized view": "ban-drop-view",
}


def gone(start: Snapshot, wanted: Snapshot) -> Iterator[Object]:
    """The functions, views and policies of `start` that `wanted` has no more."""
    for one in start.of(*_RULES, "policy"):
        if one.identity not in wanted.objects and not _successor(one, wanted):
            yield one


def name(one: Object) -> str:
    """What a `Contract` calls it: "KIND NAME"."""
    return one.identity if one.kind != "policy" else f"policy {bare(one.parent)}.{identifier(one.name)}"


def drop(one: Object, wanted: Snapshot) -> str:
    """The statement that drops an object on the way to `wanted`, and why above it."""
    successor = _successor(one, wanted)
    if one.identity in wanted.objects:
        why = "Made again below."
    elif successor:
        why = f"Its calls go to {successor.identity}."
    else:
        why = "Not in sql/ any more."
    answer = f"-- squawk-ignore {_RULES[one.kind]}\n" if one.kind in _RULES else ""
    return f"-- {why}\n{answer}drop {one.identity};\n"


def _successor(old: Object, wanted: Snapshot) -> Object | None:
    """The function of the same name that accepts every call of an old one: only arguments with a default are new."""
    if old.kind not in {"function", "procedure"}:
        return None
    for new in wanted.of(old.kind):
        if (new.schema, new.name) == (old.schema, old.name) and _accepts(new.properties, old.properties):
            return new
    return None


def _accepts(new: Mapping[str, str], old: Mapping[str, str]) -> bool:
    had, has = old["arguments"], new["arguments"]
    more = has.removeprefix(had) if had else f", {has}"
    return (
        new.get("returns") == old.get("returns")
        and has.startswith(had)
        and more.startswith(", ")
        and all(" DEFAULT " in argument for argument in more[2:].split(", "))
    )
