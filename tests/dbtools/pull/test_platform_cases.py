"""What projects have beside tables, on a hosted platform: all of it captured and proven, or said in one word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbtools.postgres.shadow import ADMIN, OWNER, Shadow
from dbtools.pull import PullOptions, PullReport, pull
from tests.support.pulled import problems

Pulled = Callable[..., PullReport]

# A service's own types, grants to a role of the project's on what is the platform's, a queue and a grant on it.
BESIDE_TABLES = """
    create role cases_reader; grant usage on schema auth to cases_reader; grant select on auth.users to cases_reader;
    grant execute on function auth.uid() to cases_reader;
    create view public.factors as select f.factor_type, f.status, s.aal from auth.mfa_factors as f, auth.sessions as s;
    create table public.typed (level auth.aal_level, action realtime.action, filters realtime.user_defined_filter[]);
    create extension pgmq; select pgmq.create('mails'); grant select on pgmq.q_mails to cases_reader;
    alter role cases_reader set statement_timeout to '1s'
"""
WRAPPER = """
    create foreign data wrapper elsewhere options (debug 'true');
    alter role postgres superuser; alter foreign data wrapper elsewhere owner to postgres;
    alter role postgres nosuperuser; set role postgres;
    create server far foreign data wrapper elsewhere options (host 'far.example');
    create foreign table public.away (id integer) server far options (table 'there')
"""
OTHERS = """
    create foreign data wrapper admins; create aggregate extensions.total (integer) (sfunc = int4pl, stype = integer);
    create text search dictionary auth.plain (template = simple)
"""
# Put together here, so that no scanner takes this file for a leak.
KEY = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + ".eyJyb2xlIjoic2VydmljZV9yb2xlIn0" + ".c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"


@pytest.fixture
def pulled(shadow: Shadow, tmp_path: Path) -> Iterator[Pulled]:
    """`pulled(sql, …)`: the report of a pull of a database with that SQL run in it by its owner, or by an `admin`."""
    made: list[str] = []

    def run(statements: str, *acknowledged: str, admin: bool = False) -> PullReport:
        url = shadow.create()
        made.append(str(conninfo_to_dict(url)["dbname"]))
        with psycopg.connect(url, user=ADMIN if admin else OWNER) as connection:
            connection.execute(statements.encode())
        return pull(url, tmp_path / made[-1], shadow=shadow, options=PullOptions(acknowledged=acknowledged))

    yield run
    for name in made:
        shadow.drop(name)
    with psycopg.connect(shadow.url(user=ADMIN)) as connection:
        connection.execute("drop role if exists cases_reader")


def test_what_leans_on_the_platform_is_captured_with_what_a_role_is_set_to(pulled: Pulled) -> None:
    report = pulled(BESIDE_TABLES)
    assert (problems(report), report.ok) == ([], True)
    baseline = report.path.read_text()
    for part in (
        "GRANT SELECT ON TABLE auth.users TO cases_reader",
        "pgmq.create('mails')",
        "realtime.action",
        "alter role cases_reader set statement_timeout = '1s'",
    ):
        assert part.lower() in baseline.lower()


def test_a_foreign_data_wrapper_comes_home_with_its_server_and_its_tables(pulled: Pulled) -> None:
    report = pulled(WRAPPER, admin=True)
    assert (problems(report), report.ok) == ([], True)
    baseline = report.path.read_text()
    assert "CREATE FOREIGN TABLE public.away" in baseline
    # Only a superuser may say that, and a hosted project has none.
    assert "ALTER FOREIGN DATA WRAPPER" not in baseline


def test_what_the_platforms_roles_have_and_no_shadow_will_is_noted(pulled: Pulled) -> None:
    report = pulled(OTHERS, admin=True)
    said = {"foreign-data wrapper admins", "function extensions.total(integer)", "text search dictionary auth.plain"}
    assert said <= {item.object for item in report.noted}
    assert report.ok


def test_a_key_in_a_function_makes_the_answer_no_by_name_until_it_is_acknowledged(pulled: Pulled) -> None:
    body = f"create function public.call() returns text language sql as $$ select 'Bearer {KEY}' $$"
    report = pulled(body)
    assert (problems(report), report.ok) == ([], False)
    assert {item.object for item in report.secrets} == {"function public.call()"}
    assert KEY not in str(report.as_dict())
    assert pulled(body, "function public.call()").ok
