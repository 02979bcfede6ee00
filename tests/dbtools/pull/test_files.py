"""The files of a pull are all in their places, or every place is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbtools.errors import PullError
from dbtools.pull.files import Files


def held(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def work(folder: Path, error: BaseException | None) -> None:
    with Files() as files:
        files.filled(folder / "versions")
        for name in ("old.sql", "new/new.sql", "only_tried.sql"):
            assert files.write(folder / name, "now") == "now"
        files.put([folder / "old.sql", folder / "new/new.sql"])
        files.remove(folder / "gone.sql")
        files.remove(folder / "never_there.sql")
        (folder / "versions/2.py").write_text("alembic's")
        if error:
            raise error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "versions").mkdir()
    for name in ("old.sql", "gone.sql", "versions/1.py"):
        (tmp_path / name).write_text("before")
    return tmp_path


def test_what_was_put_is_there_and_what_was_removed_is_gone(folder: Path) -> None:
    work(folder, None)
    assert held(folder) == {
        "old.sql": "now",
        "new/new.sql": "now",
        "versions/1.py": "before",
        "versions/2.py": "alembic's",
    }


@pytest.mark.parametrize("error", [ValueError(), KeyboardInterrupt(), OSError("full")])
def test_an_error_leaves_every_place_as_it_was(folder: Path, error: BaseException) -> None:
    before = held(folder)
    with pytest.raises(PullError if isinstance(error, OSError) else type(error)):
        work(folder, error)
    assert held(folder) == before
