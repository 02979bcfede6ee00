"""`alembic check`, `alembic revision` and its `--autogenerate`, through Alembic's own hooks.

The comparator stands in for Alembic's own, which know tables only: each difference between `sql/` and head is one
operation. The hook that Alembic shows a new revision to numbers it and writes its SQL; the `.py` file is Alembic's to
write. None of these commands changes a database; one that was named is asked only whether it is at head.
"""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command, context
from alembic.autogenerate.api import AutogenContext, RevisionContext
from alembic.operations.ops import MigrateOperation, MigrationScript, UpgradeOps
from alembic.runtime.migration import MigrationContext
from alembic.runtime.plugins import Plugin
from alembic.util import PriorityDispatchResult

from dbtools.alembic_env import environment, named_database
from dbtools.errors import ReviseError
from dbtools.model.compare import Change
from dbtools.postgres.connection import connect
from dbtools.postgres.script import write
from dbtools.project import Project
from dbtools.revise import Revision, pending
from dbtools.revise.answers import Answers, on_terminal
from dbtools.runner.head import at_head

TEMPLATE = Path(__file__).with_name("script.py.mako")

_UP_BY_HAND = """\
-- Tables, columns, data: what changes, by hand. What has a file in sql/ is changed there; then `dbtools revise`.
"""
_DOWN_BY_HAND = "-- The way back, exactly.\n"


class Differs(MigrateOperation):
    """One difference between `sql/` (expected) and head (found), as an operation of Alembic's."""

    def __init__(self, change: Change) -> None:
        self.change = change

    def to_diff_tuple(self) -> tuple[str, ...]:
        """What `alembic check` prints."""
        return tuple(filter(None, (self.change.action, self.change.object.identity, self.change.property)))

    def reverse(self) -> MigrateOperation:
        """The way back is in the same revision."""
        return self


def run(project: Project) -> None:
    """Serve the current command, one that needs no database.

    Raises:
        ReviseError: `sql/` cannot become a revision, or the revision has no message.
        ConnectError: a database was named and cannot be reached.
    """
    asked: RevisionContext | None = environment().context_opts.get("revision_context")
    if asked is None:
        _demand_two_to_merge()
        context.configure(dialect_name="postgresql", as_sql=True)
        context.run_migrations()
        return
    if asked.command_args["message"] is None and hasattr(context.config.cmd_opts, "message"):
        raise ReviseError("a revision needs a message", hint='alembic revision -m "what it is for"')
    if not (project.migrations / TEMPLATE.name).exists():
        shutil.copyfile(TEMPLATE, project.migrations / TEMPLATE.name)
    if asked.command_args["autogenerate"]:
        _compare(project, asked)
    else:
        _write(asked, context.config.attributes.get("revision") or Revision(_UP_BY_HAND, _DOWN_BY_HAND))


def _demand_two_to_merge() -> None:
    options = context.config.cmd_opts
    if options is None or options.cmd[0] is not command.merge:
        return
    found = {script.revision for script in context.script.get_revisions(options.revisions)}
    if len(found) < 2:
        raise ReviseError(
            f"there is nothing to merge with {next(iter(found), 'base')}", hint="a merge joins two heads: alembic heads"
        )


def _compare(project: Project, asked: RevisionContext) -> None:
    current = environment()
    head = context.config.attributes.get("head")
    with ExitStack() as stack:
        try:
            head_url = head or stack.enter_context(at_head(project))
        finally:
            # Upgrading the shadow was a command of Alembic's too, and took its own context away with it.
            current.__enter__()
        # `alembic check` asks whether anything differs, whatever it is called.
        answers = (
            None if asked.command_args["message"] is None else context.config.attributes.get("answers", _answers())
        )
        revision = pending(head_url, project, answers)
        differences = revision.changes if revision else ()
        context.config.attributes["found"] = revision

        def process(_: MigrationContext, __: object, directives: list[MigrationScript]) -> None:
            if asked.command_args["message"] is None:
                if differences:
                    # Alembic's own words end with the list of them.
                    print('sql/ holds what no revision has: dbtools revise -m "…"', file=sys.stderr)
                return
            if revision is None:
                context.config.print_stdout("Nothing to revise: head is what sql/ holds.")
                directives.clear()
                return
            for script in directives:
                script.upgrade_ops_list[-1].ops.clear()
                script.downgrade_ops_list[-1].ops.clear()
            _write(asked, revision)

        engine = sa.create_engine(
            "postgresql+psycopg://", creator=lambda: connect(named_database() or head_url), poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                version_table_schema=project.version_table_schema,
                target_metadata=sa.MetaData(),
                autogenerate_plugins=[_PLUGIN.name],
                process_revision_directives=process,
                dont_mutate=True,
                differences=differences,
            )
            context.run_migrations()


def _answers() -> Answers:
    said = [argument.partition("=") for argument in context.get_x_argument()]
    yes, no = ([value for key, _, value in said if key == name] for name in ("rename", "no-rename"))
    return Answers(yes, no, on_terminal())


def _write(asked: RevisionContext, revision: Revision) -> None:
    """Number the revision that is asked for, and write the SQL that belongs beside it."""
    [script] = asked.generated_revisions
    directory = context.script
    numbers = [other.revision for other in directory.walk_revisions()]
    if asked.command_args["rev_id"] is None and all(number.isdecimal() for number in numbers):
        script.rev_id = f"{max(map(int, numbers), default=0) + 1:04}"
    # The template, which is the project's, puts them between quotes and does no more than to escape those.
    contract = tuple(json.dumps(name, ensure_ascii=False)[1:-1].replace('\\"', '"') for name in revision.contract)
    environment().context_opts["template_args"].update(from_sql=revision.from_sql, contract=contract)
    folder = script.version_path or directory.versions
    path = directory._rev_path(folder, str(script.rev_id), script.message, directory._generate_create_date())
    write(path.with_suffix(".up.sql"), revision.up)
    write(path.with_suffix(".down.sql"), revision.down)


def _differences(asked: AutogenContext, operations: UpgradeOps) -> Any:
    assert asked.migration_context is not None  # noqa: S101  (Alembic sets it)
    operations.ops += [Differs(change) for change in asked.migration_context.opts["differences"]]
    return PriorityDispatchResult.STOP


_PLUGIN = Plugin("dbtools.objects")
_PLUGIN.add_autogenerate_comparator(_differences, "autogenerate")
