"""A database at head, for as long as somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.errors import MigrationError, ShadowError
from dbtools.platform.ground import of_project
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project


@contextmanager
def at_head(project: Project, shadow: Shadow | None = None) -> Iterator[str]:
    """The URL of a database at head that goes at the end.

    It is in a running shadow, or one on the project's own platform. Where a revision needs what that server was built
    without (collations of ICU, for one), it is on a server of live's major version: a pull was proven there.

    Raises:
        MigrationError: a revision does not load.
    """
    platform = of_project(project.migrations)
    with ExitStack() as stack:
        running = shadow or stack.enter_context(Shadow(platform=platform))
        try:
            url = _built(project, running, stack)
        except MigrationError as error:
            if not _is_unsupported(error) or platform.major == running.server.major:
                raise
            try:
                other = stack.enter_context(Shadow(major=platform.major, platform=platform))
            except ShadowError as missing:
                hint = f"the embedded Postgres was built without that, but live is {platform.major}: {missing.hint}"
                raise MigrationError(error.message, hint=hint) from error
            url = _built(project, other, stack)
        yield url


def _built(project: Project, shadow: Shadow, stack: ExitStack) -> str:
    url = shadow.create()
    stack.callback(shadow.drop, str(conninfo_to_dict(url)["dbname"]))
    alembic_env.upgrade(project, url)
    return url


def _is_unsupported(error: BaseException | None) -> bool:
    while error:
        if isinstance(error, psycopg.errors.FeatureNotSupported):
            return True
        error = error.__cause__
    return False
