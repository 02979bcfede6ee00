"""The privilege matrix is in the repository, and says what the roles may really do."""

from __future__ import annotations

import difflib

import psycopg
import pytest

from dbtools.docs.privileges import matrix
from dbtools.postgres.shadow import ADMIN
from dbtools.project import Project
from tests.conftest import Connect

PAGE = "docs/reference/privileges.txt"


def test_the_committed_page_is_what_the_command_writes(head: psycopg.Connection, project: Project) -> None:
    assert (project.root / PAGE).read_text() == matrix(head), "run: make docs, and read what changed"


def test_the_live_database_ends_at_the_same_privileges(upgraded: psycopg.Connection, project: Project) -> None:
    assert (project.root / PAGE).read_text() == matrix(upgraded)


@pytest.mark.parametrize(
    ("statement", "removed", "added"),
    [
        ("grant truncate on public.jobs to anon", [], ["  anon           TRUNCATE"]),
        ("grant maintain on public.jobs to anon", [], ["  anon           MAINTAIN [17]"]),
        ("grant insert (name, script) on public.rotations to anon", ["  anon           SELECT"], None),
        ("grant execute on function private.lock_user(uuid) to anon", ["  -"], ["  anon           EXECUTE"]),
        ("grant create on schema private to authenticated", ["  authenticated  USAGE"], None),
        # Not granted to it, and had all the same.
        ("grant service_role to anon", None, None),
        ("create table public.new (id integer)", [], None),
    ],
)
def test_a_new_grant_is_a_line(
    head_url: str, connect: Connect, statement: str, removed: list[str] | None, added: list[str] | None
) -> None:
    admin = connect(head_url, user=ADMIN, autocommit=False)
    before = matrix(admin)
    admin.execute(statement.encode())
    lines = list(difflib.ndiff(before.splitlines(), matrix(admin).splitlines()))
    # Roles are the server's, which other tests share.
    admin.rollback()
    assert any(line.startswith("+ ") for line in lines)
    if removed is not None:
        assert [line[2:] for line in lines if line.startswith("- ")] == removed
    if added is not None:
        assert [line[2:] for line in lines if line.startswith("+ ")] == added
