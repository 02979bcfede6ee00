"""The objects of a pulled schema laid out under `sql/`, one per file, so that the next edit starts there.

A file is kept only if it proves itself: applied on top of the replay, all of them together change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from dbtools import catalog
from dbtools.errors import PullError, ReviseError
from dbtools.model.compare import compare
from dbtools.model.declared import Declared, declared_part, table_of
from dbtools.model.definition import definition
from dbtools.model.snapshot import Snapshot
from dbtools.postgres.connection import connect
from dbtools.project import Project, sql_folder
from dbtools.pull.files import Files

Texts = dict[Declared, str]


def refuse_to_overwrite(project: Project) -> None:
    """Raise PullError if `sql/` already holds something."""
    there = next(sql_folder.files(project), None)
    if there:
        raise PullError(
            f"{project.sql} already holds {there.relative_to(project.sql)}",
            hint="objects are laid out once; --no-objects leaves sql/ as it is",
        )


def files(snapshot: Snapshot, url: str, project: Project, beside: Files) -> Texts:
    """The files, none of them in its place yet; what cannot be said in one stays in the baseline only.

    Args:
        snapshot: of the project's objects.
        url: a database that has them; left as it is.
        project: where `sql/` is.
        beside: where they are written and read back, so that what is proven is what they hold.
    """
    texts: Texts = {}
    for item in sorted(set(_items(snapshot, project))):
        try:
            texts[item] = beside.write(item.path, definition(snapshot, item))
        except ReviseError:
            continue
    with connect(url) as connection:
        before = catalog.read(connection)
        while wrong := unproven(connection, before, texts):
            texts = {item: text for item, text in texts.items() if item not in wrong}
    return texts


def _items(snapshot: Snapshot, project: Project) -> Iterator[Declared]:
    kinds = {"function": "function", "procedure": "function", "view": "view", "trigger": "trigger"}
    kinds |= {"materialized view": "view", "table": "policies", "foreign table": "policies"}
    schemas = {"public", *(schema.name for schema in snapshot.of("schema"))}
    # A view's rules and its columns' defaults outlive a "create or replace", and no file says them.
    incomplete = {rule.parent for rule in snapshot.of("rule")}
    incomplete |= {view.identity for view in snapshot.of("view") if "column defaults" in view.properties}
    for one in snapshot.of(*kinds):
        # What the project has in a schema of the platform's, it may no longer be allowed to replace there.
        if (one.schema not in schemas and one.kind != "trigger") or (one.kind == "view" and one.identity in incomplete):
            continue
        table = snapshot.objects.get(one.parent)
        if one.kind == "trigger" and table and {"partition", "partitioned by"} & table.properties.keys():
            # A partition's triggers are made with the whole's, and lose what was said of one alone.
            continue
        of = table_of(one) if one.kind == "trigger" else ""
        item = sql_folder.named(project, kinds[one.kind], one.schema, one.name, of)
        if sql_folder.fits(item):
            yield item


def unproven(connection: psycopg.Connection, before: Snapshot, texts: Texts) -> set[Declared]:
    """The files that cannot be applied, or that change something."""
    wrong: set[Declared] = set()
    with connection.transaction(force_rollback=True):
        for item, text in texts.items():
            try:
                with connection.transaction():
                    connection.execute(text.encode())
            except psycopg.Error:
                wrong.add(item)
        after = catalog.read(connection)
    if compare(before, after):
        changed = {item for item in texts if compare(declared_part(before, item), declared_part(after, item))}
        # Where none of them is to blame for what it bears the name of, none can be trusted.
        wrong |= changed or set(texts)
    return wrong
