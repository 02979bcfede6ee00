"""The real command lines, as people and CI call them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def call(program: str, *words: str, cwd: Path, url: str | None = None) -> subprocess.CompletedProcess[str]:
    """`alembic` or `dbtools` in a folder, with DATABASE_URL as given or not set."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [str(Path(sys.executable).with_name(program)), *words],
        cwd=cwd,
        env={**environment, **({"DATABASE_URL": url} if url else {})},
        capture_output=True,
        text=True,
        check=False,
    )
