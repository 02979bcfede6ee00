"""A database may keep its text in another encoding than UTF-8: it comes home, or is refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbtools import alembic_env, catalog
from dbtools.errors import MigrationError, PullError
from dbtools.model.compare import compare
from dbtools.postgres.connection import connect
from dbtools.postgres.embedded import EmbeddedServer
from dbtools.pull import pull
from tests.support.pulled import problems, pulled
from tests.support.repository import Repository

SCHEMA = """
    create table public.t ("ñ" text default 'é');
    comment on table public.t is 'déjà vu';
    create function public."é"() returns text language sql return 'é'
"""


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    made = EmbeddedServer()
    made.prepare()
    made.start()
    yield made
    made.remove()


def create(server: EmbeddedServer, name: str, encoding: str) -> str:
    with psycopg.connect(server.url(), autocommit=True) as admin:
        options = f"template template0 encoding '{encoding}' locale_provider libc locale 'C'"
        admin.execute(f"create database {name} {options}".encode())
    return server.url(name)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_is_not_in_utf_8_comes_home_and_is_upgraded(
    server: EmbeddedServer, encoding: str, tmp_path: Path
) -> None:
    live, other = (create(server, f"{name}_{encoding.lower()}", encoding) for name in ("live", "other"))
    with connect(live) as connection:
        connection.execute(SCHEMA.encode())
    project, report = pulled(live, tmp_path)
    assert (problems(report), report.ok) == ([], True)
    alembic_env.upgrade(project, other)
    with connect(live) as here, connect(other) as there:
        assert compare(catalog.read(here), catalog.read(there)) == []


def test_what_an_encoding_cannot_hold_is_refused_by_file_and_line(
    server: EmbeddedServer, repository: Repository
) -> None:
    repository.add("0001", "select 1;\ncomment on schema public is '語'")
    with pytest.raises(MigrationError, match=r'0001_step.up.sql, line 2: character .* "LATIN1"'):
        alembic_env.upgrade(repository.project, create(server, "latin", "LATIN1"))


def test_bytes_that_are_no_text_are_refused_in_a_sentence(server: EmbeddedServer, tmp_path: Path) -> None:
    url = create(server, "broken", "SQL_ASCII")
    with psycopg.connect(url, client_encoding="SQL_ASCII") as connection:
        connection.execute("comment on schema public is 'é'".encode("latin1"))
    with pytest.raises(PullError, match="invalid byte sequence") as caught:
        pull(url, tmp_path)
    assert "SQL_ASCII" in caught.value.hint
    assert not (tmp_path / "versions").exists()
