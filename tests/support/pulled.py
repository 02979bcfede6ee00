"""A project that was pulled, and everything that must be silent right after."""

from __future__ import annotations

from pathlib import Path

from alembic import command

from dbtools import alembic_env
from dbtools.diff import diff
from dbtools.init import init
from dbtools.project import Project
from dbtools.project.shadow import shadow_of
from dbtools.pull import PullOptions, PullReport, pull
from dbtools.pull.incremental import pull_again
from dbtools.revise import pending
from dbtools.runner.head import at_head


def pulled(url: str, folder: Path) -> tuple[Project, PullReport]:
    """A new project with live's baseline, whose revision live is said to be at."""
    folder.mkdir(exist_ok=True)
    init(folder)
    project = Project.find(folder)
    report = pull(url, project.migrations, options=PullOptions(objects_in=project))
    command.stamp(alembic_env.config(project, url), "head")
    return project, report


def said_afterwards(url: str, project: Project) -> list[object]:
    """What diff, `alembic check`, revise and a second pull find to say; nothing where all is as it was pulled."""
    said: list[object] = []
    with shadow_of(project) as shadow:
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
