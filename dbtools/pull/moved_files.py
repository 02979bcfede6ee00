"""The files of `sql/` after a rename: where they are now, and with the new names in them.

A file keeps what somebody wrote into it, comments and all, as long as it says the same as the catalog does; else it is
written anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import psycopg
from pglast.parser import ParseError, scan

from dbtools import catalog
from dbtools.errors import ReviseError
from dbtools.model.declared import RELATIONS, ROUTINES, Declared, declared_part
from dbtools.model.definition import definition
from dbtools.model.quoting import identifier, unquoted
from dbtools.model.renames import Rename
from dbtools.model.snapshot import Snapshot
from dbtools.project import Project, sql_folder
from dbtools.pull import layout

Texts = dict[Declared, str]


def after(
    connection: psycopg.Connection, project: Project, renamed: Sequence[Rename], changed: Texts
) -> tuple[Texts, list[Declared]]:
    """The files that renames change, and those that can no longer be applied.

    Args:
        connection: to a database in which everything has its new name.
        project: where `sql/` is.
        renamed: the renames, in their order.
        changed: the files that are written anyway.

    Returns:
        texts to write, empty where a file goes; and what stays as it was, because what it makes is broken.
    """
    now = catalog.read(connection)
    files = sql_folder.declared(project)
    old: Texts = {}
    mixed = set()
    for item in files:
        # Of several objects of one name, some may have another one now: then there are two files where one was.
        stays = {item} if declared_part(now, item).objects else set()
        for one in {_follow(item, renamed, project)} | stays:
            mixed |= {one} if one in old or stays - {one} else set()
            old[one] = sql_folder.text(item)
    old = {item: text for item, text in old.items() if item not in changed}
    # What a name stands for is not looked at: whether a text is right is tried, and if it is not, the next one is.
    ways = {item: _ways(now, item, "" if item in mixed else text, renamed) for item, text in old.items()}
    texts = {
        item: text if item in files and item not in mixed else next(ways[item], text) for item, text in old.items()
    }
    broken = set()
    while wrong := _wrong(connection, now, {item: text for item, text in texts.items() if item not in broken}):
        for item in wrong:
            texts[item] = next(ways[item], "")
            broken |= {item} if not texts[item] else set()
    texts |= {item: old[item] for item in broken}
    written = {item: text for item, text in texts.items() if item not in files or text != sql_folder.text(item)}
    left = {item for item in files if item not in old and item not in changed}
    return written | dict.fromkeys(left, ""), sorted(broken)


def _ways(now: Snapshot, item: Declared, text: str, renamed: Sequence[Rename]) -> Iterator[str]:
    if text:
        yield _with_new_names(text, renamed)
    with suppress(ReviseError):
        yield definition(now, item)


def _wrong(connection: psycopg.Connection, now: Snapshot, texts: Texts) -> set[Declared]:
    """The files that cannot be applied or change something, each by itself where together they do not show which."""
    wrong = layout.unproven(connection, now, texts)
    if len(texts) < 2 or wrong != set(texts):
        return wrong
    items = sorted(texts)
    halves = items[: len(items) // 2], items[len(items) // 2 :]
    return {one for half in halves for one in _wrong(connection, now, {item: texts[item] for item in half})}


def _follow(item: Declared, renamed: Sequence[Rename], project: Project) -> Declared:
    """What a file's object is called once everything is renamed."""
    for one in renamed:
        old, new = one.old, one.new
        if old.kind == "schema" and item.schema == old.name:
            item = replace(item, schema=new.name)
        elif (old.schema, old.name) == (item.schema, item.name) and (
            (old.kind in ROUTINES and item.kind == "function")
            or (old.kind in RELATIONS and item.kind in {"view", "policies"})
            or (old.kind == "trigger" and item.kind == "trigger" and old.parent.endswith(f".{identifier(item.table)}"))
        ):
            item = replace(item, schema=new.schema, name=new.name)
        elif old.kind in RELATIONS and (old.schema, old.name) == (item.schema, item.table):
            item = replace(item, schema=new.schema, table=new.name)
    return sql_folder.named(project, item.kind, item.schema, item.name, item.table)


def _with_new_names(text: str, renamed: Sequence[Rename]) -> str:
    for one in renamed:
        if one.old.schema != one.new.schema:
            text = _replaced(text, one.old.schema, one.new.schema, before=one.old.name)
        if one.old.name != one.new.name:
            text = _replaced(text, one.old.name, one.new.name, followed_by_dot=one.old.kind == "schema")
    return text


def _replaced(text: str, old: str, new: str, *, followed_by_dot: bool = False, before: str = "") -> str:
    words = list(_words(text))
    made, end = "", 0
    for (start, stop, name), (next_start, _, next_name) in pairwise([*words, (len(text), len(text), "")]):
        dotted = text[stop:next_start].strip() == "."
        if name == old and (dotted or not followed_by_dot) and (not before or (dotted and next_name == before)):
            made += text[end:start] + identifier(new)
            end = stop
    return made + text[end:]


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """Where the names and keywords of a text are, and what they say."""
    try:
        tokens = scan(text)
    except ParseError:
        return
    for token in tokens:
        word = text[token.start : token.end + 1]
        if token.name == "IDENT" or token.kind != "NO_KEYWORD":
            yield token.start, token.end + 1, unquoted(word) if word.startswith('"') else word.lower()
