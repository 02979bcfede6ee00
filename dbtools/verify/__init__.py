"""Is what `sql/` declares there, as declared, and does it work?

Three levels, each with the one before:

- *there* (`there.py`): the catalog, read with one query, against what the revisions and `sql/` make. Only reads.
- *sound* (`sound.py`): what the catalog holds could work: bodies that resolve, one overload for each name, pinned
  search_paths, policies and foreign keys that do not scan.
- *live* (`live.py`): it does work: what `*.check.sql` expects is played, in transactions that are rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import psycopg
from psycopg import sql

from dbtools import catalog
from dbtools.errors import VerifyError
from dbtools.model.declared import RELATIONS, ROUTINES, Declared
from dbtools.model.snapshot import Object, Snapshot
from dbtools.postgres.connection import connect
from dbtools.project import Project, sql_folder
from dbtools.verify.expectation import Expectation, expectation
from dbtools.verify.levels.there import There, bears
from dbtools.verify.report import Finding, Level, VerifyReport

__all__ = ["Expectation", "Finding", "Level", "VerifyReport", "expectation", "verify"]

# What `dbtools verify NAME` finds by its name.
NAMED = (*ROUTINES, *RELATIONS, "trigger", "policy", "sequence", "type", "domain", "index", "cron job", "event trigger")
# Reading is short; whatever is in its way, a migration say, is not to be held up by us.
LIMITS = b"set lock_timeout = '2s'; set statement_timeout = '60s'; set idle_in_transaction_session_timeout = '60s'"


def verify(  # noqa: PLR0913  (what is asked, of whom, how deep; the rest are conveniences)
    url: str,
    project: Project | None,
    names: Sequence[str] = (),
    *,
    level: Level = "there",
    listen: Callable[[str], None] | None = None,
    expected: Expectation | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> VerifyReport:
    """Hold what is declared against a database: all of it, or what bears one of `names`.

    A name (`create_job`, `public.create_job`) is also looked for among what is not declared, in any database.

    Args:
        url: the database; at level *there* it is only read, at the others everything is rolled back.
        project: where `sql/` and the revisions are; None where there is no project, which takes names or level sound.
        names: what to look for; nothing stands for all that is declared.
        level: how deep to look.
        listen: given at level *live*, also commit the checks that say `notifies`, and see whether the notification
            arrives; told so before.
        expected: what `expectation` returned; by default it is asked now.
        say: told what is being done, line by line.

    Raises:
        ConnectError: the database cannot be reached.
        VerifyError: there is nothing to expect, or the expectation cannot be built.
    """
    declared = sql_folder.declared(project) if project else []
    if not declared and not names and level == "there":
        raise VerifyError(
            "there is no sql/ that declares anything", hint="name what to look for: dbtools verify NAME …"
        )
    if level == "live" and not project:
        raise VerifyError("there is no sql/ whose checks could be played", hint="without a project: --level sound")
    wanted = [item for item in declared if not names or bears(item, names)]
    say("reading the database")
    try:
        with connect(url, autocommit=True) as connection:
            connection.execute(LIMITS)
            found = catalog.read(connection)
            findings: list[Finding] = []
            if project and wanted:
                expected = expected or expectation(project, say)
                findings = There(project, declared, expected, found, _revisions(connection, project)).findings()
            findings = _asked_for(findings, found, names)
            if level != "there":
                from dbtools.verify.levels import sound  # noqa: PLC0415  (each level loads only what it needs)

                say("checking what could not work")
                deeper = [f for f in sound.findings(connection, found) if not names or bears(f.object, names)]
                findings += [_with_source(finding, project, declared) for finding in deeper]
            if level == "live" and project:
                from dbtools.verify.levels import live  # noqa: PLC0415

                say("playing what is expected, and rolling it back")
                findings += live.findings(connection, url, project, names, listen=listen)
    except psycopg.Error as error:
        raise VerifyError(f"the check cannot be made: {str(error).strip()}") from error
    return VerifyReport(findings, [name for name in names if not any(bears(f.object, [name]) for f in findings)])


def _with_source(finding: Finding, project: Project | None, declared: Sequence[Declared]) -> Finding:
    """The finding with the file that the function is declared in, if it is in one."""
    item = finding.object
    paths = [one.path for one in declared if (one.kind, one.schema, one.name) == (item.kind, item.schema, item.name)]
    return replace(finding, source=str(paths[0].relative_to(project.root))) if project and paths else finding


def _revisions(connection: psycopg.Connection, project: Project) -> set[str]:
    """What Alembic has recorded; nothing where it has no table yet."""
    table = sql.Identifier(project.version_table_schema, "alembic_version")
    try:
        return {row[0] for row in connection.execute(sql.SQL("select version_num from {}").format(table))}
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return set()


def _asked_for(findings: Sequence[Finding], found: Snapshot, names: Sequence[str]) -> list[Finding]:
    """Of the findings those that bear one of the names, with what was found; and whatever else bears one."""
    if not names:
        return list(findings)
    asked: list[Finding] = []
    covered: set[str] = set()
    for finding in findings:
        if bears(finding.object, names):
            item = found.objects.get(finding.object.identity)
            # Of a table there are two findings: what its revisions make, and the file of its policies.
            facts = _facts(item, found) if item and item.identity not in covered else {}
            asked.append(replace(finding, facts=facts))
            covered.add(finding.object.identity)
    others = [item for item in found.of(*NAMED) if bears(item, names) and item.identity not in covered]
    return asked + [Finding(item, facts=_facts(item, found), declared=False) for item in others]


def _facts(item: Object, snapshot: Snapshot) -> dict[str, str]:
    """The properties of an object, and its grants as `grant to ROLE`."""
    grants = {
        one.identity.partition(" on ")[0]: one.properties["privileges"]
        for one in snapshot.of("grant")
        if one.parent == item.identity
    }
    return {**item.properties, **grants}
