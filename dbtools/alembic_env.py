"""What `migrations/env.py` runs: plain Alembic commands, against the database that was named, with clear errors.

Alembic's own command line prints a `CommandError` without a traceback, so that is what leaves this module.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationInfo
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from dbtools.config import Project, database_url
from dbtools.connection import connect
from dbtools.errors import DbtoolsError, MigrationError
from dbtools.export import history


def run() -> None:
    """Run the migrations of the current Alembic context; the whole of a project's `env.py`."""
    try:
        project = Project.find(Path(context.script.dir))
        if context.is_offline_mode():
            _run_offline(project)
        else:
            _run_online(project)
    except DbtoolsError as error:
        hint = f"\n  hint: {error.hint}" if error.hint else ""
        raise CommandError(error.message + hint) from error


def config(project: Project, url: str) -> Config:
    """An Alembic configuration for calling `alembic.command` functions from Python."""
    made = Config(toml_file=project.root / "pyproject.toml")
    made.attributes["url"] = url
    return made


def upgrade(project: Project, url: str, revision: str = "head") -> None:
    """`alembic upgrade` from Python.

    Raises:
        MigrationError: with the message that the command line would have printed.
    """
    try:
        command.upgrade(config(project, url), revision)
    except CommandError as error:
        raise MigrationError(str(error)) from error


def heads(project: Project) -> list[str]:
    """The newest revisions of the project's history: one, unless branches wait to be merged."""
    return ScriptDirectory.from_config(Config(toml_file=project.root / "pyproject.toml")).get_heads()


def _run_online(project: Project) -> None:
    arguments = context.get_x_argument(as_dictionary=True)
    url = database_url(context.config.attributes.get("url") or arguments.get("db_url"))

    def opened() -> psycopg.Connection:
        return connect(url, application_name="dbtools-alembic")

    engine = sa.create_engine("postgresql+psycopg://", creator=opened, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **_options(project))
        _create_version_schema_with_table(project)
        with context.begin_transaction():
            context.run_migrations()


def _run_offline(project: Project) -> None:
    context.configure(dialect_name="postgresql", **_options(project))
    _create_version_schema_with_table(project)
    with context.begin_transaction():
        context.run_migrations()


def _options(project: Project) -> dict[str, Any]:
    options: dict[str, Any] = {
        "transaction_per_migration": True,
        "version_table_schema": project.version_table_schema,
    }
    if not context.is_offline_mode():
        said = [_say_version] if context.config.cmd_opts is not None else []
        options["on_version_apply"] = [partial(history.record, project), *said]
    return options


def _say_version(*, step: MigrationInfo, **_: object) -> None:
    """One line for each revision, for people at the command line."""
    if step.is_stamp:
        print(f"stamped {', '.join(step.destination_revision_ids) or 'base'}", file=sys.stderr)
        return
    title = getattr(step.up_revision, "doc", None)
    done = f"{'upgraded to' if step.is_upgrade else 'took back'} {step.up_revision_id}"
    print(f"{done}: {title}" if title else done, file=sys.stderr)


def _create_version_schema_with_table(project: Project) -> None:
    # Only the commands that create the table (upgrade, stamp) need the schema; `current` must not write anything.
    version_table = context.get_context()._version
    create = sa.schema.CreateSchema(project.version_table_schema, if_not_exists=True)
    sa.event.listen(version_table, "before_create", lambda _, connection, **__: connection.execute(create))
