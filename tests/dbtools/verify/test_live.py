"""The stand-in for the live database has the faults that the revisions are there to mend."""

from __future__ import annotations

import json
from uuid import UUID

import psycopg
import pytest
from psycopg import errors, sql

from demo import live


def user_id(connection: psycopg.Connection, name: str) -> UUID:
    row = connection.execute("select id from auth.users where email = %s", [f"{name}@example.test"]).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def act_as(connection: psycopg.Connection, role: str, name: str | None = None) -> None:
    """Become a role, signed in as one of the people or not at all, as PostgREST does it for one request."""
    claims = {"role": role} | ({"sub": str(user_id(connection, name))} if name else {})
    connection.execute("select set_config('request.jwt.claims', %s, true)", [json.dumps(claims)])
    connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))


def one(connection: psycopg.Connection, query: str, *values: object) -> object:
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return row[0]


def test_a_function_that_calls_digest_installs_but_fails_at_its_first_call(live_database: psycopg.Connection) -> None:
    with pytest.raises(errors.UndefinedFunction, match=r"function digest\(text, unknown\) does not exist") as caught:
        live_database.execute("""select public.hash_config('{"a": 1}')""")
    assert caught.value.sqlstate == "42883"


def test_one_completed_chunk_of_an_old_node_stops_the_whole_cleanup(live_database: psycopg.Connection) -> None:
    with pytest.raises(errors.ForeignKeyViolation) as caught, live_database.transaction():
        live_database.execute("select public.cleanup_stale_data()")
    assert caught.value.diag.constraint_name == "jobs_chunks_node_id_fkey"


def test_one_chunk_of_an_old_config_stops_the_whole_cleanup(live_database: psycopg.Connection) -> None:
    live_database.execute("""
        update public.jobs_chunks set node_id = null
        where node_id in (select id from public.nodes where last_seen_at < now() - interval '30 days')
    """)
    with pytest.raises(errors.ForeignKeyViolation) as caught, live_database.transaction():
        live_database.execute("select public.cleanup_stale_data()")
    assert caught.value.diag.constraint_name == "jobs_chunks_config_hash_fkey"


def test_completed_jobs_have_no_result_although_their_chunks_have(live_database: psycopg.Connection) -> None:
    jobs, broken = live_database.execute("""
        select
          count(*),
          count(*) filter (
            where j.result is null and j.completed_iterations = 0 and c.iterations = j.total_iterations
          )
        from public.jobs as j
        cross join lateral (
          select sum(iterations) filter (where result is not null) as iterations
          from public.jobs_chunks where job_id = j.id
        ) as c
        where j.status = 'completed'
    """).fetchone() or (0, 0)
    assert jobs == broken == 340


def test_some_jobs_still_run_although_all_their_chunks_are_completed(live_database: psycopg.Connection) -> None:
    stuck = one(
        live_database,
        """
        select count(*) from public.jobs as j
        where j.status = 'running' and not exists (
          select 1 from public.jobs_chunks as c where c.job_id = j.id and c.status <> 'completed'
        )
        """,
    )
    assert stuck == 2


def test_chunk_results_have_the_shape_on_the_wire_and_are_in_order(live_database: psycopg.Connection) -> None:
    shapes = live_database.execute("""
        select distinct
          (select array_agg(key order by key) from jsonb_object_keys(result) as key),
          (result ->> 'minDps')::numeric <= (result ->> 'meanDps')::numeric,
          (result ->> 'meanDps')::numeric <= (result ->> 'maxDps')::numeric,
          (result ->> 'stdDps')::numeric >= 0,
          (result ->> 'iterations')::int = iterations
        from public.jobs_chunks where status = 'completed'
    """).fetchall()
    assert shapes == [(["iterations", "maxDps", "meanDps", "minDps", "stdDps"], True, True, True, True)]


def test_stale_chunks_are_reaped_and_nothing_counts_how_often(live_database: psycopg.Connection) -> None:
    # Far beyond the threshold, so that a run of many minutes, in which fresh chunks grow stale, finds the same ones.
    hour_old = "status = 'running' and claimed_at < now() - interval '1 hour'"
    stale = one(live_database, f"select array_agg(id) from public.jobs_chunks where {hour_old}")
    returned = "select count(*) from public.jobs_chunks where id = any(%s) and status = 'pending' and node_id is null"
    rows = []
    for _ in range(2):
        live_database.execute("select public.reap_stale_chunks()")
        assert one(live_database, returned, stale) == 19
        query = "select * from public.jobs_chunks where id = any(%s) order by id"
        rows.append(live_database.execute(query, [stale]).fetchall())
        again = "update public.jobs_chunks set status = 'running', claimed_at = '2026-01-01' where id = any(%s)"
        live_database.execute(again, [stale])
    assert rows[0] == rows[1]


def test_every_inserted_chunk_sends_a_notification(live_database: psycopg.Connection) -> None:
    live_database.execute("listen pending_chunk")
    live_database.commit()
    inserted = live_database.execute("""
        insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset)
        select j.id, j.config_hash, 1000, 1000 * n
        from (select * from public.jobs order by id limit 1) as j cross join generate_series(0, 49) as n
        returning id::text
    """).fetchall()
    live_database.commit()
    heard = [notice.payload for notice in live_database.notifies(timeout=5, stop_after=50)]
    assert sorted(heard) == sorted(row[0] for row in inserted)
    assert len(heard) == 50


def test_anyone_may_call_every_function_but_the_one_that_was_revoked(live_database: psycopg.Connection) -> None:
    closed = live_database.execute("""
        select p.proname from pg_proc as p
        where p.pronamespace = 'public'::regnamespace and not has_function_privilege('anon', p.oid, 'execute')
    """).fetchall()
    assert closed == [("handle_new_user",)]
    act_as(live_database, "anon")
    live_database.execute("select public.reap_stale_chunks()")


def test_a_user_may_write_any_result_into_a_job_of_their_own(live_database: psycopg.Connection) -> None:
    act_as(live_database, "authenticated", "ada")
    done = live_database.execute("""update public.jobs set result = '{"meanDps": 1e9}' where status = 'completed'""")
    assert done.rowcount == 28


def test_users_see_their_own_rows_only(live_database: psycopg.Connection) -> None:
    gus = user_id(live_database, "gus")
    act_as(live_database, "authenticated", "gus")
    assert live_database.execute("select distinct user_id from public.jobs").fetchall() == [(gus,)]
    assert live_database.execute("select name from public.nodes").fetchall() == [("gus-first",)]
    assert one(live_database, "select count(*) from public.rotations where not is_public") == 0
    assert one(live_database, "select count(*) from public.rotations") == 4


def test_row_level_security_is_on_for_every_table_and_postgres_owns_everything(
    live_database: psycopg.Connection,
) -> None:
    relations = live_database.execute("""
        select c.relname, c.relrowsecurity from pg_class as c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by c.relname
    """).fetchall()
    names = ("jobs", "jobs_chunks", "jobs_configs", "nodes", "nodes_permissions", "rotations", "rotations_versions")
    assert relations == [(name, True) for name in names]
    strangers = live_database.execute("""
        select relname from pg_class where relnamespace = 'public'::regnamespace and relowner <> 'postgres'::regrole
        union all
        select proname from pg_proc where pronamespace = 'public'::regnamespace and proowner <> 'postgres'::regrole
    """).fetchall()
    assert strangers == []


def test_editing_a_rotation_files_the_old_script(live_database: psycopg.Connection) -> None:
    act_as(live_database, "authenticated", "ben")
    new = live_database.execute("""
        update public.rotations set script = 'new' where slug = 'arcane-draft'
        returning current_version, checksum = encode(sha256('new'), 'hex'), updated_at = now()
    """).fetchone()
    assert new == (2, True, True)
    old = live_database.execute("""
        select v.version, v.script like '# arcane-draft%', v.created_by = r.user_id
        from public.rotations_versions as v inner join public.rotations as r on r.id = v.rotation_id
        where r.slug = 'arcane-draft'
    """).fetchall()
    assert old == [(1, True, True)]
    live_database.execute("update public.rotations set name = 'Arcane' where slug = 'arcane-draft'")
    assert one(live_database, "select current_version from public.rotations where slug = 'arcane-draft'") == 2


def test_a_new_user_gets_a_name_to_show(live_database: psycopg.Connection) -> None:
    live_database.execute("insert into auth.users (id, email) values (gen_random_uuid(), 'mia@example.test')")
    query = "select raw_user_meta_data ->> 'display_name' from auth.users where email = 'mia@example.test'"
    assert one(live_database, query) == "mia"


def test_a_signed_in_user_claims_a_node_by_its_code_once(live_database: psycopg.Connection) -> None:
    node, code = live_database.execute(
        "select id, claim_code from public.nodes where user_id is null order by created_at desc limit 1"
    ).fetchone() or (None, "")
    act_as(live_database, "authenticated", "kim")
    typed = f"{code[:3]}-{code[3:]}".lower()
    found = one(live_database, "select public.verify_claim_code(%s) ->> 'nodeId'", typed)
    assert found == str(node)
    claim = "select public.claim_node(%s, 'kim-desktop', 6) ->> 'success'"
    assert [one(live_database, claim, node), one(live_database, claim, node)] == ["true", "false"]
    seen = live_database.execute("select name, max_parallel, claim_code from public.nodes").fetchall()
    assert seen == [("kim-desktop", 6, None)]


def test_loading_twice_gives_the_same_rows(live_url: str, platform_url: str) -> None:
    live.load(platform_url)
    # Everything but the times, which stand at fixed distances from now.
    columns = {
        "jobs": "id, user_id, config_hash, total_iterations, status, access_type",
        "jobs_chunks": "id, job_id, node_id, config_hash, iterations, seed_offset, status, result",
        "jobs_configs": "hash, config",
        "nodes": "id, user_id, public_key, claim_code, status",
        "rotations": "id, slug, script, checksum, current_version",
        "rotations_versions": "id, rotation_id, version, script",
    }
    with psycopg.connect(live_url) as first, psycopg.connect(platform_url) as second:
        for table, names in columns.items():
            rows = f"select {names} from public.{table} order by {names}".encode()
            assert first.execute(rows).fetchall() == second.execute(rows).fetchall()


def test_the_schema_can_be_had_without_the_data(platform: psycopg.Connection, platform_url: str) -> None:
    live.load(platform_url, data=False)
    assert one(platform, "select count(*) from public.jobs") == 0
    assert one(platform, "select count(*) from cron.job") == 5
