"""The files of a pull: written beside their places, read back to be proven, then put there together or not at all."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import TracebackType

from dbtools.postgres.script import text_of


class Files:
    """Files on their way; in a `with` block, at whose end those that were not put into their places are gone."""

    def __init__(self) -> None:
        self._parts: dict[Path, Path] = {}
        self._put: list[Path] = []

    def __enter__(self) -> Files:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        for path in (*self._parts.values(), *(self._put if exc else ())):
            # What was in the way already may be a folder.
            if path.is_file():
                path.unlink()

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
        """Put the files at these paths into their places; if the block then ends with an error, they go again."""
        for path in paths:
            self._parts.pop(path).replace(path)
            self._put.append(path)
