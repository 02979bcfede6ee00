"""`python -m bench.docs`: the pages of 300 tables beside `pg_dump -s` of them, and how much room they take.

The pages are written anew each time. What starting an interpreter costs is in the command's line only.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench.pull import dumped, schema
from dbtools.docs.write import docs
from dbtools.postgres.shadow import Shadow

TABLES, FUNCTIONS, POLICIES = 300, 300, 300
ROUNDS = 5


def main() -> None:
    """Take turns; print medians, ratios within each round, and the site's size by folder."""
    with Shadow() as shadow, tempfile.TemporaryDirectory() as folder:
        url = shadow.create()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(schema(TABLES, FUNCTIONS, POLICIES).encode())
            connection.execute("analyze")
        to = Path(folder) / "site"
        works: dict[str, Callable[[], object]] = {
            "pg_dump": lambda: dumped(url),
            "pages": lambda: written(url, to),
            "dbtools docs": lambda: command(url, to),
        }
        taken: dict[str, list[float]] = {name: [] for name in works}
        for number in range(-1, ROUNDS):
            for name, work in works.items():
                shutil.rmtree(to, ignore_errors=True)
                begun = time.perf_counter()
                work()
                if number >= 0:
                    taken[name].append(time.perf_counter() - begun)
        sizes = Counter[str]()
        for path in to.rglob("*"):
            if path.is_file():
                sizes[path.relative_to(to).parts[0]] += path.stat().st_size
    for name, seconds in taken.items():
        ratio = statistics.median(ours / bare for ours, bare in zip(seconds, taken["pg_dump"], strict=True))
        print(f"{name:14} {statistics.median(seconds):6.2f} s   {ratio:5.2f} x pg_dump")
    print(f"size           {sum(sizes.values()) / 1e6:6.2f} MB")
    for name, size in sizes.most_common(8):
        print(f"  {name:20} {size / 1e6:6.2f} MB")


def written(url: str, to: Path) -> None:
    """The pages in this process, which has been started already."""
    docs(to, url=url, project=None)


def command(url: str, to: Path) -> None:
    """The pages by the command, its start included."""
    program = Path(sys.executable).with_name("dbtools")
    environment = {**os.environ, "DATABASE_URL": url}
    subprocess.run([program, "docs", "--to", to], env=environment, cwd=to.parent, check=True, capture_output=True)


if __name__ == "__main__":
    main()
