"""The shadow that a project's head is built in."""

from __future__ import annotations

import re

from dbtools.errors import ShadowError
from dbtools.platform.ground import of_project
from dbtools.postgres.programs import binaries
from dbtools.postgres.shadow import Content, Shadow
from dbtools.project import Project

# The wheel's Postgres was built without ICU and libxml, and refuses to make what needs them.
_NOT_IN_WHEEL = re.compile(
    r"\bcreate\s+collation\b[^;]*\bicu\b|\bxml(?:concat|element|forest|parse|pi|root|serialize|table)\s*\(",
    re.IGNORECASE,
)


def shadow_of(project: Project, content: Content | None = None) -> Shadow:
    """A shadow on the project's own platform, not started yet, that holds this content from its start.

    Its Postgres is the newest; but live's own major version, if that is on this machine, where a revision has an ICU
    collation or an XML expression, which the Postgres from a wheel cannot make.
    """
    platform = of_project(project.migrations)
    texts = (path.read_text("utf-8") for path in (project.migrations / "versions").glob("*.up.sql"))
    if any(_NOT_IN_WHEEL.search(text) for text in texts):
        try:
            binaries(platform.major)
            return Shadow(major=platform.major, platform=platform, content=content)
        except ShadowError:
            pass
    return Shadow(platform=platform, content=content)
