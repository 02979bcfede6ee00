"""A project that was pulled, and everything that must be silent right after."""

from __future__ import annotations

from pathlib import Path

from alembic import command

from dbtools import alembic_env
from dbtools.diff import diff
from dbtools.init import init
from dbtools.platform.ground import of_project
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.project.shadow import shadow_of
from dbtools.pull import PullOptions, PullReport, pull
from dbtools.pull.incremental import pull_again
from dbtools.revise import pending
from dbtools.runner.head import at_head


def pulled(url: str, folder: Path, shadow: Shadow | None = None) -> tuple[Project, PullReport]:
    """A new project with live's baseline, proven on that shadow's major version, and live said to be at it."""
    folder.mkdir(exist_ok=True)
    init(folder)
    project = Project.find(folder)
    report = pull(url, project.migrations, shadow=shadow, options=PullOptions(objects_in=project))
    command.stamp(alembic_env.config(project, url), "head")
    return project, report


def said_afterwards(url: str, project: Project, major: int | None = None) -> list[object]:
    """What diff, `alembic check`, revise and a second pull find to say; nothing where all is as it was pulled.

    In shadows as the project has them, or of another major version.
    """
    said: list[object] = []
    of_major = Shadow(major=major, platform=of_project(project.migrations)) if major else None
    with of_major or shadow_of(project) as shadow:
        said += diff(url, project, shadow=shadow).changes
        with at_head(project, shadow) as head:
            revision = pending(head, project)
        said += [revision] if revision else []
        again = pull_again(url, project, "again", shadow=shadow)
        said += [*again.changes, *again.written]
    return said


def problems(report: PullReport) -> list[str]:
    """What keeps a pull's answer from being yes."""
    left = [f"{item.object}: {item.reason}" for item in (*report.left_out, *report.unproven)]
    return left + [f"{change.action} {change.object.identity} {change.property}" for change in report.differences]
