"""What of the machine and of the project the commands need."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import psycopg

from dbtools import __version__, alembic_env
from dbtools.doctor.report import Check
from dbtools.errors import ConfigError, MigrationError, PlatformFileError, ShadowError
from dbtools.platform.ground import folder, reviewed
from dbtools.postgres.programs import EMBEDDED_MAJOR, binaries
from dbtools.project import Project, sql_folder
from dbtools.report import counted

MAJORS = (14, 15, 16, 17, 18)


def machine() -> Iterator[Check]:
    """Versions, and the servers that shadows can run on."""
    libpq = psycopg.pq.version()
    yield Check("here", "dbtools", "ok", f"{__version__}, on Python {platform.python_version()}")
    yield Check("here", "alembic", "ok", version("alembic"))
    yield Check("here", "psycopg", "ok", f"{version('psycopg')}, libpq {libpq // 10000}.{libpq % 10000}")
    there: dict[int, Path] = {}
    for major in MAJORS:
        try:
            there[major] = binaries(major)
        except ShadowError as error:
            if major == EMBEDDED_MAJOR:
                yield Check("here", "server for shadows", "missing", error.message, error.hint, "server")
    if there:
        majors = ", ".join(map(str, there))
        yield Check("here", "server for shadows", "ok", f"Postgres {majors}", need="server")


def find_project() -> tuple[Project | None, list[Check]]:
    """The project, and what is to be said of it."""
    try:
        project = Project.find()
    except ConfigError as error:
        return None, [Check("project", "settings", "missing", error.message, error.hint, "project")]
    checks = [Check("project", "settings", "ok", str(project.root), need="project")]
    return project, [*checks, *_entry(project), _revisions(project), _platform(project), _sql(project)]


def _entry(project: Project) -> Iterator[Check]:
    path = project.migrations / "env.py"
    if not path.exists():
        yield Check("project", "env.py", "missing", f"{path} is not there", "dbtools init", "project")
    elif "dbtools.alembic_env" not in path.read_text(encoding="utf-8", errors="replace"):
        yield Check(
            "project", "env.py", "note", "your own: `alembic upgrade` then gives way to nobody", "see dbtools init"
        )


def _revisions(project: Project) -> Check:
    def missing(found: str, hint: str) -> Check:
        return Check("project", "revisions", "missing", found, hint, "revisions")

    try:
        directory = alembic_env.scripts(project)
        heads, number = directory.get_heads(), len(list(directory.walk_revisions()))
    except MigrationError as error:
        return missing(error.message, error.hint)
    if not heads:
        return missing("none yet", "dbtools pull")
    if len(heads) > 1:
        return missing(f"{len(heads)} heads: {', '.join(sorted(heads))}", "alembic merge heads")
    return Check("project", "revisions", "ok", f"{number}, head is {heads[0]}", need="revisions")


def _platform(project: Project) -> Check:
    try:
        facts = reviewed(project.migrations)
    except PlatformFileError as error:
        return Check("project", "platform", "missing", error.message, error.hint, "project")
    if facts is None:
        return Check(
            "project",
            "platform",
            "note",
            "no folder of its own; shadows stand on a hosted Supabase project's",
            "dbtools pull writes migrations/platform/",
        )
    return Check("project", "platform", "ok", f"{folder(project.migrations)}, of Postgres {facts.major}")


def _sql(project: Project) -> Check:
    try:
        number = len(sql_folder.declared(project))
    except ConfigError as error:
        return Check("project", "sql/", "missing", error.message, error.hint, "sql")
    if not number:
        return Check("project", "sql/", "missing", f"{project.sql} declares nothing", "dbtools pull lays it out", "sql")
    return Check("project", "sql/", "ok", counted(number, "object"), need="sql")
