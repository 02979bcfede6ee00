"""What a plan reads, tries and answers: the target stays as it is, and what is said of it comes true."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from dbtools import alembic_env
from dbtools.cli import app
from dbtools.errors import ConfigError, MigrationError
from dbtools.plan import plan
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from tests.conftest import Connect
from tests.dbtools.plan.conftest import Try, fill, new_repository
from tests.support.reports import check_json
from tests.support.repository import Repository

OPS = '''"""By hand.

dbtools: allow index-blocks-writes because the night has no writers
"""
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("orders", sa.Column("more", sa.Uuid(), server_default=sa.text("gen_random_uuid()")), schema="app")
    op.create_index("orders_total", "orders", ["total"], schema="app")
    op.bulk_insert(sa.table("small", sa.column("id"), schema="app"), [{"id": 7}, {"id": 8}])


def downgrade():
    pass
'''


def codes(report: object) -> set[str]:
    return {finding.code for finding in report.findings}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("up", "code", "error"),
    [
        ("alter table app.small add must int not null", "required-column-added", "contains null values"),
        ("alter table app.users alter holes set not null", "not-null-fails", "contains null values"),
        ("create unique index users_n on app.users (name)", "unique-fails", "could not create unique index"),
        ("alter table app.small add constraint big check (a > 1)", "check-fails", "is violated by some row"),
        (
            "alter table app.users add constraint f foreign key (score) references app.small (id)",
            "foreign-key-fails",
            "violates foreign key constraint",
        ),
        ("drop table app.small", "table-dropped-with-rows", "table app.small: 3 rows"),
        ("alter table app.users drop legacy cascade", "column-dropped-with-values", "app.users.legacy: 12000 values"),
        ("truncate app.small", "truncate", "table app.small: 3 rows"),
        ("do $$ begin execute 'vacuum app.small'; end $$", "concurrently-in-transaction", "inside a transaction block"),
    ],
)
def test_what_would_be_refused_is_refused_when_it_is_run(
    planned: Try, revisions: Repository, target: str, shadow: Shadow, up: str, code: str, error: str
) -> None:
    assert code in codes(planned(up))
    name = str(conninfo_to_dict(target)["dbname"])
    copy = shadow.create(template=name)
    try:
        with psycopg.connect(copy, user=ADMIN, autocommit=True) as admin:
            admin.execute(f"alter database {conninfo_to_dict(copy)['dbname']} set dbtools.shadow to 'off'")
        with pytest.raises(MigrationError, match=error):
            alembic_env.upgrade(revisions.project, copy)
    finally:
        shadow.drop(str(conninfo_to_dict(copy)["dbname"]))


def test_the_target_is_only_read(
    planned: Try, target: str, connect: Connect, monkeypatch: pytest.MonkeyPatch, shadow: Shadow
) -> None:
    """All that looks at rows is asked; nothing is written, and nobody who writes has to wait."""
    watcher = connect(target, user=ADMIN)
    counted = "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables"
    watcher.execute("select pg_stat_force_next_flush()")
    before = watcher.execute(counted).fetchone(), watcher.execute("select pg_current_wal_lsn()").fetchone()
    seen: list[tuple[str, str]] = []

    def looked(text: str) -> None:
        rows = watcher.execute(
            "select l.mode, a.application_name from pg_locks as l inner join pg_stat_activity as a using (pid)"
            " where a.datname = current_database() and a.pid <> pg_backend_pid() and l.locktype = 'relation'"
        )
        seen.extend(rows.fetchall())

    from dbtools.plan.target import Target  # noqa: PLC0415

    execute = psycopg.Connection.execute
    names = {"any_null", "duplicates", "breaking", "orphans", "rows", "values", "changed_by_cast"}
    used: set[str] = set()
    for name in names:
        real = getattr(Target, name)

        def asked(self: Target, *words: object, _real: object = real, _name: str = name) -> object:
            used.add(_name)
            # What one question has locked is seen as long as its transaction goes on.
            with self.connection.transaction():
                answer = _real(self, *words)  # type: ignore[operator]
                looked(_name)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                execute(self.connection, "create table public.written ()")
            return answer

        monkeypatch.setattr(Target, name, asked)
    planned(
        "alter table app.users alter holes set not null;\n"
        "create unique index n on app.users (name);\n"
        "alter table app.small add constraint big check (a > 1);\n"
        "alter table app.users add constraint f foreign key (score) references app.small (id);\n"
        "alter table app.users alter code type varchar(8);\n"
        "drop table app.empty;\n"
        "alter table app.users drop unused"
    )
    assert used == names
    assert {mode for mode, _ in seen} == {"AccessShareLock"}
    assert watcher.execute(counted).fetchone() == before[0]
    left = (
        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'dbtools-plan'"
    )
    assert watcher.execute(left).fetchone() == (0,)


def test_code_of_its_own_is_watched_too_and_may_allow_itself_something(
    revisions: Repository, target: str, shadow: Shadow
) -> None:
    revisions.add("0002", "")
    (revisions.project.migrations / "versions/0002_step.up.sql").unlink()
    (revisions.project.migrations / "versions/0002_step.py").write_text(OPS)
    report = plan(target, revisions.project, shadow=shadow)
    found = {finding.code: finding for finding in report.findings}
    assert found.keys() >= {"volatile-default-rewrite", "index-blocks-writes"}
    assert found["index-blocks-writes"].allowed == "the night has no writers"
    assert found["volatile-default-rewrite"].statement.startswith("ALTER TABLE app.orders ADD COLUMN more")
    assert report.exit_code == 1


def test_what_is_allowed_is_said_with_its_reason_and_stops_nothing(planned: Try) -> None:
    sql = "create index orders_total on app.orders (total)"
    assert planned(sql).exit_code == 1
    assert planned(sql, allowed=("index-blocks-writes",)).exit_code == 0
    assert planned(sql, allowed=("index-blocks-writes:app.orders_total",)).exit_code == 0
    assert planned(sql, allowed=("index-blocks-writes:app.other",)).exit_code == 1
    kept = planned(f"-- dbtools: allow index-blocks-writes:app.orders_total because nobody writes\n{sql}")
    assert (kept.exit_code, [finding.allowed for finding in kept.findings]) == (0, ["nobody writes"])
    unused = planned(f"-- dbtools: allow truncate because of a mistake\n{sql}")
    assert unused.exit_code == 1


@pytest.mark.parametrize(
    "line",
    ["-- dbtools: allow truncate", "-- dbtools: allow truncate because", "-- dbtools: allow trunkate because of that"],
)
def test_an_allowance_without_a_reason_or_a_hazard_is_refused(planned: Try, line: str) -> None:
    with pytest.raises(ConfigError, match=r"gives no reason|there is no hazard"):
        planned(f"{line}\ntruncate app.small")


def test_an_allowance_that_allows_nothing_is_said(planned: Try) -> None:
    report = planned("-- dbtools: allow truncate because it was so once\nselect 1")
    assert report.exit_code == 0
    assert report.remarks == ["0002_step.up.sql: allow truncate allows nothing that was found"]


def test_each_revision_is_its_own_transaction_on_what_the_one_before_made(
    revisions: Repository, target: str, shadow: Shadow
) -> None:
    revisions.add("0002", "alter table app.orders rename to purchases;\ncreate table app.made (id bigint primary key)")
    revisions.add("0003", "create index p on app.purchases (total);\ncreate index m on app.made (id)")
    revisions.add("0004", "drop table app.made")
    report = plan(target, revisions.project, shadow=shadow)
    found = [(one.revision, one.code, one.object) for one in report.findings]
    assert ("0003", "index-blocks-writes", "app.p") in found
    assert not [one for one in found if "made" in one[2] or one[2] == "app.m"]
    # The lock of the one before was gone with its transaction.
    assert "lock-held-during-work" not in codes(report)
    assert [planned.revision for planned in report.revisions] == ["0002", "0003", "0004"]
    assert [(lock.table, lock.mode) for lock in report.revisions[1].locks] == [("app.orders", "ShareLock")]


def test_after_a_revision_that_fails_the_others_are_not_tried(
    revisions: Repository, target: str, shadow: Shadow
) -> None:
    revisions.add("0002", "alter table app.small add x int;\nalter table app.nothing add x int")
    revisions.add("0003", "truncate app.small")
    report = plan(target, revisions.project, shadow=shadow)
    assert (codes(report), report.untried, report.exit_code) == ({"revision-fails"}, ["0003"], 1)
    assert "0002_step.up.sql, line 2" in {finding.where for finding in report.findings}


def test_what_needs_the_targets_rows_cannot_be_said(planned: Try) -> None:
    report = planned("insert into app.items values (100000, 5, 1)")
    assert (report.findings, report.exit_code) == ([], 2)
    assert "needs rows that only the target has" in report.unknown[0]


def test_what_somebody_changed_by_hand_is_said(
    revisions: Repository, project: Project, shadow: Shadow, tmp_path: Path
) -> None:
    url = fill(shadow, new_repository(tmp_path / "other", project).project)
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create view app.by_hand with (security_invoker = true) as select 1 as n")
        revisions.add("0002", "alter table app.small add x int")
        report = plan(url, revisions.project, shadow=shadow)
        assert "view app.by_hand" in report.remarks[0]
    finally:
        shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def test_nothing_pending_is_nothing_to_say(revisions: Repository, target: str, shadow: Shadow) -> None:
    report = plan(target, revisions.project, shadow=shadow)
    assert (report.verdict, report.exit_code) == ("nothing is pending", 0)


def test_a_target_without_a_revision_is_empty_or_refused(revisions: Repository, shadow: Shadow) -> None:
    url = shadow.create()
    assert plan(url, revisions.project, shadow=shadow).exit_code == 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table public.t ()")
    with pytest.raises(MigrationError, match="at no revision, and not empty") as caught:
        plan(url, revisions.project, shadow=shadow)
    assert "alembic stamp 0001" in caught.value.hint
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def test_a_target_of_another_history_is_refused(
    revisions: Repository, target: str, shadow: Shadow, project: Project
) -> None:
    revision = revisions.project.migrations / "versions/0001_step.py"
    revision.write_text(revision.read_text().replace("'0001'", "'9999'"))
    with pytest.raises(MigrationError, match="0001"):
        plan(target, revisions.project, shadow=shadow)


@pytest.mark.parametrize(
    ("up", "old_codes"),
    [
        ("alter table app.orders add created timestamptz not null default now()", set()),
        ("alter table app.orders add d int generated always as (total * 2) stored", {"generated-column-rewrite"}),
        ("alter table app.orders alter total set not null", set()),
        ("alter table app.users alter legacy set not null", {"not-null-scan"}),
        ("alter table app.users alter score set not null", set()),
        ("create index concurrently o on app.orders (total)", set()),
        ("alter table app.orders add constraint k not null note not valid", {"revision-fails"}),
        ("alter table app.orders add v int generated always as (total * 2)", {"revision-fails"}),
        ("reindex table app.orders", {"index-rebuild-blocks"}),
        ("alter table app.users alter code type varchar(40)", set()),
    ],
)
def test_the_servers_age_is_the_targets(
    revisions: Repository, old: tuple[Shadow, str], up: str, old_codes: set[str]
) -> None:
    """A not-null constraint that is not checked yet, and a column that is computed when read, came with 18."""
    revisions.add("0002", up)
    shadow, url = old
    report = plan(url, revisions.project, shadow=shadow)
    assert codes(report) == old_codes


@pytest.mark.parametrize(
    "up",
    [
        "alter table app.orders add constraint k not null note not valid",
        "alter table app.orders add v int generated always as (total * 2)",
    ],
)
def test_what_a_younger_server_does_without_reading_is_harmless_there(planned: Try, up: str) -> None:
    assert (codes(planned(up)), planned(up).exit_code) == (set(), 0)


def test_names_of_any_kind_are_found_on_the_target(planned: Try, target: str) -> None:
    report = planned('create index "odd ""name"".%s" on app.orders (total)')
    assert ("index-blocks-writes", 'app.odd "name".%s') in {(one.code, one.object) for one in report.findings}


def test_a_setting_of_the_revisions_does_not_change_what_is_seen(planned: Try) -> None:
    report = planned("set search_path = app;\nset client_min_messages = error;\nalter table users drop legacy cascade")
    assert codes(report) == {"column-dropped-with-values", "view-dropped-by-cascade"}


def test_the_command_answers_people_scripts_and_pull_requests(
    revisions: Repository, target: str, monkeypatch: pytest.MonkeyPatch, shadow: Shadow
) -> None:
    monkeypatch.chdir(revisions.project.root)
    revisions.add("0002", "create index orders_total on app.orders (total)")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["plan", "--db-url", target, *words])
        return done.exit_code, done.stdout

    code, text = run()
    assert (code, "index-blocks-writes" in text, "about 12,000 rows" in text) == (1, True, True)
    code, text = run("--format", "json")
    answer = json.loads(text)
    check_json("plan", answer)
    [hazard] = answer["revisions"][0]["hazards"]
    assert (code, answer["ok"], hazard["severity"], hazard["object"]) == (1, False, "error", "app.orders_total")
    code, text = run("--format", "markdown", "--allow", "index-blocks-writes")
    assert (code, text.startswith("### dbtools plan: 1 revision: nothing hazardous")) == (0, True)
    assert text.count("<details>") == text.count("</details>") == 1
