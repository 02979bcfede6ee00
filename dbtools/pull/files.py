"""The files of a pull: written beside their places, read back to be proven, then put there together or not at all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import TracebackType

from dbtools.errors import PullError
from dbtools.postgres.script import text_of


class Files:
    """Files on their way; in a `with` block, at whose end those that were not put into their places are gone.

    If the block ends with an error, what was in those places is there again, and what is new in a folder that Alembic
    writes to (`filled`) is gone.
    """

    def __init__(self) -> None:
        self._parts: dict[Path, Path] = {}
        self._before: dict[Path, bytes | None] = {}
        self._filled: dict[Path, set[Path]] = {}

    def __enter__(self) -> Files:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        new = [path for folder, were in self._filled.items() for path in set(folder.iterdir()) - were] if exc else []
        for path in (*self._parts.values(), *new):
            # What was in the way already may be a folder.
            if path.is_file():
                path.unlink()
        for path, content in self._before.items() if exc else ():
            _restore(path, content)
        if isinstance(exc, OSError):
            raise PullError(f"a file cannot be written: {exc}", hint="nothing was written") from exc

    def filled(self, folder: Path) -> None:
        """Others will write to this folder."""
        self._filled[folder] = set(folder.iterdir())

    def write(self, path: Path, text: str) -> str:
        """Write what is to become the file at `path`.

        Returns:
            what the runner will read of it.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._parts[path] = path.with_name(f".{path.name}.part")
        self._parts[path].write_bytes(text.encode())
        return text_of(self._parts[path])

    def put(self, paths: Collection[Path]) -> None:
        """Put the files at these paths into their places."""
        for path in paths:
            self._remember(path)
            self._parts.pop(path).replace(path)

    def remove(self, path: Path) -> None:
        """Take away the file that is at a place, if there is one."""
        self._remember(path)
        path.unlink(missing_ok=True)

    def _remember(self, path: Path) -> None:
        self._before.setdefault(path, path.read_bytes() if path.exists() else None)


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)
