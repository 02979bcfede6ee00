"""Whether a role is reached from outside is told by what it is, not by its name."""

from __future__ import annotations

from dbtools.plan.outsiders import read_outsiders
from dbtools.postgres.shadow import ADMIN
from tests.conftest import Connect

ROLES = """
    create role gate login noinherit; create role visitor; create role strong bypassrls; grant visitor, strong to gate;
    create role app login; create role app_group; grant app_group to app; create role loner
"""


def test_what_a_gateway_becomes_comes_from_outside_and_nothing_else_does(platform_url: str, connect: Connect) -> None:
    admin = connect(platform_url, user=ADMIN, autocommit=False)
    assert read_outsiders(admin) == ("anon", "authenticated")
    admin.execute(ROLES)
    assert read_outsiders(admin) == ("anon", "authenticated", "visitor")
    admin.execute("revoke anon from authenticator granted by postgres")
    admin.execute("revoke authenticated from authenticator granted by postgres")
    assert read_outsiders(admin) == ("visitor",)
    admin.rollback()
