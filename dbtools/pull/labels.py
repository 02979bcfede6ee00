"""New labels of enums: in a revision of their own, because no transaction may use a label that it has made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import psycopg

from dbtools.model.compare import Change
from dbtools.model.renames import Rename, original
from dbtools.pull.rare_changes import labels

TITLE = "{}: new labels"
_WHY = "-- By themselves: what uses a label has to wait until it is committed.\n"
_BACK = "-- Postgres takes no label away again: {} what is new, and going up once more changes nothing.\n"


def new(changes: Iterable[Change], renamed: Sequence[Rename]) -> list[Change]:
    """Those of the changes from head (found) to live (expected) that are nothing but more labels.

    A type that was itself renamed, or has a label that was, is none of them: its labels come before any rename.
    """
    touched = {parent for one in renamed for parent in (one.new.identity, one.new.parent)}
    found = []
    for change in changes:
        if change.property != "labels" or not (change.expected and change.found):
            continue
        there, wanted = json.loads(change.found), json.loads(change.expected)
        is_more = there == [label for label in wanted if label in there]
        is_renamed = change.object.identity in touched or original(change.object, renamed) != change.object
        if is_more and not is_renamed:
            found.append(change)
    return found


def make(url: str, changes: Sequence[Change]) -> tuple[str, str]:
    """Give the types of a database their new labels, for good, and return the SQL of the revision that does, both ways.

    Both are empty without any.

    Raises:
        psycopg.Error: the server refuses one.
    """
    if not changes:
        return "", ""
    up = [line for one in changes for line in labels(one.object, one.found or "[]", one.expected or "[]")]
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in up:
            connection.execute(statement.encode())
    keeps = ", ".join(one.object.identity for one in changes) + (" keep" if len(changes) > 1 else " keeps")
    return _WHY + "".join(up), _BACK.format(keeps.replace("\n", " "))


def without(changes: Iterable[Change], made: Sequence[Change]) -> list[Change]:
    """The changes but for those labels, which no way back takes away."""
    kept = {one.object.identity for one in made}
    return [one for one in changes if not (one.property == "labels" and one.object.identity in kept)]
