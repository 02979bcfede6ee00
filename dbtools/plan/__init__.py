"""`dbtools plan`: what `alembic upgrade` will do on this target, before it does.

The pending revisions are tried in a shadow at the target's revision, by the runner that will run them, and watched
(`watch`); rules say what of that is hazardous (`rules/`), with the figures that the target has (`target`). The target
is only read. What the shadow does not have is the target's rows: where they matter, the target is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from alembic import command
from alembic.script import Script as Revision
from alembic.util import CommandError
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env, catalog
from dbtools.diff import drift
from dbtools.errors import DbtoolsError, MigrationError, ShadowError
from dbtools.plan import allow, rules
from dbtools.plan.hazards import Finding
from dbtools.plan.known import Known
from dbtools.plan.outsiders import read_outsiders
from dbtools.plan.reader import read
from dbtools.plan.report import Lock, Planned, PlanReport
from dbtools.plan.rules.fails import needs_rows
from dbtools.plan.target import Target, reading
from dbtools.plan.trial import Trial
from dbtools.plan.watch import Watch, stronger
from dbtools.platform.ground import of_project
from dbtools.postgres.connection import connect
from dbtools.postgres.programs import EMBEDDED_MAJOR, binaries
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.runner import contract
from dbtools.runner.head import DATABASE, upgraded

__all__ = ["PlanReport", "plan"]

Say = Callable[[str], None]


def plan(  # noqa: PLR0913  (what is asked, of whom, how far; the rest are conveniences)
    url: str,
    project: Project,
    revision: str = "head",
    *,
    allowed: Sequence[str] = (),
    shadow: Shadow | None = None,
    say: Say = lambda _: None,
) -> PlanReport:
    """Say what an upgrade will do.

    Args:
        url: the target; only read.
        project: whose revisions.
        revision: how far it will be upgraded.
        allowed: hazards that are meant, as `CODE` or `CODE:object`.
        shadow: a running shadow to try in; by default one of the target's major version is started for the purpose.
        say: told what is being done, line by line.

    Raises:
        ConnectError: the target cannot be reached.
        MigrationError: the target's revision is not to be known, or cannot be built.
        ConfigError: what is allowed makes no sense.
    """
    allowances = allow.of_command_line(allowed)
    with reading(url) as target:
        say("reading the target")
        at = target.revisions(project)
        pending = _pending(project, at, revision)
        for one in pending:
            allowances += allow.of_revision(one)
        if not pending:
            return PlanReport(at)
        if not at:
            return _from_nothing(project, target, pending)
        say(f"building a shadow at {', '.join(at)}")
        with _place(project, at, target, shadow) as (url_there, admin_url, remarks):
            trials, known, differs = _try(url_there, admin_url, project, revision, target, pending, say)
            return _report(trials, known, at, pending, allowances, [*remarks, *differs])


def _pending(project: Project, at: Sequence[str], revision: str) -> list[Revision]:
    """The revisions that an upgrade would run, in order.

    Raises:
        MigrationError: the target is at a revision that is not here, or the one that is asked for is not.
    """
    directory = alembic_env.scripts(project, at)
    try:
        known = [directory.get_revision(one) for one in at]
        assert None not in known  # noqa: S101  (Alembic raises for a revision that is not here)
        steps = directory._upgrade_revs(revision, tuple(at))  # type: ignore[arg-type]
    except CommandError as error:
        raise MigrationError(str(error), hint="is this the target's repository, and at its newest state?") from error
    return [step.revision for step in steps]


def _from_nothing(project: Project, target: Target, pending: Sequence[Revision]) -> PlanReport:
    """A database without a revision: empty, and nobody uses it; or it was never said at which it is.

    Raises:
        MigrationError: it is not empty.
    """
    if there := catalog.read(target.connection).of("table", "view", "materialized view", "function"):
        raise MigrationError(
            f"the target is at no revision, and not empty: it has {there[0].identity}",
            hint=f"if it is what the baseline was pulled from: alembic stamp {alembic_env.base(project)}",
        )
    return PlanReport((), remarks=[f"the target is empty: {len(pending)} revisions make it from nothing"])


@contextmanager
def _place(
    project: Project, at: Sequence[str], target: Target, shadow: Shadow | None
) -> Iterator[tuple[str, str, list[str]]]:
    """A database where the target is: its URL for its owner and for a superuser; and what is to be remarked on it."""
    major = shadow.server.major if shadow else _at_hand(target.major)
    remarks = []
    if major != target.major:
        remarks.append(f"the target is Postgres {target.major}; the revisions were tried on {major}")
    if shadow is None:
        content = upgraded(project, at, set())
        with Shadow(major=major, platform=of_project(project.migrations), content=content) as running:
            yield running.url(DATABASE), running.url(DATABASE, user=running.admin), remarks
        return
    url = shadow.create()
    name = str(conninfo_to_dict(url)["dbname"])
    try:
        for one in at:
            alembic_env.upgrade(project, url, one)
        yield url, shadow.url(name, user=shadow.admin), remarks
    finally:
        shadow.drop(name)


def _at_hand(major: int) -> int:
    try:
        binaries(major)
    except ShadowError:
        return EMBEDDED_MAJOR
    return major


def _try(  # noqa: PLR0913, PLR0917  (what is tried, where, for whom)
    url: str,
    admin_url: str,
    project: Project,
    revision: str,
    target: Target,
    pending: Sequence[Revision],
    say: Say,
) -> tuple[list[Trial], Known, list[str]]:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        Watch.prepare(admin)
    with connect(url) as connection:
        differs = _differs(connection, target)
        known = Known(target, read(connection), read_outsiders(connection))
    say(f"trying {len(pending)} revisions")
    watch = Watch()
    configuration = alembic_env.config(project, url, confirm=[contract.name(one) for one in pending])
    configuration.attributes["watch"] = watch
    try:
        with alembic_env.own_environment():
            command.upgrade(configuration, revision)
    except CommandError as error:
        # What the watch has not seen fail failed elsewhere: that is no answer.
        if not watch.trials or watch.trials[-1].error is None:
            raise MigrationError(str(error)) from error
    return watch.trials, known, differs


def _differs(connection: psycopg.Connection, target: Target) -> list[str]:
    """What the target has otherwise than its revision says, in a line: none of it was tried."""
    changes = drift(connection, catalog.read(connection), catalog.read(target.connection))
    names = sorted({change.object.identity for change in changes})
    if not names:
        return []
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return [
        f"the target is not what its revision says ({', '.join(names[:3])}{more}; see dbtools diff): "
        "what hangs on that was not tried"
    ]


def _report(  # noqa: PLR0913, PLR0917  (all that was found out)
    trials: Sequence[Trial],
    known: Known,
    at: Sequence[str],
    pending: Sequence[Revision],
    allowances: Sequence[allow.Allowance],
    remarks: list[str],
) -> PlanReport:
    planned, unknown = [], []
    unused = list(allowances)
    for trial in trials:
        found = rules.findings(trial, known)
        if trial is trials[0]:
            found += _in_use(trial.revision, known.target)
        elif contract.of(trial.revision):
            remarks.append(f"whether {trial.revision.revision} takes away what is in use is known once it is next")
        findings, _ = allow.apply(found, allowances)
        unused = [one for one in unused if not any(one.covers(finding) for finding in found)]
        known.written.update(oid for moment in trial.moments for oid in moment.written)
        planned.append(
            Planned(trial.revision.revision, trial.revision.doc, len(trial.moments), _locks(trial, known), findings)
        )
        if trial.error is not None and needs_rows(trial.error):
            text = trial.failed[0].strip().partition("\n")[0]
            unknown.append(
                f"{trial.revision.revision} needs rows that only the target has: {trial.error}\n  in: {text}"
            )
    tried = {trial.revision.revision for trial in trials}
    remarks += [f"{one.said} allows nothing that was found" for one in unused]
    return PlanReport(
        at,
        planned,
        untried=[one.revision for one in pending if one.revision not in tried],
        unknown=[*unknown, *known.target.unknown],
        remarks=remarks,
    )


def _locks(trial: Trial, known: Known) -> list[Lock]:
    """The strongest lock on each of the target's tables that keeps somebody out."""
    held: dict[int, str] = {}
    for moment in trial.moments:
        for oid, mode in moment.held.items():
            relation = known.relation(oid)
            if (
                relation
                and relation.kind != "S"
                and stronger(mode, "RowExclusiveLock")
                and stronger(mode, held.get(oid))
            ):
                held[oid] = mode
    return [Lock(known.first.relations[oid].name, mode, str(known.size(oid))) for oid, mode in held.items()]


def _in_use(revision: Revision, target: Target) -> list[Finding]:
    """What the upgrade will refuse, because the target shows it in use; calls are not waited for."""
    try:
        contract.check(target.connection, revision, (), watch=0, say=lambda _: None)
    except DbtoolsError as error:
        name = contract.name(revision)
        return [Finding("in-use", name, " ".join(error.message.split()), revision=revision.revision)]
    except psycopg.Error as error:
        target.unknown.append(f"whether {revision.revision} takes away what is in use: {str(error).strip()}")
    return []
