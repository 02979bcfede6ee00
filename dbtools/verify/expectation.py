"""What is expected of a database: built, not described, and kept.

A shadow is upgraded to head, `sql/` is applied on top, and its catalog is read back. That takes seconds and depends on
nothing but files, so the outcome is kept in the user's cache under a hash of their contents.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from dbtools.errors import MigrationError, VerifyError
from dbtools.model.snapshot import Object, Snapshot
from dbtools.postgres import cache
from dbtools.project import Project, sources

# Each is some hundred kilobytes, and every edit of sql/ makes another.
KEPT = 20
_KIND = "expected"


@dataclass(frozen=True)
class Expectation:
    """The catalog of a database that is as declared, and the oldest and the newest revisions.

    `from_files` says that nothing else was read for it: the same files give the same again.
    """

    snapshot: Snapshot
    base: str
    heads: tuple[str, ...]
    from_files: bool = field(default=True, compare=False)


def expectation(project: Project, say: Callable[[str], None] = lambda _: None) -> Expectation:
    """What is expected, from the cache, or built and put there.

    Raises:
        VerifyError: a revision or a file of `sql/` does not load.
    """
    key = _hash(project)
    # Whatever is cut short or from elsewhere is as good as not there.
    with suppress(ValueError, KeyError, TypeError):
        if kept := cache.take_text(_KIND, key):
            return _from_json(kept)
    say("building what is expected: a shadow at head, with sql/ on top")
    built = build(project)
    if built.from_files:
        cache.keep_text(_KIND, key, json.dumps(_as_dict(built)), most=KEPT)
    return built


def build(project: Project) -> Expectation:
    """What is expected, without the cache.

    Raises:
        VerifyError: a revision or a file of `sql/` does not load.
    """
    # Alembic and SQLAlchemy take longer to import than a database takes to read.
    from dbtools import alembic_env, catalog  # noqa: PLC0415
    from dbtools.postgres.connection import connect  # noqa: PLC0415
    from dbtools.project import sql_folder  # noqa: PLC0415
    from dbtools.runner.head import head_of  # noqa: PLC0415

    try:
        with head_of(project) as head, connect(head.url) as connection:
            sql_folder.apply(connection, project)
            snapshot = catalog.read(connection)
            from_files = not head.others
    except MigrationError as error:
        raise VerifyError(
            f"what is expected cannot be built: {error.message}", hint=error.hint or "alembic check says how"
        ) from error
    return Expectation(snapshot, alembic_env.base(project), tuple(alembic_env.heads(project)), from_files)


def _hash(project: Project) -> str:
    """Of everything that decides the outcome: the project's files, and our own that build and read."""
    files = [*sources.of_head(project), *sources.below(project.sql)]
    return cache.digest(cache.digest_of_package(), project.version_table_schema, cache.digest_of_files(files))


def _as_dict(built: Expectation) -> dict[str, object]:
    objects = [asdict(item) for item in built.snapshot.objects.values()]
    return {"base": built.base, "heads": built.heads, "major": built.snapshot.major, "objects": objects} | {
        "api_roles": built.snapshot.api_roles
    }


def _from_json(text: str) -> Expectation:
    kept = json.loads(text)
    objects = [Object(**item) for item in kept["objects"]]
    snapshot = Snapshot({item.identity: item for item in objects}, kept["major"], tuple(kept["api_roles"]))
    return Expectation(snapshot, kept["base"], tuple(kept["heads"]))
