"""The files that a project's head is built from."""

from __future__ import annotations

from pathlib import Path

from dbtools.project import Project


def of_head(project: Project) -> list[Path]:
    """The settings, the revisions and all that lies beside them, and what was exported: with a revision, the Supabase
    CLI's history is written.
    """
    settings = (project.root / name for name in ("pyproject.toml", "alembic.ini"))
    beside = [*below(project.migrations), *below(project.root / "supabase/migrations")]
    return [*(path for path in settings if path.is_file()), *beside]


def below(folder: Path) -> list[Path]:
    """All files below a folder in their order, without Python's compiled ones."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
