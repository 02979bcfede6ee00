"""The user's cache: what takes seconds to build and depends on nothing but files, kept from one command to the next.

It lies in `$XDG_CACHE_HOME/dbtools`, `~/.cache/dbtools` without that. Everything in it can be deleted at any time, and
`DBTOOLS_CACHE=off` leaves it alone. What is kept is found under a digest of all that it was built from.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

# A data directory takes some 50 MB. Two projects of one user, each with its platform and its head, find theirs.
_SERVERS_KEPT = 6

# Linux's name for the time since it was started.
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def folder() -> Path | None:
    """The folder of the cache, which may not be there yet; None if it is switched off."""
    if os.environ.get("DBTOOLS_CACHE") == "off":
        return None
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification: a relative path is to be ignored.
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "dbtools"


def digest(*parts: object) -> str:
    """A name for what was built from these parts, told apart by their texts."""
    made = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        # With its length before it, no part can pass for two.
        made.update(f"{len(content)}:".encode())
        made.update(content)
    return made.hexdigest()[:32]


@cache
def digest_of_package() -> str:
    """A digest of dbtools itself: another one may build something else from the same."""
    root = Path(str(files("dbtools")))
    found = sorted(
        os.path.join(folder, name)  # noqa: PTH118  (pathlib takes ten times as long, at every start)
        for folder, _, names in os.walk(root)
        for name in names
        if name.endswith((".control", ".jsonl", ".py", ".sql"))
    )
    return digest(*(part for path in found for part in (path.removeprefix(str(root)), Path(path).read_bytes())))


def digest_of_files(paths: Iterable[Path]) -> str:
    """A digest of files, by their paths and what is in them."""
    return digest(*(part for path in paths for part in (path, path.read_bytes())))


def take_text(kind: str, key: str) -> str | None:
    """The text of a kind that is kept under a key; None if there is none, or it cannot be read."""
    base = folder()
    with suppress(OSError, ValueError):
        return (base / kind / key).read_text("utf-8") if base else None
    return None


def keep_text(kind: str, key: str, text: str, *, most: int) -> None:
    """Keep a text, and no more than so many of its kind; whole or not at all, as `keep_data` does."""
    base = folder()
    if base is None:
        return
    place = base / kind
    with suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=place, suffix=".new", delete=False, encoding="utf-8") as new:
            new.write(text)
        Path(new.name).replace(place / key)
        _keep_newest(place, most)


def take_data(key: str, data: Path) -> Mapping[str, Any] | None:
    """Copy the data directory that is kept under a key.

    Args:
        key: a digest.
        data: where to; nothing may be there yet.

    Returns:
        the notes that were kept with it; None, and nothing is at `data`, if there is none.
    """
    place = _servers()
    if place is None:
        return None
    kept = place / _of_this_boot(key)
    try:
        # Nobody else's: a server would start on what is in it.
        if kept.stat().st_uid != os.geteuid():
            return None
        _copy(kept / "data", data)
        # Last, because another command may have been deleting it meanwhile.
        notes: Mapping[str, Any] = json.loads((kept / "notes.json").read_text("utf-8"))
        os.utime(kept)
    except (OSError, ValueError):
        shutil.rmtree(data, ignore_errors=True)
        return None
    return notes


def keep_data(key: str, data: Path, notes: Mapping[str, Any]) -> None:
    """Keep the data directory of a server that is stopped; whole or not at all, whoever else is doing the same.

    A place that cannot be written to costs time and not the answer, so nothing is raised.
    """
    place = _servers()
    if place is None:
        return
    with suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=place, prefix="new-"))
        try:
            _copy(data, new / "data")
            (new / "notes.json").write_text(json.dumps(notes), "utf-8")
            new.rename(place / _of_this_boot(key))
        finally:
            shutil.rmtree(new, ignore_errors=True)
        _keep_newest(place, _SERVERS_KEPT)


def forget_data(key: str) -> None:
    """Delete what is kept under a key, because it turned out to be of no use."""
    if place := _servers():
        _forget(place / _of_this_boot(key))


def _copy(data: Path, to: Path) -> None:
    # Three times as fast as shutil.copytree, for a thousand files.
    if subprocess.run(["/bin/cp", "-Rp", str(data), str(to)], stderr=subprocess.DEVNULL, check=False).returncode:
        raise OSError(f"{data} was not copied")


def _forget(kept: Path) -> None:
    if not kept.is_dir():
        kept.unlink(missing_ok=True)
        return
    # Renamed first: who is copying it then finds that it is gone, and does not copy half of it.
    with suppress(OSError):
        gone = kept.rename(kept.with_name(f"old-{os.urandom(8).hex()}"))
        shutil.rmtree(gone, ignore_errors=True)


def _keep_newest(place: Path, most: int) -> None:
    by_age = sorted(place.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in by_age[most:]:
        _forget(old)


def _servers() -> Path | None:
    base = folder()
    return base and base / "servers"


@cache
def _boot() -> str:
    with suppress(OSError):
        return _BOOT.read_text("ascii")
    return ""


def _of_this_boot(key: str) -> str:
    # The files are not forced to disk. A power cut may leave half of them, so none outlives it.
    return digest(key, _boot())
