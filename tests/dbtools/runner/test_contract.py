"""Revisions that take something away: refused where it is in use, unless that is confirmed by name."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic import command

from dbtools import alembic_env
from dbtools.errors import MigrationError
from dbtools.postgres.shadow import ADMIN
from dbtools.project import Project
from tests.conftest import Connect
from tests.support.repository import Repository
from tests.support.system import rows, value

JOBS = "select jobname, schedule, command, username, active from cron.job order by jobname"
LEAD = "select pg_advisory_lock(hashtextextended('dbtools.sentinel', 0))"

Take = Callable[..., None]


@pytest.fixture
def before(upgraded_url: str, connect: Connect, project: Project) -> psycopg.Connection:
    """The live stand-in, upgraded to just before its cron jobs are taken away."""
    command.downgrade(alembic_env.config(project, upgraded_url), "0027")
    return connect(upgraded_url)


def retire(project: Project, url: str, **options: object) -> None:
    alembic_env.upgrade(project, url, "0028", **options)  # type: ignore[arg-type]


def test_the_cron_jobs_stay_while_no_sentinel_leads(
    before: psycopg.Connection, project: Project, upgraded_url: str
) -> None:
    jobs = rows(before, JOBS)
    with pytest.raises(MigrationError) as caught:
        retire(project, upgraded_url)
    message = str(caught.value)
    for name, schedule in (("mark-nodes-offline", "* * * * *"), ("cleanup-stale-data", "0 * * * *")):
        assert f'cron job "{name}" runs ({schedule}, as postgres), and a leading sentinel is not there' in message
    assert "alembic -x confirm=retire_cron_jobs upgrade head" in message
    assert "the database stays at 0027" in message
    assert rows(before, JOBS) == jobs
    assert len(jobs) == 5


def test_the_cron_jobs_go_once_a_sentinel_leads_and_come_back_as_they_were(
    before: psycopg.Connection, project: Project, upgraded_url: str, connect: Connect
) -> None:
    jobs = rows(before, JOBS)
    connect(upgraded_url).execute(LEAD)
    retire(project, upgraded_url)
    assert [job["jobname"] for job in rows(before, JOBS)] == ["refresh-daily-throughput", "refresh-rotations-by-spec"]
    command.downgrade(alembic_env.config(project, upgraded_url), "0027")
    assert rows(before, JOBS) == jobs


def test_another_roles_job_is_neither_seen_nor_removed(
    before: psycopg.Connection, project: Project, upgraded_url: str, connect: Connect
) -> None:
    connect(upgraded_url, user=ADMIN).execute(
        "update cron.job set username = 'supabase_admin' where jobname not like 'refresh%'"
    )
    retire(project, upgraded_url, confirm=["retire_cron_jobs"])
    with connect(upgraded_url, user=ADMIN) as admin:
        assert value(admin, "select count(*) from cron.job where username = 'supabase_admin'") == 3


@pytest.fixture
def take(repository: Repository, platform_url: str) -> Take:
    """`take("function public.f()", up)`: a contract revision over a few objects; counts calls for a short time only."""
    repository.set(call_watch="300ms")
    repository.add(
        "0001",
        """
        create table public.t (id int primary key, a int, b int);
        create function public.f(p int) returns int language plpgsql as $$ begin return p; end $$;
        create function public.g() returns trigger language plpgsql as $$ begin return new; end $$;
        create trigger g before insert on public.t for each row execute function public.g();
        create policy "may see" on public.t for select using (a > 0);
        create view public.v as select b from public.t;
        create function public.caller() returns int language plpgsql as $$ begin return public.f(1); end $$;
        create table public.lonely (id int);
        """,
    )
    alembic_env.upgrade(repository.project, platform_url)

    def run(*takes: str, up: str, confirm: tuple[str, ...] = ()) -> None:
        repository.add("0002", up, more=f"contract = Contract(takes={takes})\n")
        alembic_env.upgrade(repository.project, platform_url, confirm=confirm)

    return run


def test_a_sign_in_the_data_refuses_until_it_is_gone_or_confirmed(
    take: Take, repository: Repository, platform_url: str, connect: Connect
) -> None:
    db = connect(platform_url)
    db.execute("insert into public.lonely values (7)")
    signs = "select format('row %s is there', id) from public.lonely"
    repository.add("0002", "alter table public.t add column c int", more=f"contract = Contract((), in_use={signs!r})\n")
    with pytest.raises(MigrationError) as caught:
        alembic_env.upgrade(repository.project, platform_url)
    assert "row 7 is there" in str(caught.value)
    db.execute("delete from public.lonely")
    alembic_env.upgrade(repository.project, platform_url)
    assert value(db, "select count(c) from public.t") == 0


@pytest.mark.parametrize(
    ("taken", "up", "sign"),
    [
        ("function public.f(integer)", "drop function public.f(int)", "function caller() names it"),
        ("function public.g()", "drop function public.g() cascade", "trigger g on table t depends on it"),
        ("column public.t.b", "alter table public.t drop column b cascade", "rule _RETURN on view v depends on it"),
        ("column public.t.a", "alter table public.t drop column a cascade", "policy may see on table t depends on it"),
    ],
)
def test_what_others_name_or_depend_on_is_in_use(take: Take, taken: str, up: str, sign: str) -> None:
    with pytest.raises(MigrationError) as caught:
        take(taken, up=up)
    assert f"{taken}: {sign}" in str(caught.value)
    take(taken, up=up, confirm=("step",))


def test_whoever_is_asked_to_confirm_sees_what_rows_go(take: Take, platform_url: str, connect: Connect) -> None:
    connect(platform_url).execute("insert into public.t values (1, 2, 3), (2, 3, null)")
    with pytest.raises(MigrationError) as caught:
        take("column public.t.b", "table public.lonely", up="alter table public.t drop b cascade")
    assert "column public.t.b: rule _RETURN on view v depends on it\n  column public.t.b: 1 value\n" in str(
        caught.value
    )
    assert "lonely" not in str(caught.value)


def test_what_a_cron_job_calls_is_in_use(take: Take, platform_url: str, connect: Connect) -> None:
    connect(platform_url).execute(
        "create extension pg_cron; select cron.schedule('nightly', '0 3 * * *', 'truncate public.lonely')"
    )
    with pytest.raises(MigrationError, match=r'cron job "nightly" names it \(0 3 \* \* \*, as postgres\)'):
        take("table public.lonely", up="drop table public.lonely")


def test_what_goes_together_is_in_nobodys_use(take: Take) -> None:
    take("function public.g()", "trigger public.t.g", up="drop trigger g on public.t; drop function public.g()")


def test_what_is_not_there_is_in_nobodys_use(take: Take) -> None:
    take("function public.h()", "table public.h", "column public.t.h", "policy public.t.h", up="select 1")


@pytest.mark.parametrize(
    ("taken", "use"),
    [
        ("function public.lonely_function()", "select public.lonely_function()"),
        ("table public.lonely", "select from public.lonely"),
    ],
)
def test_what_is_still_called_is_in_use(take: Take, platform_url: str, connect: Connect, taken: str, use: str) -> None:
    connect(platform_url).execute(
        "create function public.lonely_function() returns int language plpgsql as 'begin return 1; end'"
    )
    admin = connect(platform_url, user=ADMIN)
    admin.execute(f"alter database {admin.info.dbname} set track_functions = 'all'")
    client = connect(platform_url)
    with ThreadPoolExecutor() as pool:
        refused = pool.submit(take, taken, up="select 1")
        while not refused.done():
            client.execute(use.encode())
            client.execute("select pg_stat_force_next_flush()")
    with pytest.raises(MigrationError, match=r"used \d+ times within 0.3 s"):
        refused.result()


def test_what_is_not_counted_is_said_to_be_unknown(repository: Repository, take: Take, platform_url: str) -> None:
    repository.add(
        "0002",
        'drop function public.caller();\ndrop policy "may see" on public.t;',
        more="""contract = Contract(takes=('function public.caller()', 'policy public.t."may see"'))\n""",
    )
    done = repository.alembic("upgrade", "head", url=platform_url)
    assert done.returncode == 0, done.stdout
    assert "function public.caller(): whether it is called is unknown" in done.stderr
    assert 'policy public.t."may see": whether clients rely on it is unknown' in done.stderr


def test_it_can_be_confirmed_on_the_command_line(repository: Repository, take: Take, platform_url: str) -> None:
    repository.add(
        "0002", "drop function public.f(int)", more='contract = Contract(takes=("function public.f(integer)",))\n'
    )
    refused = repository.alembic("-x", "confirm=other", "upgrade", "head", url=platform_url)
    assert "0002 takes away what this database still uses" in refused.stdout
    done = repository.alembic("-x", "confirm=other", "-x", "confirm=step", "upgrade", "head", url=platform_url)
    assert done.returncode == 0, done.stdout
    assert "step is confirmed, although function public.f(integer): function caller() names it" in done.stderr


def test_what_one_run_makes_from_nothing_has_no_users(repository: Repository, platform_url: str) -> None:
    repository.add("0001", "create table public.t (a int); create view public.v as select a from public.t;")
    repository.add(
        "0002", "drop view public.v; drop table public.t;", more='contract = Contract(takes=("table public.t",))\n'
    )
    alembic_env.upgrade(repository.project, platform_url)


@pytest.mark.parametrize("taken", ["sequence public.s", "function public.f", "table a.b.c.d.e"])
def test_a_contract_that_makes_no_sense_is_an_error(take: Take, taken: str) -> None:
    with pytest.raises(MigrationError, match="contract"):
        take(taken, up="select 1")
