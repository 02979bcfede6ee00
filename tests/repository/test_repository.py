"""`sql/`, the revisions and the stand-in belong together."""

from __future__ import annotations

import filecmp
from pathlib import Path

import psycopg
import pytest
from alembic import command

from dbtools import alembic_env, catalog
from dbtools.model.compare import Change, compare
from dbtools.model.snapshot import Snapshot
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project, sql_folder
from dbtools.pull import pull
from dbtools.pull.proof import Observation, observe
from dbtools.revise import pending
from demo import live
from tests.conftest import CONFIRMED, Connect
from tests.support.repository import psql


def snapshot(url: str) -> Snapshot:
    with psycopg.connect(url) as connection:
        return catalog.read(connection)


def differences(one: Snapshot, other: Snapshot) -> list[Change]:
    """Except that pg_cron notes the database's name, and a clone's jobs keep that of the one it was cloned from."""
    return [change for change in compare(one, other) if change.property != "database"]


def test_sql_applied_on_top_of_head_changes_nothing(project: Project, head_url: str, connect: Connect) -> None:
    before = snapshot(head_url)
    sql_folder.apply(connect(head_url), project)
    assert compare(before, snapshot(head_url)) == []


def test_there_is_nothing_to_revise(project: Project, head_url: str) -> None:
    assert pending(head_url, project) is None


def test_every_object_of_the_kinds_in_sql_stands_in_sql(project: Project, head_url: str) -> None:
    """What `sql/` forgets, nothing would ever compare."""
    kinds = {"function": "function", "trigger": "trigger", "view": "view", "table": "policies"}
    found = {(kinds[item.kind], item.schema, item.name) for item in snapshot(head_url).of(*kinds)}
    declared = {(item.kind, item.schema, item.name) for item in sql_folder.declared(project)}
    assert found - declared == set()


def test_the_committed_baseline_is_what_pull_writes(project: Project, shadow: Shadow, tmp_path: Path) -> None:
    # Not a clone, see above.
    report = pull(live.create(shadow, data=False), tmp_path, shadow=shadow)
    assert report.ok
    for name in ("0001_baseline.py", "0001_baseline.up.sql"):
        assert filecmp.cmp(tmp_path / "versions" / name, project.migrations / "versions" / name, shallow=False)


@pytest.mark.parametrize("start", ["platform", "live"])
def test_down_to_the_baseline_and_up_again_gives_the_same_schema(
    start: str, project: Project, shadow: Shadow, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"{start}_url")
    configuration = alembic_env.config(project, url, confirm=CONFIRMED)
    if start == "platform":
        command.upgrade(configuration, "0001")
    else:
        command.stamp(configuration, "0001")
    baseline = snapshot(url)
    command.upgrade(configuration, "head")
    head = snapshot(url)
    command.downgrade(configuration, "0001")
    assert differences(baseline, snapshot(url)) == []
    command.upgrade(configuration, "head")
    assert differences(head, snapshot(url)) == []


def test_down_and_up_again_gives_the_same_schema_on_every_major(project: Project, shadow_of_major: Shadow) -> None:
    url = shadow_of_major.create()
    configuration = alembic_env.config(project, url, confirm=CONFIRMED)
    seen: dict[str, list[Observation]] = {"0001": [], "head": []}
    for revision in ("0001", "head", "0001", "head"):
        move = command.downgrade if revision == "0001" and seen["0001"] else command.upgrade
        move(configuration, revision)
        seen[revision].append(observe(url))
    for first, again in seen.values():
        assert compare(first.snapshot, again.snapshot) == []
        assert sorted(map(repr, first.entries)) == sorted(map(repr, again.entries))


def test_an_empty_platform_and_the_live_database_end_at_the_same_schema(head_url: str, upgraded_url: str) -> None:
    assert differences(snapshot(head_url), snapshot(upgraded_url)) == []


def test_every_revision_can_be_taken_back_alone(project: Project, platform_url: str) -> None:
    configuration = alembic_env.config(project, platform_url, confirm=CONFIRMED)
    command.upgrade(configuration, "0001")
    before = {"0001": snapshot(platform_url)}
    revisions = sorted(path.name[:4] for path in (project.migrations / "versions").glob("*.py"))
    for revision in revisions[1:]:
        command.upgrade(configuration, revision)
        before[revision] = snapshot(platform_url)
    for revision in reversed(revisions[:-1]):
        command.downgrade(configuration, revision)
        assert compare(before[revision], snapshot(platform_url)) == [], f"after taking back to {revision}"


def test_psql_makes_the_same_of_the_offline_script(
    project: Project, shadow: Shadow, platform_url: str, head_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command.upgrade(alembic_env.config(project, platform_url), "base:head", sql=True)
    psql(shadow, platform_url, capsys.readouterr().out)
    assert differences(snapshot(head_url), snapshot(platform_url)) == []
    # Which no snapshot holds.
    history = """
        select (select array_agg(version_num) from private.alembic_version), c.relacl, c.relowner::regrole,
          array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum)
        from pg_class as c
          inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0
        where c.oid = 'private.alembic_version'::regclass
        group by c.oid
    """
    with psycopg.connect(head_url) as one, psycopg.connect(platform_url) as other:
        assert one.execute(history).fetchall() == other.execute(history).fetchall()
