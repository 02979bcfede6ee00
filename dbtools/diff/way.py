"""The SQL that brings a database from head to where live is, and back, as far as objects can be made again whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import psycopg

from dbtools.errors import ReviseError
from dbtools.model import render
from dbtools.model.compare import Change, compare
from dbtools.model.declared import RELATIONS, Declared, declared_part, in_order
from dbtools.model.definition import definition
from dbtools.model.snapshot import Snapshot
from dbtools.project import Project, sql_folder
from dbtools.revise import becomes, both_ways, provenance
from dbtools.revise.plan import read
from dbtools.revise.provenance import History


def to_head(connection: psycopg.Connection, project: Project, live: Snapshot, changes: Sequence[Change]) -> str:
    """The way from live to head: in the shadow, head is brought to where live is, and the way back is the answer."""
    head = read(connection)
    live = in_the_words_of(head, live, changes)
    items = in_order(sql_folder.among(head, project) | sql_folder.among(live, project))
    past = History(tuple(items), provenance.read(project).texts)
    whole = {item: about(item, head, live, changes) for item in items}
    wrong = [item for item, some in whole.items() if some]
    recreated = [change for some in whole.values() for change in some]
    by_hand = [f"-- To be changed by hand: {line}" for line in render.lines(c for c in changes if c not in recreated)]
    try:
        ways = [both_ways_to(connection, head, live, wrong, past)[1]] if wrong else []
    except ReviseError:
        ways = [_back_or_why(connection, head, live, item, past) for item in wrong]
    return "\n".join(["\n".join(by_hand) + "\n", *ways]) if by_hand else "\n".join(ways)


def in_the_words_of(head: Snapshot, live: Snapshot, changes: Sequence[Change]) -> Snapshot:
    """Live as a server of head's version would print it: what differs in nothing but words is as head has it."""
    keys = {(change.object.identity, change.property) for change in changes}
    said = {}
    for identity, one in live.objects.items():
        there = head.objects[identity].properties if identity in head.objects else {}
        same = {name: text for name, text in there.items() if (identity, name) not in keys}
        said[identity] = replace(one, properties={**one.properties, **same})
    return replace(live, objects=said)


def about(item: Declared, head: Snapshot, live: Snapshot, changes: Sequence[Change]) -> list[Change]:
    """Which of the changes are in what an item's file would be responsible for, as long as there is a table for it."""
    ours, theirs = declared_part(head, item), declared_part(live, item)
    if item.kind == "policies" and len(ours.of(*RELATIONS)) != len(theirs.of(*RELATIONS)):
        return []
    keys = {(change.object.identity, change.property) for change in compare(ours, theirs)}
    return [change for change in changes if (change.object.identity, change.property) in keys]


def both_ways_to(
    connection: psycopg.Connection, start: Snapshot, live: Snapshot, items: Collection[Declared], past: History
) -> tuple[str, str]:
    """The SQL that brings the objects of some items to where live is, and the SQL back, both proven.

    Args:
        connection: to a database at `start`, in a transaction; left as it is.
        start: what its catalog says.
        live: what is wanted of the items.
        items: which ones.
        past: as for `both_ways`.

    Raises:
        ReviseError: there is no such way.
    """
    parts = {item: declared_part(live, item) for item in items}
    texts = {item: definition(live, item) for item, part in parts.items() if part.objects}
    return both_ways(connection, start, becomes(start, parts), texts, past)


def _back_or_why(connection: psycopg.Connection, head: Snapshot, live: Snapshot, item: Declared, past: History) -> str:
    try:
        return both_ways_to(connection, head, live, [item], past)[1]
    except ReviseError as error:
        why = error.message.replace("\n", "\n-- ")
        return f"-- To be changed by hand: {item.kind} {item.schema}.{item.name}, because\n-- {why}\n"
