"""What was done by hand to a database with rows comes home in a form that another database with rows can take."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env, catalog
from dbtools.catalog.normalise import differences
from dbtools.errors import MigrationError
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.pull.incremental import pull_again
from dbtools.pull.incremental_report import AgainReport
from dbtools.revise.answers import Answers
from tests.support.repository import Repository

BASE = """
create extension pg_cron;
create type public.state as enum ('b', 'd');
create table public.events (
  id bigint generated always as identity, at date not null, state public.state, primary key (id, at)
) partition by range (at);
create table public.events_1 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
create table public.events_2 partition of public.events for values from ('2027-01-01') to ('2028-01-01');
create table public.loose (id bigint not null, at date not null, state public.state, primary key (id, at));
create index events_state on public.events (state);
create table public.places (id integer primary key, state public.state not null default 'b');
select cron.schedule('nightly', '0 1 * * *', 'select 1');
select cron.schedule('weekly', '0 1 * * 1', 'select 7');
select cron.schedule('0 5 * * *', 'select 5');
"""
ROWS = """
insert into public.events (at, state) select date '2026-06-01' + i * 30, 'b' from generate_series(1, 15) as i;
insert into public.loose select i, date '2028-06-01', 'd' from generate_series(1, 9) as i;
insert into public.places select i from generate_series(1, 7) as i;
"""


class Two:
    """Live, which is changed by hand, and another database with the same rows, which is upgraded."""

    def __init__(self, repository: Repository, shadow: Shadow) -> None:
        self.project, self.shadow = repository.project, shadow
        repository.add("0001", BASE)
        self.live, self.other = shadow.create(), shadow.create()
        for url in (self.live, self.other):
            name = str(conninfo_to_dict(url)["dbname"])
            with psycopg.connect(url, user=ADMIN, autocommit=True) as admin:
                admin.execute(f"alter database {name} set dbtools.shadow to 'off'")
            alembic_env.upgrade(self.project, url)
            with psycopg.connect(url) as connection:
                connection.execute(ROWS.encode())

    def pull(self, *statements: str) -> AgainReport:
        with psycopg.connect(self.live, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())
        return pull_again(self.live, self.project, "By hand", answers=Answers(ask=lambda _: False), shadow=self.shadow)

    def upgrade(self, *confirm: str) -> None:
        alembic_env.upgrade(self.project, self.other, confirm=confirm)

    def differing(self) -> list[str]:
        with psycopg.connect(self.live) as here, psycopg.connect(self.other) as there:
            found = differences(there, catalog.read(here), catalog.read(there))
        return [str(one) for one in found if one.object.kind != "setting"]

    def count(self, table: str) -> int:
        with psycopg.connect(self.other) as connection:
            [(number,)] = connection.execute(f"select count(*) from {table}".encode())
        return int(number)

    def there_and_back(self) -> None:
        """The other database goes back to the baseline and up again, with all rows."""
        born = self.count("public.events")
        command.downgrade(alembic_env.config(self.project, self.other, confirm=["by_hand"]), "0001")
        self.upgrade("by_hand")
        assert (self.differing(), self.count("public.events")) == ([], born)


@pytest.fixture
def two(repository: Repository, shadow: Shadow) -> Iterator[Two]:
    repository.set(call_watch="1ms")
    made = Two(repository, shadow)
    yield made
    for url in (made.live, made.other):
        shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def test_partitions_that_were_added_attached_and_detached_keep_their_rows(two: Two) -> None:
    report = two.pull(
        "create table public.events_3 partition of public.events for values from ('2029-01-01') to ('2030-01-01')",
        "alter table public.events attach partition public.loose for values from ('2028-01-01') to ('2029-01-01')",
        "alter table public.events detach partition public.events_2",
        "alter table public.events add note text default 'none'",
        "create table public.logs (id serial, at date not null, primary key (id, at)) partition by list (at)",
        "create table public.logs_1 partition of public.logs for values in ('2026-01-01')",
    )
    assert [str(change) for change in report.left] == []
    two.upgrade()
    assert two.differing() == []
    assert (two.count("public.events"), two.count("public.events_2"), two.count("public.loose")) == (16, 8, 9)
    two.there_and_back()


def test_a_partition_that_is_gone_in_live_is_dropped_elsewhere_only_by_name(two: Two) -> None:
    assert two.pull("drop table public.events_2").ok
    with pytest.raises(MigrationError, match=r"table public\.events_2: 8 rows"):
        two.upgrade()
    two.upgrade("by_hand")
    assert (two.differing(), two.count("public.events")) == ([], 7)


def test_new_labels_come_home_before_what_uses_them_and_in_their_order(two: Two) -> None:
    report = two.pull(
        "alter type public.state add value 'a' before 'b'",
        "alter type public.state add value 'c' after 'b'",
        "alter type public.state add value 'e'",
        "alter table public.places alter state set default 'c'",
        "alter table public.places add constraint few check (state <> 'e')",
    )
    assert ([str(change) for change in report.left], report.ok) == ([], True)
    ups = [path.name for path in report.written if path.name.endswith(".up.sql")]
    assert ups == ["0002_by_hand_new_labels.up.sql", "0003_by_hand.up.sql"]
    two.upgrade()
    assert (two.differing(), two.count("public.places")) == ([], 7)
    two.there_and_back()


def test_labels_alone_are_a_revision(two: Two) -> None:
    report = two.pull("alter type public.state add value 'c' after 'b'")
    assert (report.ok, len(report.written)) == (True, 3)
    two.upgrade()
    assert two.differing() == []


def test_jobs_that_were_scheduled_changed_and_taken_away_come_home(two: Two) -> None:
    report = two.pull(
        "select cron.schedule('hourly', '0 * * * *', 'select ''%:x''')",
        "select cron.alter_job(cron.schedule('nightly', '0 2 * * *', 'select 2'), active := false)",
        "select cron.unschedule('weekly')",
        "select cron.unschedule(jobid) from cron.job where jobname is null",
    )
    assert ([str(change) for change in report.left], report.ok) == ([], True)
    ids = "select jobid from cron.job where jobname = 'nightly'"
    with psycopg.connect(two.other) as connection:
        before = connection.execute(ids).fetchone()
    two.upgrade("by_hand")
    with psycopg.connect(two.other) as connection:
        assert connection.execute(ids).fetchone() == before, "it is the same job, with its past"
    assert two.differing() == []
    two.there_and_back()


def test_a_job_of_somebody_elses_is_said_with_its_line(two: Two) -> None:
    with psycopg.connect(two.live, user=ADMIN) as admin:
        admin.execute("select cron.schedule('theirs', '0 3 * * *', 'select 3')")
    report = two.pull()
    assert (report.ok, [change.object.identity for change in report.left]) == (False, ["cron job theirs"])
    assert report.lines == ["select cron.schedule('theirs', '0 3 * * *', 'select 3');\n"]
    assert not report.written


def test_a_column_that_may_not_be_null_says_where_its_rows_are_to_be_filled(two: Two) -> None:
    report = two.pull(
        "alter table public.places add country text",
        "update public.places set country = 'x'",
        "alter table public.places alter country set not null",
    )
    assert not report.ok
    [line] = report.fills
    assert "0002_by_hand.up.sql: write the update that fills public.places.country" in line
    with pytest.raises(MigrationError, match="contains null values"):
        two.upgrade()
    path = two.project.migrations / "versions/0002_by_hand.up.sql"
    text = path.read_text()
    path.write_text(text.replace("-- update public.places set country = …;", "update public.places set country = 'y';"))
    two.upgrade()
    assert (two.differing(), two.count("public.places")) == ([], 7)
