"""A product as a stranger gets it: its wheel in a fresh virtual environment, with nothing else of this repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from dbtools.project import Project
from tests.conftest import missing


def build(project: Project, source: str, folder: Path) -> Path:
    """The wheel of the product whose pyproject.toml lies in a folder of the repository."""
    words = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), source]
    subprocess.run([sys.executable, *words], cwd=project.root, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return wheel


def install(project: Project, folder: Path, *requirements: str) -> Path:
    """Install into a virtual environment of its own, in the locked versions; gives the folder of its programs."""
    locked = re.findall(r"^([\w.-]+)==([^ ;]+)", (project.root / "requirements.lock").read_text(), re.MULTILINE)
    venv.create(folder, with_pip=True, symlinks=True)
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{package}=={version}\n" for package, version in locked))
    done = run(folder / "bin/python", "-m", "pip", "install", "--quiet", "-c", str(constraints), *requirements)
    if done.returncode:
        missing(f"no package registry can be reached: {done.stderr.strip()[-300:]}")
    return folder / "bin"


def run(program: Path, *words: str, cwd: Path | None = None, url: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program with no way to import from this repository."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "DATABASE_URL"}}
    environment |= {"DATABASE_URL": url} if url else {}
    return subprocess.run([program, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def installed(programs: Path) -> set[str]:
    """The names of the distributions in an environment."""
    listed = run(programs / "python", "-m", "pip", "list", "--format", "freeze").stdout
    return {line.partition("==")[0].lower() for line in listed.splitlines()}


def contents(wheel: Path) -> list[str]:
    """The paths in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()
