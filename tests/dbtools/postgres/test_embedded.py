"""The throw-away server finds a place that suits it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from dbtools.postgres.embedded import EmbeddedServer


def test_a_temporary_folder_that_the_servers_user_may_not_enter_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with EmbeddedServer() as server:
        # Only run as root has the server a user of its own.
        assert server.base.is_relative_to(tmp_path) == (os.geteuid() != 0)
