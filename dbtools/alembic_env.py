"""What `migrations/env.py` runs: plain Alembic commands, against the database that was named, with clear errors.

Alembic's own command line prints a `CommandError` without a traceback, so that is what leaves this module.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from dbtools.errors import ConfigError, DbtoolsError, MigrationError
from dbtools.export import history
from dbtools.postgres import offline
from dbtools.postgres.connection import connect
from dbtools.project import Project, database_url
from dbtools.project.revisions import base, configuration, heads, reach, recorded, replaced, scripts
from dbtools.runner import Printer, Runner, guard, limits
from dbtools.runner.observer import only_runner

__all__ = ["base", "config", "heads", "own_environment", "run", "scripts", "upgrade"]


def run() -> None:
    """Run the migrations of the current Alembic context; the whole of a project's `env.py`."""
    try:
        project = context.config.attributes.get("project") or Project.find(Path(context.script.dir))
        # Alembic's own words for a history that does not load are a traceback, or a warning.
        scripts(project)
        if _needs_no_database():
            from dbtools.revise import autogenerate  # noqa: PLC0415  (it needs this module, to upgrade a shadow)

            autogenerate.run(project)
        elif context.is_offline_mode():
            _run_offline(project)
        else:
            _run_online(project)
    except DbtoolsError as error:
        hint = f"\n  hint: {error.hint}" if error.hint else ""
        raise CommandError(error.message + hint) from error
    except (psycopg.Error, sa.exc.DBAPIError) as error:
        # Between two statements of ours: at a commit, with its deferred constraints, or because the connection is lost.
        raise CommandError(
            f"{str(getattr(error, 'orig', error)).strip()}\n  the revision at work was not applied"
        ) from error
    except KeyboardInterrupt:
        raise CommandError("interrupted; the revision at work was not applied") from None


def config(project: Project, url: str, *, confirm: Sequence[str] = ()) -> Config:
    """An Alembic configuration for calling `alembic.command` functions from Python.

    Args:
        project: whose revisions.
        url: the database.
        confirm: the contract revisions that may take away what seems to be in use, by name (`-x confirm=NAME`).
    """
    made = configuration(project)
    made.attributes["url"] = url
    made.attributes["confirm"] = confirm
    return made


def upgrade(project: Project, url: str, revision: str = "head", *, confirm: Sequence[str] = ()) -> None:
    """`alembic upgrade` from Python; the arguments are those of `config`.

    Raises:
        MigrationError: with the message that the command line would have printed.
    """
    scripts(project)
    try:
        with own_environment():
            command.upgrade(config(project, url, confirm=confirm), revision)
    except CommandError as error:
        raise MigrationError(str(error)) from error


@contextmanager
def own_environment() -> Iterator[None]:
    """For the length of the block, Alembic's commands run this module and not the project's `env.py`.

    An `env.py` of the project's own connects where it likes: to the live database, when a shadow was meant.
    """
    theirs = ScriptDirectory.run_env
    ScriptDirectory.run_env = lambda self: run()  # type: ignore[method-assign]  # noqa: ARG005
    try:
        yield
    finally:
        ScriptDirectory.run_env = theirs  # type: ignore[method-assign]


def _needs_no_database() -> bool:
    """Whether the current Alembic command is about files: `check`, `revision`, `merge`, or `history` and `show`.

    The last two ask a database only because of `revision_environment`; where one is named, they mark its revision.
    """
    if "template_args" in environment().context_opts:
        return True
    called = getattr(context.config.cmd_opts, "cmd", [None])[0]
    return called in (command.history, command.show) and named_database() is None


def environment() -> EnvironmentContext:
    """The current Alembic command's."""
    found: EnvironmentContext = context._proxy  # type: ignore[attr-defined]
    return found


def named_database() -> str | None:
    """The database that the current Alembic command names, if it does."""
    try:
        return _database()
    except ConfigError:
        return None


def _database() -> str:
    return database_url(context.config.attributes.get("url") or next(iter(_x("db_url")), None))


def _run_online(project: Project) -> None:
    url = _database()
    connection = connect(url, application_name="dbtools-alembic")
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=sa.NullPool)
    with closing(connection), engine.connect() as wrapped:
        at = recorded(connection, project)
        connection.rollback()
        _configure(project, at, connection=wrapped)
        # The commands that write name a destination; `current` and its kind only look, and wait for nobody.
        if "destination_rev" not in context.get_context().opts:
            context.run_migrations()
            return
        with only_runner(url, _say) as observer:
            runner = Runner(connection, observer, project.limits, _confirmed(), _say)
            if (watch := context.config.attributes.get("watch")) is not None:
                # In a shadow nobody calls anything, however long one looks.
                runner.limits = replace(project.limits, call_watch=0)
                watch.attach(connection)
                guard(context.get_context(), watch.steps)
            guard(context.get_context(), runner.steps)
            try:
                with context.begin_transaction():
                    context.run_migrations()
                history.follow_squash(project, connection)
            finally:
                limits.give_back(connection)


def _run_offline(project: Project) -> None:
    _configure(project, _names("starting_rev"), **offline.DIALECT)
    offline.print_exactly(context.get_context())
    guard(context.get_context(), Printer(context.get_context(), project.limits).steps)
    with context.begin_transaction():
        context.run_migrations()


def _configure(project: Project, at: Sequence[str], **how: Any) -> None:
    to = _names("destination_rev")
    # What is that many steps back, nobody says by name.
    steps_back = replaced(context.script) if any(name.startswith("-") for name in to) else ()
    reach(context.script, [*at, *to, *steps_back])
    _demand_known(at)
    context.configure(
        **how,
        transaction_per_migration=True,
        version_table_schema=project.version_table_schema,
        on_version_apply=None if context.is_offline_mode() else history.recorder(project),
    )
    _create_version_schema_with_table(project)
    heads = context.script.get_heads()
    if len(heads) > 1 and context.get_context().opts.get("destination_rev") in {"head", "heads"}:
        raise MigrationError(
            f"there is more than one head: {', '.join(sorted(heads))}",
            hint='merge them into one history: alembic merge heads -m "…"',
        )


def _names(option: str) -> list[str]:
    """The revisions that the command was given under some name of Alembic's: none, one or several."""
    given: Any = context._proxy.context_opts.get(option)  # type: ignore[attr-defined]
    return [given] if isinstance(given, str) else list(given or ())


def _demand_known(at: Sequence[str]) -> None:
    """Raise MigrationError if the database is at a revision that a squash replaced and nobody kept."""
    gone = set(at) & replaced(context.script).keys()
    for name in sorted(gone - {script.revision for script in context.script.walk_revisions()}):
        raise MigrationError(
            f"the database is at {name}, which {replaced(context.script)[name]} has replaced, and its file is gone",
            hint="from a state of the repository that still has it, bring the database to the newest revision there",
        )


def _x(name: str) -> list[str]:
    """The values of the command line's `-x NAME=VALUE`, of which there may be several."""
    pairs = [argument.partition("=") for argument in context.get_x_argument()]
    return [value for key, _, value in pairs if key == name]


def _confirmed() -> Sequence[str]:
    return [*context.config.attributes.get("confirm", ()), *_x("confirm")]


def _say(text: str) -> None:
    """For people at the command line; whoever calls from Python may listen."""
    if context.config.cmd_opts is not None:
        print(text, file=sys.stderr, flush=True)
    else:
        logging.getLogger("dbtools.progress").info(text)


def _create_version_schema_with_table(project: Project) -> None:
    # Only the commands that create the table (upgrade, stamp) need the schema; `current` must not write anything.
    version_table = context.get_context()._version
    create = sa.schema.CreateSchema(project.version_table_schema, if_not_exists=True)
    sa.event.listen(version_table, "before_create", lambda _, connection, **__: connection.execute(create))
