"""Access control lists: read and written as Postgres does, and turned into another major version's."""

from __future__ import annotations

import psycopg
import pytest

from dbtools.platform import acl

LISTS = [
    "{}",
    "{=r/postgres}",
    "{postgres=ar*wdDxt/supabase_auth_admin,anon=U/postgres}",
    r"""{"\"Mrs. O'Role\"=r*/\"a=b/c,d\"","\"say \"\"hi\"\"\"=X/\"back\\\\slash\"",=X/postgres}""",
]


@pytest.mark.parametrize("text", LISTS)
def test_a_list_is_written_as_it_was_read(text: str) -> None:
    assert acl.text(list(acl.parse(text))) == text


def test_names_are_read_as_postgres_prints_them(platform: psycopg.Connection) -> None:
    names = ["Mrs. O'Role", "a=b/c,d", 'say "hi"', "back\\slash", "with{brace}", "plain"]
    for name in names:
        platform.execute('create role "' + name.replace('"', '""') + '"')
        platform.execute('grant usage on schema public to "' + name.replace('"', '""') + '"')
    row = platform.execute("select nspacl::text from pg_namespace where nspname = 'public'").fetchone()
    assert row is not None
    assert [grant.grantee for grant in acl.parse(row[0])][-len(names) :] == names
    assert acl.text(list(acl.parse(row[0]))) == row[0]


def test_no_list_is_none_and_grants_to_unknown_roles_are_left_away() -> None:
    assert list(acl.parse(None)) == []
    assert acl.of_roles(None, []) is None
    assert acl.of_roles("{=r/a,b=r/a,c=r/a,a=r/b}", ["a", "c"]) == "{=r/a,c=r/a}"


@pytest.mark.parametrize(
    ("before", "since"),
    [
        ("{a=arwdDxt/a,b=r/a}", "{a=arwdDxtm/a,b=r/a}"),
        ("{a=a*r*w*d*D*x*t*/a}", "{a=a*r*w*d*D*x*t*m*/a}"),
        ("{a=ar*wdDxt/a}", "{a=ar*wdDxtm/a}"),
    ],
)
def test_a_whole_set_of_privileges_is_one_larger_from_17_on(before: str, since: str) -> None:
    fact = {"kind": "relation", "relkind": "r", "name": "t", "acl": before}
    assert acl.for_major(fact, 18)["acl"] == since
    assert acl.for_major({**fact, "acl": since}, 15)["acl"] == before
    assert acl.for_major({**fact, "relkind": "S"}, 18)["acl"] == before


def test_what_is_no_list_is_an_error() -> None:
    with pytest.raises(ValueError, match="no access control list"):
        list(acl.parse("{nonsense}"))
