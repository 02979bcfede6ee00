"""Head is built where it can be: on another server, if the newest one was built without what a revision needs."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from dbtools.errors import MigrationError, ShadowError
from dbtools.head import at_head
from dbtools.postgres import embedded
from dbtools.postgres.embedded import EmbeddedServer
from dbtools.postgres.shadow import Shadow
from tests.conftest import missing
from tests.support.pulled import problems, pulled, said_afterwards

SCHEMA = """
    create collation public.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table public.t (a text collate public.ci)
"""


def test_a_collation_of_icu_is_pulled_and_silent_afterwards_or_said_to_need_lives_version(
    tmp_path: Path, shadow: Shadow, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        server = EmbeddedServer(major=15)
    except ShadowError as error:
        missing(error.message)
    with server, psycopg.connect(server.url()) as connection:
        connection.execute(SCHEMA.encode())
        connection.commit()
        project, report = pulled(server.url(), tmp_path)
        assert (problems(report), said_afterwards(server.url(), project)) == ([], [])
    monkeypatch.setenv("DBTOOLS_POSTGRES_15", str(tmp_path))
    embedded.binaries.cache_clear()
    with pytest.raises(MigrationError, match="ICU is not supported") as caught, at_head(project, shadow):
        pass
    embedded.binaries.cache_clear()
    assert "live is 15" in caught.value.hint
