"""What is called in the directories that `dbtools audit` is given, and which edge functions they hold."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dbtools.audit import calls
from dbtools.audit.calls import Call, Kind
from dbtools.errors import AuditError
from dbtools.project.sql_folder import CHECK

# What was installed or built, and the history of the schema: its outcome is the database itself.
PASSED_OVER = frozenset({"node_modules", "target", "dist", "build", "vendor", "venv", "__pycache__", "migrations"})


@dataclass
class Sources:
    """The calls with their places (`FILE:LINE`), the edge functions that there are, and how many files were read."""

    calls: dict[Call, list[str]] = field(default_factory=dict)
    edge_functions: set[str] = field(default_factory=set)
    files: int = 0


def read(folders: Collection[Path], known: Mapping[str, Kind]) -> Sources:
    """Search every file of a known language in some folders, and below.

    An edge function is a folder in `supabase/functions/`, unless it begins with an underscore.

    Args:
        folders: where to look; `PASSED_OVER` says what in them is not looked at.
        known: as `calls.find` wants it.

    Raises:
        AuditError: a folder is not there, or there is nothing to read.
    """
    found = Sources()
    for path in sorted({path for folder in folders for path in _files(folder)}):
        found.files += 1
        own = _edge_function(path)
        if own:
            found.edge_functions.add(own)
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        for line, call in calls.find(text, calls.LANGUAGES[path.suffix], known):
            # What a function says of itself is no caller.
            if call != Call("edge function", own):
                found.calls.setdefault(call, []).append(f"{path}:{line}")
    if not found.files:
        raise AuditError("there is nothing to read", hint=f"audit reads {' '.join(calls.LANGUAGES)}")
    return found


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise AuditError(f"{folder} is no folder", hint="--source takes the folders that hold the code")
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in PASSED_OVER and not name.startswith(".")]
        # What verify plays is nobody's use.
        names = (name for name in files if not name.endswith(CHECK))
        yield from (Path(root, name) for name in names if Path(name).suffix in calls.LANGUAGES)


def _edge_function(path: Path) -> str:
    """The edge function that a file belongs to, or nothing."""
    parts = path.resolve().parts[:-1]
    for first, second, name in zip(parts, parts[1:], parts[2:], strict=False):
        if (first, second) == ("supabase", "functions") and not name.startswith("_"):
            return name
    return ""
