"""What head's catalog says, kept as a text: a head that nobody has changed is not built to be compared."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cached_property

import psycopg

from dbtools import catalog
from dbtools.catalog.rows import Rows
from dbtools.platform.ground import of_project
from dbtools.platform.ownership import Ownership
from dbtools.postgres import cache
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.project.shadow import key_of_head

# Each is a megabyte or two for hundreds of tables.
_KEPT = 20
_KIND = "heads"


class Head:
    """A project's head as its catalog has it; a database is built when somebody asks for what is not kept.

    Use it in a `with` block, in which `catalog.owned_by` names the same ownership; what was built goes with the block.

    Args:
        project: whose head.
        ownership: whose eyes the catalog is read with, live's.
        shadow: a running one to build in; by default one is started, or taken from the cache.
        say: told when a database is built.

    Raises:
        MigrationError: head cannot be built.
    """

    def __init__(
        self, project: Project, ownership: Ownership, shadow: Shadow | None, say: Callable[[str], None]
    ) -> None:
        self._project, self._ownership, self._shadow, self._say = project, ownership, shadow, say
        self._stack = ExitStack()
        self._others = True

    def __enter__(self) -> Head:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    @cached_property
    def connection(self) -> psycopg.Connection:
        """A connection to a database at head, as the owner of its objects."""
        # Most of the time head is what it was, and what builds one is not even loaded.
        from dbtools.runner.head import at_head, head_of  # noqa: PLC0415

        self._say("building head in a shadow")
        if self._shadow:
            url = self._stack.enter_context(at_head(self._project, self._shadow))
        else:
            head = self._stack.enter_context(head_of(self._project))
            url, self._others = head.url, bool(head.others)
        return self._stack.enter_context(connect(url))

    @cached_property
    def read(self) -> Rows:
        """What its catalog says."""
        key = "" if self._shadow else self._key()
        # Whatever is cut short or from elsewhere is as good as not there.
        with suppress(ValueError, TypeError, IndexError):
            if key and (kept := cache.take_text(_KIND, key)):
                return Rows.loads(kept)
        read = catalog.read_with_platform(self.connection)
        self.connection.rollback()
        # Nor is it kept if a file was changed meanwhile, or if something else was read than files.
        if key and not self._others and key == self._key():
            cache.keep_text(_KIND, key, read.dumps(), most=_KEPT)
        return read

    def _key(self) -> str:
        """A digest of all that head is built from, and of whose eyes it is read with."""
        platform = of_project(self._project.migrations)
        return cache.digest(key_of_head(self._project, platform), self._ownership.dumps())
