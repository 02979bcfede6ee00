"""Views and materialized views have files of their own, and what is below them can change: they follow, filled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env, catalog
from dbtools.errors import ReviseError
from dbtools.init import init
from dbtools.model.compare import compare
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.pull import PullOptions, pull
from dbtools.pull.incremental import pull_again
from dbtools.revise import pending
from dbtools.revise.answers import Answers
from dbtools.revise.command import revise
from dbtools.runner.head import at_head
from tests.support.repository import Repository

SCHEMA = """
    create table public.sale (id integer primary key, price integer not null);
    create function public.tax(price integer) returns integer language sql immutable as 'select price / 5';
    create view public.taxed as select id, price, public.tax(price) as tax from public.sale;
    create view public.named as select id, tax, 'x' as name from public.taxed;
    create materialized view public.sums with (fillfactor = 70) as
      select tax, name, count(*) as number from public.named group by tax, name;
    create unique index sums_tax on public.sums (tax);
    create index sums_low on public.sums (lower(name));
    create materialized view public.total as select sum(number) as all_of_them from public.sums;
    alter materialized view public.sums cluster on sums_tax, alter column name set storage external,
      alter column name set statistics 7, alter column name set (n_distinct = 5);
    alter index public.sums_low alter column 1 set statistics 9;
    comment on materialized view public.sums is 'of all sales';
    comment on column public.sums.tax is 'in cents';
    comment on index public.sums_tax is 'for refresh concurrently';
    revoke all on public.sums from anon;
    grant select on public.sums to authenticated;
    grant select (number) on public.sums to anon
"""
ANOTHER_RESULT = (
    "create function public.tax(price integer) returns numeric language sql immutable as 'select price / 8.0'"
)


@pytest.fixture(scope="module")
def live(shadow: Shadow) -> Iterator[str]:
    url = shadow.create()
    with psycopg.connect(url) as connection:
        connection.execute(SCHEMA.encode())
        connection.execute("insert into public.sale select n, n * 40 from generate_series(1, 5) as n")
        connection.execute("refresh materialized view public.sums; refresh materialized view public.total")
    yield url
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))


@pytest.fixture(scope="module")
def pulled(live: str, shadow: Shadow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pulled")
    init(folder)
    project = Project.find(folder)
    report = pull(live, project.migrations, shadow=shadow, options=PullOptions(objects_in=project))
    assert (report.ok, [(item.object, item.reason.rpartition(": ")[2]) for item in report.noted]) == (
        True,
        [
            (f"materialized view public.{name}", f"refresh materialized view public.{name}")
            for name in ("sums", "total")
        ],
    )
    return folder


@pytest.fixture
def sales(live: str, pulled: Path, shadow: Shadow, tmp_path: Path) -> Iterator[tuple[Project, str]]:
    """The repository that was pulled, and a copy of live with its rows."""
    shutil.copytree(pulled, tmp_path, dirs_exist_ok=True)
    project = Project.find(tmp_path)
    url = shadow.create(template=str(conninfo_to_dict(live)["dbname"]))
    command.stamp(alembic_env.config(project, url), "0001")
    yield project, url
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def rows(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        connection.execute("set role authenticated")
        query = "select round(tax)::text from public.sums order by tax"
        found = [row[0] for row in connection.execute(query)]
        return [*found, *(str(row[0]) for row in connection.execute("select all_of_them from public.total"))]


def test_each_has_a_file_that_makes_it_again_with_all_that_hangs_on_it(
    sales: tuple[Project, str], shadow: Shadow
) -> None:
    project, _ = sales
    files = {path.relative_to(project.sql).as_posix() for path in project.sql.rglob("*.sql")}
    assert files == {
        "functions/tax.sql", "policies/sale.sql", "views/named.sql", "views/sums.sql", "views/taxed.sql",
        "views/total.sql",
    }  # fmt: skip
    with at_head(project, shadow) as head:
        assert pending(head, project) is None
        # Made from nothing, too.
        with psycopg.connect(head) as connection:
            before = catalog.read(connection)
            connection.execute("drop materialized view public.total, public.sums")
            for name in ("sums", "total"):
                connection.execute((project.sql / f"views/{name}.sql").read_bytes())
            assert compare(before, catalog.read(connection)) == []


def test_another_result_of_a_function_goes_through_views_and_materialized_ones_and_fills_them(
    sales: tuple[Project, str], shadow: Shadow
) -> None:
    project, url = sales
    assert rows(url) == ["8", "16", "24", "32", "40", "5"]
    function = project.sql / "functions/tax.sql"
    function.write_text(function.read_text().replace("returns integer", "returns numeric").replace("/ 5", "/ 8.0"))
    with at_head(project, shadow) as head:
        assert revise(project, "Exact taxes", head=head).written
    with psycopg.connect(url) as connection:
        before = catalog.read(connection)
    alembic_env.upgrade(project, url)
    assert rows(url) == ["5", "10", "15", "20", "25", "5"]
    with psycopg.connect(url) as connection:
        changed = {change.object.identity for change in compare(before, catalog.read(connection))}
    assert changed == {"function public.tax(integer)"}
    command.downgrade(alembic_env.config(project, url), "0001")
    assert rows(url) == ["8", "16", "24", "32", "40", "5"]


def test_a_column_less_in_a_view_and_another_index_of_a_materialized_one(
    sales: tuple[Project, str], shadow: Shadow
) -> None:
    project, url = sales
    for name, old, new in (
        ("taxed", "    price,\n", ""),
        ("sums", "unique index", "unique index"),
        ("sums", "(lower(name))", "(upper(name))"),
    ):
        file = project.sql / f"views/{name}.sql"
        text = file.read_text()
        assert old.lower() in text.lower()
        file.write_text(text.replace(old, new))
    with at_head(project, shadow) as head:
        assert revise(project, "Less", head=head).written
    alembic_env.upgrade(project, url)
    assert rows(url) == ["8", "16", "24", "32", "40", "5"]


def test_what_was_changed_by_hand_below_them_comes_home(sales: tuple[Project, str], live: str, shadow: Shadow) -> None:
    project, url = sales
    other = shadow.create(template=str(conninfo_to_dict(url)["dbname"]))
    views = "".join((project.sql / f"views/{name}.sql").read_text() for name in ("taxed", "named", "sums", "total"))
    with psycopg.connect(url) as connection:
        connection.execute(f"drop function public.tax(integer) cascade; {ANOTHER_RESULT}; {views}".encode())
        connection.execute("create materialized view public.more as select 1 as a; drop index public.sums_low")
        connection.execute("comment on materialized view public.total is 'new'")
    report = pull_again(url, project, "By hand", answers=Answers(ask=lambda _: False), shadow=shadow)
    assert [str(change) for change in report.left] == []
    assert {path.as_posix() for path in report.written} >= {"sql/views/more.sql", "sql/views/sums.sql"}
    alembic_env.upgrade(project, other, confirm=["by_hand"])
    assert rows(other) == rows(url) == ["5", "10", "15", "20", "25", "5"]
    shadow.drop(str(conninfo_to_dict(other)["dbname"]))


def test_a_file_whose_table_a_revision_has_renamed_is_named_with_what_head_has(
    repository: Repository, shadow: Shadow
) -> None:
    repository.add(
        "0001", "create table public.fines (id integer); create view public.open as select id from public.fines"
    )
    repository.add(
        "0002", "alter table public.fines rename to penalties", "alter table public.penalties rename to fines"
    )
    file = repository.project.sql / "views/open.sql"
    file.parent.mkdir(parents=True)
    file.write_text("create or replace view public.open as select id from public.fines;\n")
    with at_head(repository.project, shadow) as url:
        with pytest.raises(ReviseError, match=r'open\.sql, line 1: relation "public.fines" does not exist') as caught:
            pending(url, repository.project)
        said, _, text = caught.value.hint.partition("head has it as\n")
        assert "edit sql/views/open.sql" in said
        file.write_text(text)
        assert pending(url, repository.project) is None
        other = repository.project.sql / "policies/fines.sql"
        other.parent.mkdir()
        other.write_text("alter table public.fines enable row level security;\n")
        with pytest.raises(ReviseError, match=r"fines\.sql, line 1") as caught:
            pending(url, repository.project)
        assert "rename sql/policies/fines.sql and what it says, or delete it" in caught.value.hint
