"""What was renamed by hand is asked for; once that is said, it is renamed elsewhere, with its rows and its files."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.errors import ConfigError, MigrationError, RenamesError
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from dbtools.revise import pending
from dbtools.revise.answers import Answers
from dbtools.runner.head import at_head
from tests.dbtools.pull.conftest import SHOP, Again, files

ROWS = """
    insert into public.orders (id, amount) select i, i * i from generate_series(1, 9) as i;
    insert into public.people (name, born) select 'p' || i, '2026-01-01' from generate_series(1, 9) as i
"""
RENAMED = """
    alter table public.people rename to clients;
    alter table public.clients rename mood to feeling;
    alter sequence public.people_id_seq rename to clients_id_seq;
    alter table public.clients rename constraint people_pkey to clients_pkey;
    alter policy themselves on public.clients rename to themself;
    alter type public.state rename to status;
    alter type public.status rename value 'done' to 'ended';
    alter index public.orders_amount rename to by_amount;
    alter trigger touch on public.orders rename to touched;
    alter function public.touch() rename to touch_it;
    alter view public.names rename to name_of;
    alter table public.orders rename to bills;
    create schema books;
    alter table public.bills set schema books;
    create or replace function public.total() returns bigint language sql stable as
      'select sum(amount) from books.bills';
    alter table books.bills add late boolean
"""
YES = Answers(ask=lambda _: True)


@pytest.fixture
def elsewhere(shop: Project, shadow: Shadow) -> str:
    """Another database at the revision before, with rows, and nobody's shadow."""
    url = shadow.create()
    name = conninfo_to_dict(url)["dbname"]
    with psycopg.connect(shadow.url(str(name), user=ADMIN)) as admin:
        admin.execute(f"alter database {name} set dbtools.shadow to 'off'")
    with psycopg.connect(url) as connection:
        connection.execute((SHOP + ";" + ROWS).encode())
    command.stamp(alembic_env.config(shop, url), "0001")
    return url


def fingerprint(url: str) -> set[str | None]:
    """Of each of the two tables, whatever it is called, its rows; without what the renames add."""
    query = "select md5(string_agg(t::text, ';' order by t.id)) from {} as t"
    there = "select c.oid::regclass::text from pg_class as c where c.relname ~ '^(people|clients|orders|bills)$'"
    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute(there)]
        connection.execute("alter table if exists books.bills drop late")
        found = {connection.execute(query.format(name).encode()).fetchone() or ("",) for name in tables}
        connection.rollback()
    return {text for (text,) in found}


def test_what_looks_renamed_is_asked_for_and_nothing_is_written(again: Again, shop: Project) -> None:
    before = files(shop)
    with pytest.raises(RenamesError) as caught:
        again('alter table public.orders rename to bills; alter table public.people rename mood to "It\'s"')
    assert (caught.value.exit_code, files(shop)) == (1, before)
    assert caught.value.message.splitlines()[1:] == [
        "  table public.orders",
        "    --rename 'table public.orders=table public.bills'",
        "    --no-rename 'table public.orders'",
        "  column public.people.mood",
        """    --rename 'column public.people.mood=column public.people."It'"'"'s"'""",
        "    --no-rename 'column public.people.mood'",
    ]


def test_renames_move_what_hangs_on_them_and_the_rows_stay(
    again: Again, shop: Project, shadow: Shadow, live: str, elsewhere: str
) -> None:
    before = fingerprint(elsewhere)
    for file in ("policies/orders.sql", "policies/people.sql"):
        (shop.sql / file).write_text("-- Who may.\n" + (shop.sql / file).read_text())

    report = again(RENAMED, YES)
    assert (report.ok, [*report.left], len(report.renamed)) == (True, [], 12)
    assert {change.object.identity for change in report.changes} == {
        "column books.bills.late",
        "function public.total()",
    }
    assert {path.relative_to(shop.sql).as_posix() for path in shop.sql.rglob("*.sql")} == {
        "functions/total.sql",
        "functions/touch_it.sql",
        "policies/books/bills.sql",
        "policies/clients.sql",
        "triggers/books/bills.touched.sql",
        "views/name_of.sql",
        "views/open_orders.sql",
    }
    for file in ("policies/books/bills.sql", "policies/clients.sql"):
        assert (shop.sql / file).read_text().startswith("-- Who may.\n")
    # Live needs nothing more, sql/ agrees, and elsewhere the rows are there both ways, without a word of confirmation.
    command.stamp(alembic_env.config(shop, live), "0002")
    with at_head(shop, shadow) as url:
        assert pending(url, shop) is None
    alembic_env.upgrade(shop, elsewhere)
    assert fingerprint(elsewhere) == before
    assert again().changes == ()
    command.downgrade(alembic_env.config(shop, elsewhere), "0001")
    assert fingerprint(elsewhere) == before


def test_what_is_said_to_be_no_rename_goes_and_its_rows_are_asked_for_by_name(
    again: Again, shop: Project, elsewhere: str
) -> None:
    said = Answers(no=["public.people.born"], yes=["public.people.name=title"])
    report = again("alter table public.people rename name to title; alter table public.people rename born to b", said)
    assert [one.old.identity for one in report.renamed] == ["column public.people.name"]
    python = (shop.migrations / "versions/0002_what_happened_at_night.py").read_text()
    assert '"column public.people.born"' in python
    with pytest.raises(MigrationError, match=r"column public\.people\.born: 9 values"):
        alembic_env.upgrade(shop, elsewhere)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (Answers(yes=["public.oders=public.bills"]), "--rename public.oders=public.bills: head has no such object"),
        (Answers(no=["public.oders"], ask=lambda _: True), "--no-rename public.oders: head has no such object"),
    ],
)
def test_an_answer_about_nothing_is_an_error(answers: Answers, message: str, again: Again, shop: Project) -> None:
    before = files(shop)
    with pytest.raises(ConfigError) as caught:
        again("alter table public.orders rename to bills", answers)
    assert (caught.value.message.startswith(message), files(shop)) == (True, before)


def test_a_file_whose_function_is_broken_by_the_rename_is_named(again: Again, shop: Project) -> None:
    report = again("alter table public.orders rename to bills", Answers(yes=["public.orders=bills"]))
    assert (report.ok, [*report.left], report.broken) == (False, [], [Path("sql/functions/total.sql")])
