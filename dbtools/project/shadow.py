"""The shadow that a project's head is built in."""

from __future__ import annotations

import re

from dbtools.errors import ShadowError
from dbtools.platform.facts import Facts
from dbtools.platform.ground import of_project
from dbtools.postgres import cache
from dbtools.postgres.embedded import identity
from dbtools.postgres.programs import EMBEDDED_MAJOR, binaries
from dbtools.postgres.shadow import Content, Shadow
from dbtools.project import Project, sources

# The wheel's Postgres was built without ICU and libxml, and refuses to make what needs them.
_NOT_IN_WHEEL = re.compile(
    r"\bcreate\s+collation\b[^;]*\bicu\b|\bxml(?:concat|element|forest|parse|pi|root|serialize|table)\s*\(",
    re.IGNORECASE,
)


def shadow_of(project: Project, content: Content | None = None) -> Shadow:
    """A shadow on the project's own platform, not started yet, that holds this content from its start."""
    platform = of_project(project.migrations)
    return Shadow(major=_major(project, platform), platform=platform, content=content)


def key_of_head(project: Project, platform: Facts) -> str:
    """A digest of all that a shadow at a project's head is made of: its files, its platform, the server, dbtools."""
    files = cache.digest_of_files(sources.of_head(project))
    return cache.digest(identity(_major(project, platform)), project, files)


def _major(project: Project, platform: Facts) -> int:
    """The newest version of Postgres; but live's own, if that is on this machine, where a revision has an ICU collation
    or an XML expression, which the Postgres from a wheel cannot make.
    """
    texts = (path.read_text("utf-8") for path in (project.migrations / "versions").glob("*.up.sql"))
    if any(_NOT_IN_WHEEL.search(text) for text in texts):
        try:
            binaries(platform.major)
        except ShadowError:
            pass
        else:
            return platform.major
    return EMBEDDED_MAJOR
