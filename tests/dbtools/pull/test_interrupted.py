"""A server that goes away and a disk that is full end a pull with a clear error, and nothing is half-written."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dbtools import pull
from dbtools.errors import PullError
from dbtools.postgres.shadow import ADMIN, Shadow


@pytest.fixture
def url(shadow: Shadow) -> Iterator[str]:
    url = shadow.create()
    with psycopg.connect(url) as connection:
        connection.execute("create table public.t (id integer)")
    yield url
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("step", ["read_ground_with_stand_ins", "observe_over"])
def test_a_server_that_goes_away_is_said(
    url: str, tmp_path: Path, shadow: Shadow, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    usual = getattr(pull, step)

    def gone(connection: psycopg.Connection, *rest: Any) -> object:
        with psycopg.connect(shadow.url(user=ADMIN)) as admin:
            admin.execute("select pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        return usual(connection, *rest)

    monkeypatch.setattr(pull, step, gone)
    with pytest.raises(PullError, match="cannot be read: ") as caught:
        pull.pull(url, tmp_path, shadow=shadow)
    assert caught.value.hint == "try again"
    assert files(tmp_path) == []


def test_a_full_disk_is_said(url: str, tmp_path: Path, shadow: Shadow, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Path.write_bytes

    def full(path: Path, *rest: Any, **words: Any) -> int:
        if path.name.endswith(".py.part"):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return usual(path, *rest, **words)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PullError, match="No space left on device"):
        pull.pull(url, tmp_path, shadow=shadow)
    assert files(tmp_path) == []
