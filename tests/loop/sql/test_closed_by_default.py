"""Nothing but what is meant can be read, written or called by the world.

Every relation and every function that the catalog lists is tried, so a new one is tried too; what is meant to be open
stands in the two tables below, and whatever is not named there must be closed.
"""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from tests.support.world import PROJECT_SCHEMAS, World, callers, columns

OWN_JOB = "exists (select from public.jobs as j where j.id = r.job_id and j.user_id = %(me)s)"
OWN_CONFIG = "exists (select from public.jobs as j where j.config_hash = r.hash and j.user_id = %(me)s)"
OWN_NODE = "exists (select from public.nodes as n where n.id = r.node_id and n.user_id = %(me)s)"

# Relation -> the rows that a role may see, as a condition on `r`; `%(me)s` is the signed-in user.
READABLE: dict[str, dict[str, str]] = {
    "anon": {
        "public.rotations": "r.is_public",
        "public.stats_rotations_by_spec": "true",
    },
    "authenticated": {
        "public.jobs": "r.user_id = %(me)s",
        "public.jobs_chunks": f"{OWN_JOB} or {OWN_NODE}",
        "public.jobs_configs": OWN_CONFIG,
        "public.guilds_members": "r.user_id = %(me)s",
        "public.nodes": "r.user_id = %(me)s",
        "public.nodes_acceptances": f"r.user_id = %(me)s or {OWN_NODE}",
        "public.nodes_permissions": OWN_NODE,
        "public.rotations": "r.is_public or r.user_id = %(me)s",
        "public.rotations_versions": "r.created_by = %(me)s",
        "public.stats_rotations_by_spec": "true",
        "public.stats_daily_throughput": "true",
    },
}

# Relation -> the rows that a signed-in user may change, by command; anon may change nothing anywhere.
OWN_ROTATION = "r.user_id = %(me)s"
CHANGEABLE: dict[str, dict[str, str]] = {
    "delete": {
        "public.jobs": "r.user_id = %(me)s",
        "public.nodes": "r.user_id = %(me)s",
        "public.nodes_acceptances": "r.user_id = %(me)s",
        "public.nodes_permissions": OWN_NODE,
        "public.rotations": OWN_ROTATION,
    },
    "update": {
        "public.nodes": "r.user_id = %(me)s",
        "public.nodes_permissions": OWN_NODE,
        "public.rotations": OWN_ROTATION,
    },
    "insert": {
        "public.nodes_permissions": OWN_NODE,
        "public.rotations": OWN_ROTATION,
        "public.rotations_versions": "r.created_by = %(me)s",
    },
}

# Where a signed-in user may change only some columns of such a row.
COLUMNS: dict[str, set[str]] = {"public.nodes": {"name", "max_parallel"}}

# Function -> who may call it, of the three API roles.
CALLABLE: dict[str, set[str]] = {
    "private.assign_to_node": {"service_role"},
    # Only of use in a session that is kept, so PostgREST does not serve them.
    "private.lead": {"service_role"},
    "private.resign": {"service_role"},
    "private.under_term": {"service_role"},
    "public.attempt_inputs": {"anon", "authenticated"},
    "private.attempt_inputs": {"anon", "authenticated"},
    "public.jobs_chunks": {"authenticated", "service_role"},
    "public.hash_config": {"service_role"},
    # A thin function in public, which PostgREST serves, over its body in private, which it does not.
    **{
        f"{schema}.{name}": {role}
        for schema in ("public", "private")
        for role, names in {
            "authenticated": [
                *("create_job", "cancel_job", "retry_job", "claim_node", "verify_claim_code"),
                *("accept_node", "offered_nodes"),
            ],
            "service_role": [
                *("register_node", "node_heartbeat", "node_heartbeats", "chunks_of_node", "settle_checks"),
                *("assign_chunks", "complete_chunks", "fail_chunks"),
                *("reap_stale_chunks", "mark_nodes_offline", "cleanup_stale_data"),
            ],
        }.items()
        for name in names
    },
}


def test_everybody_sees_exactly_the_rows_that_are_meant(world: World) -> None:
    wrong = []
    for role, user in callers(world):
        for relation in world.relations("rpvmf"):
            condition = READABLE[role].get(relation)
            expected = world.rows(relation, condition, user, role) if condition else set()
            try:
                _, found = world.request((role, user), f"select {world.text(relation, role)} from {relation} as r")
            except errors.InsufficientPrivilege:
                found = set()
            if found != expected:
                wrong.append((role, user, relation, len(found), len(expected)))
    assert not wrong


@pytest.mark.parametrize("command", ["update", "delete"])
def test_nobody_changes_a_row_that_is_not_theirs_to_change(world: World, command: str) -> None:
    wrong = []
    for role, user in callers(world):
        for relation in world.relations("rpvf"):
            condition = CHANGEABLE[command].get(relation) if role == "authenticated" else None
            allowed = world.rows(relation, condition, user) if condition else set()
            for column in columns(world, relation) if command == "update" else [""]:
                most = len(allowed) if not column or column in COLUMNS.get(relation, {column}) else 0
                statement = f"set {column} = {column}" if column else ""
                verb = f"update {relation} as r {statement}" if column else f"delete from {relation} as r"
                try:
                    # Without RETURNING, because that would ask for SELECT as well and hide what is possible.
                    touched, _ = world.request((role, user), verb)
                except (errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState):
                    # The latter for a view that nobody can write through.
                    touched = 0
                except errors.ForeignKeyViolation:
                    touched = most
                if touched > most:
                    wrong.append((role, user, relation, column, touched, most))
    assert not wrong


def test_nobody_inserts_a_row_in_anothers_name(world: World) -> None:
    """A copy of every kind of row that others own is refused by a privilege or a policy, before any constraint."""
    wrong = []
    for role, user in callers(world):
        for relation in world.relations("rpf"):
            condition = CHANGEABLE["insert"].get(relation) if role == "authenticated" else None
            query = f"select to_jsonb(r)::text from {relation} as r where not ({condition or 'false'}) limit 20"
            for (row,) in world.admin.execute(query.encode(), {"me": user}).fetchall():
                insert = f"insert into {relation} select * from jsonb_populate_record(null::{relation}, %s::jsonb)"
                try:
                    world.request((role, user), insert, [row])
                except errors.InsufficientPrivilege:
                    continue
                except psycopg.Error as error:
                    wrong.append((role, relation, type(error).__name__))
                else:
                    wrong.append((role, relation, "succeeded"))
    assert not wrong


def test_what_row_level_security_does_not_cover_is_granted_to_nobody(world: World) -> None:
    granted = world.admin.execute(
        f"""
        select c.oid::regclass::text, r.role, p.privilege
        from pg_class as c
        cross join unnest(array['anon', 'authenticated', 'service_role']) as r (role)
        cross join unnest(array['truncate', 'references', 'trigger', 'maintain']) as p (privilege)
        where c.relnamespace in ({PROJECT_SCHEMAS}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
          and has_table_privilege(r.role, c.oid, p.privilege)
        """.encode()
    ).fetchall()
    assert granted == []


def test_every_table_in_an_exposed_schema_has_row_level_security(world: World) -> None:
    bare = world.admin.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') "
        "and not relrowsecurity"
    ).fetchall()
    assert bare == []


def test_every_function_can_be_called_by_exactly_the_roles_meant(world: World) -> None:
    rows = world.admin.execute(
        f"""
        select format('%I.%I', p.pronamespace::regnamespace, p.proname), r.role
        from pg_proc as p cross join unnest(array['anon', 'authenticated', 'service_role']) as r (role)
        where p.pronamespace in ({PROJECT_SCHEMAS}) and has_function_privilege(r.role, p.oid, 'execute')
        """.encode()
    ).fetchall()
    found: dict[str, set[str]] = {}
    for name, role in rows:
        found.setdefault(name, set()).add(role)
    open_to_public = world.admin.execute(
        f"""
        select p.oid::regprocedure::text from pg_proc as p
        cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
        where p.pronamespace in ({PROJECT_SCHEMAS}) and a.grantee = 0
        """.encode()
    ).fetchall()
    assert found == CALLABLE
    assert open_to_public == []


def test_nothing_that_runs_with_the_owners_rights_looks_into_the_callers_temporary_schema_first(world: World) -> None:
    """Temporary tables and types come before pg_catalog unless pg_temp is named, and then in the place where it is."""
    loose = world.admin.execute(
        f"""
        select p.oid::regprocedure::text, p.proconfig from pg_proc as p
        where p.pronamespace in ({PROJECT_SCHEMAS})
          and not coalesce(p.proconfig, '{{}}') && case
            when p.prosecdef then array['search_path=pg_catalog, pg_temp']
            else array['search_path=pg_catalog, pg_temp', 'search_path=""']
          end
        """.encode()
    ).fetchall()
    assert loose == []


def test_no_function_has_two_overloads(world: World) -> None:
    doubled = world.admin.execute(
        f"""
        select p.pronamespace::regnamespace::text, p.proname from pg_proc as p
        where p.pronamespace in ({PROJECT_SCHEMAS}) group by 1, 2 having count(*) > 1
        """.encode()
    ).fetchall()
    assert doubled == []
