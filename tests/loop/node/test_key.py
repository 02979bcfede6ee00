"""The file with a node's key, and who holds it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loop.errors import ConfigError
from loop.node.key import hold
from loop.signing import public_key_text
from tests.loop.node.conftest import NodeProcess


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    with hold(path) as first:
        assert path.stat().st_mode & 0o777 == 0o600
        before = path.read_bytes()
    with hold(path) as second:
        assert public_key_text(second.private) == public_key_text(first.private)
        assert second.session == first.session
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.ini"]


@pytest.mark.parametrize("text", ["# mine\n[server]\nurl = 100%\n", "[server]\nurl = x"])
def test_what_else_is_in_the_file_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.ini"
    path.write_text(text)
    with hold(path):
        pass
    assert path.read_text().startswith(text)
    assert path.stat().st_mode & 0o777 == 0o600
    with hold(path):
        pass


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    with hold(path):
        pass
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="others may read") as caught, hold(path):
        pass
    assert caught.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize(
    "text", ["[identity]\n", "[identity]\nprivate_key = x\n", "[identity]\nprivate_key = AAAA\n", "x"]
)
def test_a_broken_file_is_neither_used_nor_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.ini"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError), hold(path):
        pass
    assert path.read_text() == text


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"), hold(tmp_path / "nowhere" / "config.ini"):
        pass


@pytest.mark.parametrize("text", ["", "[server]\nurl = x\n"])
def test_a_second_process_with_the_same_key_is_told_and_ends(tmp_path: Path, text: str) -> None:
    words = ("--sentinel", "http://127.0.0.1:1")
    if text:
        (tmp_path / "config.ini").write_text(text)
    with NodeProcess(tmp_path, *words) as first:
        first.says("no answer")
        with NodeProcess(tmp_path, *words) as second:
            assert second.ends() == 2
            assert "another process computes with the key in config.ini" in "\n".join(second.printed)
        # Killed, it holds nothing any more.
        first.process.kill()
        first.process.wait()
    with NodeProcess(tmp_path, *words) as third:
        third.says("no answer")


def test_a_copy_of_the_key_is_another_process(tmp_path: Path) -> None:
    with hold(tmp_path / "config.ini") as first:
        shutil.copy(tmp_path / "config.ini", tmp_path / "copy.ini")
        with hold(tmp_path / "copy.ini") as copy:
            assert public_key_text(copy.private) == public_key_text(first.private)
            assert copy.session != first.session
