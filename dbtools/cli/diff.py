"""The command `dbtools diff`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dbtools.cli.shared import DbUrl, Format, Json, print_as, print_text, say, target
from dbtools.project import Project


def diff(
    db_url: DbUrl = None,
    with_sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL that would bring the database to head.")
    ] = False,
    form: Format = "text",
    as_json: Json = False,
) -> None:
    """Say how a live database differs from head: what is missing, extra, different.

    Only reads. --sql is worked out in a shadow for what can be made again whole (functions, triggers, views, policies,
    grants); for tables and columns it says what differs. Exits with 1 if anything does.
    """
    from dbtools.diff import diff as run  # noqa: PLC0415

    report = run(target(db_url), Project.find(), with_sql=with_sql, say=say)
    if report.sql is not None and form == "text" and not as_json:
        print_text(report.sql.rstrip())
    else:
        print_as(report, form, as_json=as_json)
    sys.exit(0 if report.ok else 1)
