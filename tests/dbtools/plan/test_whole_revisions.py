"""Hazards that no line of SQL makes alone: what a revision says of itself, and what its Python does."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.errors import MigrationError
from dbtools.plan import PlanReport, plan
from dbtools.postgres.shadow import ADMIN, Shadow
from tests.dbtools.plan.conftest import Try
from tests.support.repository import Repository

USED = "function app.of_mood(app.mood)"
ENDS = """
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.execute("alter table app.small add c int")
    op.execute("commit")
    op.execute("{last}")


def downgrade():
    pass
"""


def said(report: PlanReport) -> set[tuple[str, str]]:
    return {(finding.code, finding.object) for finding in report.findings}


def test_what_takes_away_something_in_use_is_said_before_the_upgrade_refuses_it(
    planned: Try, revisions: Repository, target: str, shadow: Shadow
) -> None:
    report = planned(f"drop {USED} cascade", more=f"contract = Contract(takes=({USED!r},))\n")
    assert ("in-use", "step") in said(report)
    [reason] = [finding.reason for finding in report.findings if finding.code == "in-use"]
    assert "by_mood" in reason
    copy = shadow.create(template=str(conninfo_to_dict(target)["dbname"]))
    try:
        with pytest.raises(MigrationError, match="takes away what this database still uses"):
            alembic_env.upgrade(revisions.project, copy)
    finally:
        shadow.drop(str(conninfo_to_dict(copy)["dbname"]))


def test_what_takes_away_something_that_nobody_uses_is_no_use(planned: Try) -> None:
    report = planned("drop table app.empty", more="contract = Contract(takes=('table app.empty',))\n")
    assert "in-use" not in {code for code, _ in said(report)}


@pytest.mark.parametrize(("last", "fails"), [("select 1", False), ("select 1 / 0", True)])
def test_a_transaction_that_a_revision_ends_is_said_and_what_stays_of_it_is_true(
    revisions: Repository, target: str, shadow: Shadow, last: str, fails: bool
) -> None:
    path = revisions.project.migrations / "versions/0002_ends.py"
    path.write_text(ENDS.format(last=last))
    report = plan(target, revisions.project, shadow=shadow)
    assert ("transaction-ended-early", "0002") in said(report)
    assert (("revision-fails", "0002") in said(report)) is fails
    copy = shadow.create(template=str(conninfo_to_dict(target)["dbname"]))
    name = str(conninfo_to_dict(copy)["dbname"])
    try:
        with psycopg.connect(copy, user=ADMIN, autocommit=True) as admin:
            admin.execute(f"alter database {name} set dbtools.shadow to 'off'")
        if fails:
            with pytest.raises(MigrationError, match=r"what came before the revision's own COMMIT stays"):
                alembic_env.upgrade(revisions.project, copy)
        else:
            alembic_env.upgrade(revisions.project, copy)
        with psycopg.connect(copy) as connection:
            rows = connection.execute("select version_num from private.alembic_version").fetchall()
            assert rows == [("0001" if fails else "0002",)]
            connection.execute("select c from app.small")
    finally:
        shadow.drop(name)
