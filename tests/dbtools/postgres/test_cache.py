"""A shadow that begins where an earlier one was is the same shadow, and a cache that is of no use is none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from dbtools import catalog
from dbtools.errors import ShadowError
from dbtools.model.snapshot import Snapshot
from dbtools.postgres.connection import connect
from dbtools.postgres.shadow import Content, Shadow
from tests.support.system import value


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "dbtools/servers"


def _all(shadow: Shadow) -> Snapshot:
    with connect(shadow.url()) as connection:
        return catalog.read(connection, catalog.PLATFORM_READERS)


def _starts() -> None:
    with Shadow() as shadow, psycopg.connect(shadow.url()) as connection:
        assert value(connection, "select current_user") == "postgres"


def test_a_shadow_from_the_cache_is_as_one_that_was_built(servers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Shadow() as built:
        first = _all(built)
        unlaid = built.unlaid
    assert len(list(servers.iterdir())) == 2, "a cluster, and the platform on it"
    with Shadow() as again:
        assert _all(again) == first
        assert again.unlaid == unlaid
        with psycopg.connect(again.url()) as connection:
            connection.execute("create table public.only_here ()")
    with Shadow() as third:
        assert _all(third) == first
    monkeypatch.setenv("DBTOOLS_CACHE", "off")
    with Shadow() as without:
        assert _all(without) == first
    assert len(list(servers.iterdir())) == 2


def test_what_a_shadow_holds_from_its_start_is_made_once_and_belongs_to_its_key(
    servers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbtools.postgres.shadow._WORTH_KEEPING", 0)
    made: list[str] = []

    def content(key: str, *, keep: bool = True) -> Content:
        def make(shadow: Shadow) -> bool:
            made.append(key)
            with psycopg.connect(shadow.create("more")) as connection:
                connection.execute("create table public.t as select 1 as n")
            return keep

        return Content(key, make)

    for _ in range(2):
        with Shadow(content=content("a")) as shadow, psycopg.connect(shadow.url("more")) as connection:
            assert value(connection, "select n from public.t") == 1
    for _ in range(2):
        with Shadow(content=content("b", keep=False)):
            pass
    assert made == ["a", "b", "b"]


def test_a_server_that_does_not_start_on_what_was_kept_is_an_error_once(servers: Path) -> None:
    _starts()
    for kept in servers.iterdir():
        (kept / "data/global/pg_control").write_bytes(b"")
    with pytest.raises(ShadowError, match="did not start"), Shadow():
        pass
    for kept in servers.iterdir():
        shutil.rmtree(kept)
    _starts()


def test_what_is_incomplete_or_somebody_elses_is_not_taken(servers: Path) -> None:
    _starts()
    one, other = servers.iterdir()
    (one / "notes.json").unlink()
    if os.geteuid() == 0:
        os.chown(other, 65534, 65534)
    else:
        shutil.rmtree(other / "data")
    _starts()


def test_a_home_that_cannot_be_written_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    _starts()


def test_no_more_than_six_are_kept(servers: Path) -> None:
    for number in range(9):
        (servers / f"old{number}").mkdir(parents=True)
        os.utime(servers / f"old{number}", (number, number))
    _starts()
    left = sorted(path.name for path in servers.iterdir())
    assert (len(left), [name for name in left if name.startswith("old")]) == (6, ["old5", "old6", "old7", "old8"])
