"""Whose a fact of live is, rule by rule: nothing of a project's goes into its platform, and nothing else gets out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dbtools.platform.facts import Fact, Facts, Key, key, reference
from dbtools.platform.ownership import Ownership
from dbtools.platform.split import Circumstances, Ground, split

ROLE = {
    "kind": "role", "n": 99, "super": False, "inherit": True, "createrole": False, "createdb": False, "login": False,
    "replication": False, "bypassrls": False,
}  # fmt: skip
COLUMN = {"kind": "column", "notnull": False, "default": None, "identity": "", "generated": "", "acl": None}
COLUMN |= {"table": "auth.users", "n": 99, "name": "mine", "type": "integer"}
CALLS = "CREATE TRIGGER t BEFORE UPDATE ON auth.users FOR EACH ROW EXECUTE FUNCTION {}('x')"
MEMBER = {"kind": "membership", "role": "supabase_auth_admin", "member": "postgres", "grantor": "supabase_admin"}


def live(*more: Mapping[str, Any], without: Key = ()) -> Facts:
    return reference().with_rows([*(row for row in reference().rows if key(row) != without), *more])


def changed(what: Key, **values: object) -> Facts:
    return live({**reference().by_key[what], **values}, without=what)


def cut(facts: Facts, **about: Any) -> Ground:
    return split(facts, reference(), about=Circumstances(**about))


def keys(ground: Ground) -> set[Key]:
    return {key(row) for row in ground.platform.rows}


def acl_of(ground: Ground, what: Key) -> str:
    return str(ground.platform.by_key[what]["acl"])


def test_an_empty_project_is_its_platform() -> None:
    ground = cut(live())
    assert (ground.platform.rows, ground.noted) == (reference().rows, ())


@pytest.mark.parametrize(
    ("attributes", "mentioned", "is_platforms"),
    [
        ({}, True, False),
        ({"login": True, "createrole": True, "bypassrls": True}, True, False),
        ({"super": True}, True, True),
        ({"super": True}, False, False),
    ],
    ids=["anybody's", "as powerful as the owner", "a superuser", "a superuser whom nothing mentions"],
)
def test_a_role_is_the_platforms_if_the_owner_could_not_make_it(
    attributes: Mapping[str, bool], mentioned: bool, is_platforms: bool
) -> None:
    ground = cut(live({**ROLE, "name": "r", **attributes}), mentioned=frozenset({"r"} if mentioned else ()))
    assert ("r" in ground.ownership.roles) == is_platforms
    assert [item.object for item in ground.noted] == ["role r"] * is_platforms


def test_a_role_that_the_bootstrap_superuser_made_a_member_is_the_platforms() -> None:
    member = {"kind": "membership", "role": "r", "member": "authenticator", "grantor": "supabase_admin", "admin": False}
    assert "r" in cut(live({**ROLE, "name": "r"}, member)).ownership.roles
    assert "r" not in cut(live({**ROLE, "name": "r"}, {**member, "grantor": "postgres"})).ownership.roles
    # From Postgres 16 on the owner has whatever it makes from there.
    own = {**member, "member": "postgres", "admin": True}
    assert "r" not in cut(live({**ROLE, "name": "r"}, own)).ownership.roles


def test_what_only_a_tables_owner_can_do_is_the_platforms_and_is_noted() -> None:
    ground = cut(live(COLUMN))
    assert key(COLUMN) in keys(ground)
    assert [item.object for item in ground.noted] == ["column mine on auth.users"]


def test_it_is_the_projects_where_its_owner_may_act_for_the_tables_and_the_release_is_known() -> None:
    member = {**MEMBER, "admin": False}
    assert key(COLUMN) not in keys(cut(live(COLUMN, member)))
    newer = {"kind": "auth_migration", "version": "29990101000000"}
    ground = cut(live(COLUMN, member, newer))
    assert key(COLUMN) in keys(ground)
    assert "column mine on auth.users" in {item.object for item in ground.noted}


def test_what_has_been_reviewed_is_the_platforms_without_a_word() -> None:
    ground = split(live(COLUMN), reference(), live(COLUMN))
    assert (key(COLUMN) in keys(ground), ground.noted) == (True, ())


@pytest.mark.parametrize(
    "function", ["supabase_functions.http_request", "suppress_redundant_updates_trigger", "public.mine", "auth.uid"]
)
def test_a_trigger_that_the_reference_lacks_is_the_projects(function: str) -> None:
    trigger = {"kind": "trigger", "table": "auth.users", "name": "t", "def": CALLS.format(function), "enabled": "O"}
    assert key(trigger) not in keys(cut(live(trigger)))


def test_a_trigger_that_came_with_its_function_is_the_platforms() -> None:
    function = {**reference().by_key["function", "auth.uid()"], "name": "auth.fresh()"}
    trigger = {"kind": "trigger", "table": "auth.users", "name": "t", "def": CALLS.format("auth.fresh"), "enabled": "O"}
    assert key(trigger) in keys(cut(live(trigger, function)))


def test_a_policy_on_a_platforms_table_is_the_projects() -> None:
    policy = {"kind": "policy", "table": "storage.objects", "name": "p", "cmd": "r", "permissive": True}
    policy |= {"roles": ["public"], "qual": "true", "with_check": None}
    assert key(policy) not in keys(cut(live(policy)))


def test_grants_are_parted_by_who_has_them_and_who_made_them() -> None:
    what = ("relation", "storage.objects")
    acl = str(reference().by_key[what]["acl"]).removesuffix("}")
    more = "app=r/supabase_storage_admin,authenticator=r/postgres,authenticator=a/supabase_storage_admin"
    ground = cut(changed(what, acl=f"{acl},{more}}}"))
    assert acl_of(ground, what) == f"{acl},authenticator=a/supabase_storage_admin}}"


def test_a_setting_is_the_projects_where_its_owner_could_make_it() -> None:
    what = ("setting", "anon", False)
    ground = cut(changed(what, config=["statement_timeout=9s"]))
    assert what not in keys(ground)
    ground = cut(changed(what, config=["log_statement=all"]), superuser_settings=frozenset({"log_statement"}))
    assert what in keys(ground)


def test_a_secret_setting_is_noted_once() -> None:
    secret: Fact = {"kind": "setting", "role": None, "in_database": True, "config": [], "secret": ["app.settings.key"]}
    assert [item.object for item in cut(live(secret)).noted] == ["setting app.settings.key"]
    assert split(live(secret), reference(), live(secret)).noted == ()


def test_tables_in_a_publication_are_the_projects_but_for_the_services_own() -> None:
    what = ("publication", "supabase_realtime")
    ground = cut(changed(what, tables=["public.t", "auth.users"]))
    assert ground.platform.by_key[what]["tables"] == []
    own = ("publication", "supabase_realtime_messages_publication")
    assert ground.platform.by_key[own]["tables"] == ["realtime.messages"]


def test_on_a_plain_postgres_a_hosted_name_says_nothing() -> None:
    names = {**ROLE, "name": "anon"}, {**ROLE, "name": "boss", "n": 1, "super": True}
    schema = {"kind": "schema", "name": "auth", "owner": "boss", "acl": None}
    table = {**reference().by_key["relation", "auth.users"], "owner": "boss", "acl": None}
    database = {"kind": "database", "owner": "boss", "acl": None, "encoding": "UTF8"}
    publication = {**reference().by_key["publication", "supabase_realtime"], "owner": "boss"}
    ground = split(Facts.of_rows([database, *names, schema, table, publication], major=18), None)
    assert keys(ground) == {("database",), ("role", "boss")}
    assert (ground.ownership.owner, ground.ownership.roles, ground.noted) == ("boss", frozenset(), ())


def test_the_roles_of_requests_are_those_that_default_privileges_name() -> None:
    assert Ownership.of(reference()).api_roles == ("anon", "authenticated", "service_role")


def test_ownership_comes_back_from_its_text() -> None:
    ownership = Ownership.of(reference())
    assert Ownership.loads(ownership.dumps()) == ownership
