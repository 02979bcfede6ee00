"""The privilege matrix: what each role that requests come as may do with each object, one page for a review to read.

`python -m dbtools.docs.privileges` reads a shadow at head and prints the page. The privileges are the effective
ones: what was granted to the role, to a role that it is a member of, or to everybody.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import psycopg

from dbtools import catalog
from dbtools.docs.rpc import print_page

SQL = Path(__file__).with_suffix(".sql")
HEADER = """\
# What the roles of requests may do, with every object of the project's. Written by `make docs`; a new grant is a line.
# INSERT (a, b): these columns only. [17]: only Postgres 17 and newer know this privilege.
"""


def matrix(connection: psycopg.Connection) -> str:
    """The page: each object, and under it a line for each role with its privileges, or `-` where nobody has any."""
    with connection.transaction(force_rollback=True), psycopg.RawCursor(connection) as cursor:
        arguments = catalog.ownership_of(connection).arguments
        # Identities name types without their schema otherwise.
        cursor.execute(b"set local search_path = ''")
        cursor.execute(catalog.scoped(SQL.read_text()), arguments)
        rows = cursor.fetchall()
    lines = [HEADER]
    for identity, held in groupby(rows, key=lambda row: row[0]):
        lines.append(identity)
        lines += [f"  {role:13}  {privileges}" if role else "  -" for _, role, privileges in held]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the page of the project that the current folder belongs to."""
    return print_page(matrix)


if __name__ == "__main__":
    sys.exit(main())
