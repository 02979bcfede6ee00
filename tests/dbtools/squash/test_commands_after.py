"""Alembic's own commands after a squash: stamping, and printing SQL, from wherever a database is."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.postgres.shadow import Shadow
from dbtools.squash import squash
from tests.support.commands import call
from tests.support.repository import Repository, psql

STEPS = ("a", "b", "c")


@pytest.fixture
def squashed(repository: Repository, shadow: Shadow) -> Repository:
    """Three revisions that were squashed, and one more on top."""
    for number, name in enumerate(STEPS, 1):
        repository.add(f"{number:04}", f"create table public.{name} (id int);", f"drop table public.{name};")
    assert squash(repository.project, shadow=shadow).ok
    repository.add("0004", "create table public.d (id int);", "drop table public.d;")
    return repository


@pytest.fixture
def url(shadow: Shadow) -> Iterator[str]:
    made = shadow.create()
    yield made
    shadow.drop(str(conninfo_to_dict(made)["dbname"]))


def state(url: str) -> tuple[str, str]:
    """The revision, and the tables that there are."""
    with psycopg.connect(url) as connection:
        [(at,)] = connection.execute("select string_agg(version_num, ',') from private.alembic_version").fetchall()
        tables = "select coalesce(string_agg(relname, '' order by 1), '') from pg_class where relname ~ '^[a-d]$'"
        [(there,)] = connection.execute(tables.encode()).fetchall()
    return at, there


def alembic(repository: Repository, *words: str, url: str | None = None) -> str:
    done = call("alembic", *words, cwd=repository.project.root, url=url)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("start", ["0002", "0003", "head"])
def test_a_database_that_has_all_of_it_is_stamped_where_it_is(
    squashed: Repository, shadow: Shadow, url: str, start: str
) -> None:
    """By the name of a revision that was replaced, of the baseline, or of what came after it; and it goes on."""
    project = squashed.project
    alembic_env.upgrade(project, url, start)
    _, tables = state(url)
    with psycopg.connect(url) as connection:
        connection.execute("delete from private.alembic_version")
    alembic(squashed, "stamp", start, url=url)
    assert state(url) == ("0004" if start == "head" else start, tables)
    alembic(squashed, "upgrade", "head", url=url)
    assert state(url) == ("0004", "abcd")


def test_stamping_goes_back_below_the_squash_and_over_it_again(squashed: Repository, url: str) -> None:
    alembic_env.upgrade(squashed.project, url)
    for to in ("0001", "0003", "0002", "head"):
        alembic(squashed, "stamp", to, url=url)
        assert state(url) == ("0004" if to == "head" else to, "abcd")


@pytest.mark.parametrize(
    ("start", "words", "ends"),
    [
        ("", ("upgrade", "base:head"), ("0004", "abcd")),
        ("", ("upgrade", "head"), ("0004", "abcd")),
        ("0001", ("upgrade", "0001:head"), ("0004", "abcd")),
        ("0001", ("upgrade", "0001:0002"), ("0002", "ab")),
        ("0003", ("upgrade", "0003:head"), ("0004", "abcd")),
        ("0004", ("downgrade", "0004:0003"), ("0003", "abc")),
        ("0004", ("downgrade", "0004:0001"), ("0001", "a")),
    ],
)
def test_a_printed_script_leads_where_the_command_would(
    squashed: Repository, shadow: Shadow, url: str, start: str, words: tuple[str, str], ends: tuple[str, str]
) -> None:
    if start:
        alembic_env.upgrade(squashed.project, url, start)
    printed = alembic(squashed, *words, "--sql")
    psql(shadow, url, printed)
    assert state(url) == ends
