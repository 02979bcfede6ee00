"""Databases to pull; and a shop that was pulled once, and is changed by hand in production."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from alembic import command
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.init import init
from dbtools.model.compare import Change
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.pull import PullOptions, baseline, proof, pull
from dbtools.pull.incremental import pull_again
from dbtools.pull.incremental_report import AgainReport
from dbtools.revise.answers import Answers

SHOP = """
    create type public.state as enum ('new', 'done');
    create table public.orders (
      id integer primary key, state public.state not null default 'new', amount integer not null, note text
    );
    create index orders_amount on public.orders (amount);
    alter table public.orders enable row level security;
    create policy everybody on public.orders for select to anon using (true);
    create function public.total() returns bigint language sql stable as 'select sum(amount) from public.orders';
    revoke execute on function public.total() from public, anon;
    create view public.open_orders with (security_invoker = true) as
      select id, amount from public.orders where state = 'new';
    create function public.touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touch before update on public.orders for each row execute function public.touch();
    create table public.people (id serial primary key, name text not null, mood text default 'fine', born date);
    alter table public.people enable row level security;
    create policy themselves on public.people using (mood = 'fine');
    create view public.names as select id, name from public.people
"""

Make = Callable[..., str]
Again = Callable[..., AgainReport]


@pytest.fixture
def live(shadow: Shadow) -> Iterator[str]:
    url = shadow.create()
    with psycopg.connect(url) as connection:
        connection.execute(SHOP.encode())
    yield url
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))


@pytest.fixture(scope="session")
def pulled(shadow: Shadow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository into which the shop was pulled."""
    folder = tmp_path_factory.mktemp("pulled")
    init(folder)
    project = Project.find(folder)
    url = shadow.create()
    with psycopg.connect(url) as connection:
        connection.execute(SHOP.encode())
    assert pull(url, project.migrations, shadow=shadow, options=PullOptions(objects_in=project)).ok
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))
    return folder


@pytest.fixture
def shop(live: str, pulled: Path, tmp_path: Path) -> Project:
    """The repository of `live`, pulled once."""
    shutil.copytree(pulled, tmp_path, dirs_exist_ok=True)
    project = Project.find(tmp_path)
    command.stamp(alembic_env.config(project, live), "0001")
    return project


@pytest.fixture
def again(live: str, shop: Project, shadow: Shadow) -> Again:
    """`again(sql)` changes production by hand, and pulls."""

    def change(statements: str = "", answers: Answers | None = None) -> AgainReport:
        with psycopg.connect(live) as connection:
            connection.execute(statements.encode())
        return pull_again(live, shop, "What happened at night", answers=answers, shadow=shadow)

    return change


def files(project: Project) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file() and path.suffix != ".pyc"}


@pytest.fixture
def make(shadow: Shadow) -> Iterator[Make]:
    """`make(sql)` is the URL of a database of its own: a platform with that SQL run in it; dropped afterwards."""
    made: list[str] = []

    def make_one(statements: str = "", *, user: str = "postgres") -> str:
        url = shadow.create()
        made.append(str(conninfo_to_dict(url)["dbname"]))
        with psycopg.connect(url, user=user) as connection:
            connection.execute(statements.encode())
        return url

    yield make_one
    for name in made:
        shadow.drop(name)


def said(changes: Sequence[Change]) -> list[str]:
    return [
        f"{change.action} {change.object.identity}" + (f": {change.property}" if change.property else "")
        for change in changes
    ]


def written(url: str) -> str:
    """The baseline's text for a database that changes nothing about the platform's tables."""
    seen = proof.observe(url)
    return baseline.build(seen.snapshot, seen.entries, seen.ownership).text
