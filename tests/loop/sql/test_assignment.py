"""assign_chunks: who gets what."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from typing import Any

import psycopg
import pytest
from psycopg import errors

from dbtools.postgres.connection import acting_as
from tests.conftest import Connect
from tests.support import system
from tests.support.system import (
    Row,
    assign,
    complete,
    create_job,
    entry,
    new_node,
    new_user,
    together,
)

# assign_chunks


def test_an_assignment_holds_all_that_the_node_needs(db: psycopg.Connection) -> None:
    user = new_user(db)
    node = new_node(db, user)
    made = create_job(db, user, 1500)
    for chunk, (iterations, offset) in zip(
        sorted(assign(db), key=lambda one: int(one["seed_offset"])), [(1000, 0), (500, 1000)], strict=True
    ):
        stored = system.row(db, "select * from public.jobs_chunks where id = %s", chunk["chunk_id"])
        assert (stored["status"], str(stored["node_id"]), stored["attempts"]) == ("running", node, 1)
        assert (stored["claimed_at"] is None, chunk["attempt_token"]) == (False, stored["attempt_token"])
        assert (chunk["iterations"], chunk["seed_offset"]) == (iterations, offset)
        assert (str(chunk["node_id"]), str(chunk["job_id"])) == (node, made["jobId"])
        assert (chunk["config_hash"], chunk["config"]) == (made["configHash"], system.CONFIG)
    assert assign(db) == []


GUILD = "810000000000000001"


@pytest.mark.parametrize(
    ("access", "allow", "runs"),
    [
        ("private", None, False),
        ("private", ("public", None), False),
        ("private", ("user", "the job's user"), False),
        ("public", ("public", None), True),
        ("public", ("user", "the job's user"), False),
        ("public", None, False),
        ("user", ("user", "the job's user"), True),
        ("user", ("user", "somebody"), False),
        ("user", ("public", None), False),
        ("user", ("guild", "the job's user"), False),
        ("discord", ("guild", GUILD), True),
        ("discord", ("guild", "another guild"), False),
        ("discord", ("user", GUILD), False),
        ("discord", ("owner", GUILD), False),
    ],
)
def test_somebody_elses_node_runs_what_its_permissions_say(
    db: psycopg.Connection, access: str, allow: tuple[str, str | None] | None, runs: bool
) -> None:
    user = new_user(db)
    if allow and allow[1] == "the job's user":
        allow = (allow[0], user)
    new_node(db, new_user(db), allow=allow)
    create_job(db, user, access=access, guild=GUILD)
    assert len(assign(db)) == runs


@pytest.mark.parametrize("access", ["private", "public", "user", "discord"])
def test_ones_own_node_always_runs_ones_jobs(db: psycopg.Connection, access: str) -> None:
    user = new_user(db)
    new_node(db, user)
    create_job(db, user, access=access, guild=GUILD)
    assert len(assign(db)) == 1


@pytest.mark.parametrize(
    "node",
    [
        {"status": "offline"},
        {"status": "pending"},
        {"seen": "6 minutes"},
        {"owner": None, "allow": ("public", None)},
        {"capacity": 0},
    ],
    ids=str,
)
def test_a_node_that_is_away_unclaimed_or_full_gets_nothing(db: psycopg.Connection, node: dict[str, Any]) -> None:
    user = new_user(db)
    new_node(db, **{"owner": user, **node})
    create_job(db, user, access="public")
    assert assign(db) == []


def test_a_node_gets_no_more_than_it_has_room_for(db: psycopg.Connection) -> None:
    user = new_user(db)
    new_node(db, user, capacity=3)
    db.execute("update public.nodes set total_cores = 2")
    create_job(db, user, 10_000)
    first = assign(db)
    assert len(first) == 2
    assert assign(db) == []
    complete(db, [entry(first[0])])
    assert len(assign(db)) == 1


def test_the_limit_and_the_node_are_respected(db: psycopg.Connection) -> None:
    user = new_user(db)
    nodes = [new_node(db, user) for _ in range(2)]
    create_job(db, user, 20_000)
    assert {str(chunk["node_id"]) for chunk in assign(db, node=nodes[1])} == {nodes[1]}
    assert len(assign(db, 3)) == 3
    assert assign(db, 0) == []
    assert assign(db, -1) == []
    assert assign(db, node=str(uuid.uuid4())) == []


def test_chunks_go_to_the_least_loaded_nodes(db: psycopg.Connection) -> None:
    user = new_user(db)
    nodes = [new_node(db, user, capacity=capacity) for capacity in (4, 4, 8)]
    create_job(db, user, 8000)
    loads = Counter(str(chunk["node_id"]) for chunk in assign(db))
    assert [loads[node] for node in nodes] == [2, 2, 4]


def test_a_big_job_does_not_make_a_small_one_wait(db: psycopg.Connection) -> None:
    user = new_user(db)
    new_node(db, user, capacity=6)
    create_job(db, user, 1_000_000)
    small = create_job(db, user, 3000)["jobId"]
    assert Counter(str(chunk["job_id"]) for chunk in assign(db))[small] == 3


def test_many_jobs_of_one_user_do_not_make_anothers_single_job_wait(db: psycopg.Connection) -> None:
    busy, calm = new_user(db), new_user(db)
    new_node(db, new_user(db), capacity=8, allow=("public", None))
    for _ in range(20):
        create_job(db, busy, 5000, access="public")
    create_job(db, calm, 10_000, access="public")
    owner = {str(each["id"]): str(each["user_id"]) for each in system.rows(db, "select id, user_id from public.jobs")}
    for room in (8, 3):
        given = assign(db, room)
        # Whose chunk is the third is drawn.
        assert Counter(owner[str(chunk["job_id"])] for chunk in given)[calm] in {room // 2, room - room // 2}
        complete(db, [entry(chunk) for chunk in given])


def test_a_node_goes_round_the_users_however_little_room_it_has_at_a_time(db: psycopg.Connection) -> None:
    users = [new_user(db) for _ in range(3)]
    node = new_node(db, new_user(db), capacity=1, allow=("public", None))
    owner: dict[str, str] = {}
    for user, jobs in zip(users, (20, 1, 2), strict=True):
        owner |= {create_job(db, user, 10_000, access="public")["jobId"]: user for _ in range(jobs)}
    served = []
    for _ in range(9):
        [given] = assign(db, node=node)
        complete(db, [entry(given)])
        served.append(owner[str(given["job_id"])])
    assert served == sorted(users) * 3


def test_of_one_users_jobs_the_least_advanced_comes_first(db: psycopg.Connection) -> None:
    user = new_user(db)
    node = new_node(db, user, capacity=1)
    jobs = [create_job(db, user, 5000)["jobId"]]
    served = []
    for n in range(8):
        if n == 2:
            jobs.append(create_job(db, user, 3000)["jobId"])
        [given] = assign(db, node=node)
        complete(db, [entry(given)])
        served.append(jobs.index(str(given["job_id"])))
    assert served[:4] == [0, 0, 1, 1]
    assert served[4:] in ([0, 1, 0, 0], [1, 0, 0, 0])


def test_a_user_in_several_pools_gets_no_more_turns_than_others(db: psycopg.Connection) -> None:
    greedy, calm = new_user(db), new_user(db)
    node = new_node(db, new_user(db), capacity=1, allow=("public", None))
    for access, target in (("user", greedy), ("user", calm), ("guild", GUILD)):
        permission = "insert into public.nodes_permissions (node_id, access_type, target_id) values (%s, %s, %s)"
        db.execute(permission, [node, access, target])
        system.consent(db, node, access, target)
    greedy_jobs = {
        create_job(db, greedy, 5000, access=access, guild=GUILD)["jobId"] for access in ("public", "user", "discord")
    }
    create_job(db, calm, 5000, access="user")
    for limit in (1, 1, 1, 1):
        [given] = assign(db, limit, node)
        complete(db, [entry(given)])
    done = system.rows(db, "select job_id::text from public.jobs_chunks where status = 'completed'")
    assert sum(each["job_id"] in greedy_jobs for each in done) == 2


@pytest.mark.parametrize("room", [1, 2, 3])
def test_passes_with_less_room_than_users_go_round_them(db: psycopg.Connection, room: int) -> None:
    new_node(db, new_user(db), capacity=room, allow=("public", None))
    owner_of = {}
    for _ in range(5):
        user = new_user(db)
        owner_of[str(create_job(db, user, 100_000, access="public")["jobId"])] = user
    served: Counter[str] = Counter()
    for _ in range(20):
        given = assign(db)
        assert len(given) == room
        served.update(owner_of[str(each["job_id"])] for each in given)
        complete(db, [entry(each) for each in given])
    assert set(served.values()) == {4 * room}


def test_of_equally_loaded_nodes_the_one_seen_last_comes_first(db: psycopg.Connection) -> None:
    user = new_user(db)
    nodes = [new_node(db, user, capacity=2, seen=f"{seconds} seconds") for seconds in (40, 20, 30)]
    create_job(db, user, 10_000)
    assert [[str(one["node_id"]) for one in assign(db, 1)] for _ in range(4)] == [
        [nodes[1]],
        [nodes[2]],
        [nodes[0]],
        [nodes[1]],
    ]


def test_a_wall_of_chunks_that_nobody_may_run_starves_nobody(db: psycopg.Connection) -> None:
    for _ in range(3):
        create_job(db, new_user(db), 500_000)
    user = new_user(db)
    new_node(db, user)
    mine = create_job(db, user, 3000)["jobId"]
    assert [str(chunk["job_id"]) for chunk in assign(db, 10)] == [mine] * 3


UNUSED = """
select n.id, j.id from public.nodes as n cross join public.jobs as j
where least(n.max_parallel, n.total_cores)
    > (select count(*) from public.jobs_chunks as c where c.node_id = n.id and c.status = 'running')
  and exists (select from public.jobs_chunks as c where c.job_id = j.id and c.status = 'pending')
  and (n.user_id = j.user_id or exists (
    select from public.nodes_permissions as p where p.node_id = n.id and (p.access_type, j.access_type) in (
      ('public', 'public'), (case p.target_id when j.user_id::text then 'user' end, 'user'),
      (case p.target_id when j.discord_server_id then 'guild' end, 'discord')
    )
  ))
"""


@pytest.mark.parametrize("seed", range(5))
def test_no_room_is_left_while_something_could_fill_it(db: psycopg.Connection, seed: int) -> None:
    """Chunks and slots are offered in several pools at once; what loses one offer must get the next."""
    draw = random.Random(seed)
    users = [new_user(db) for _ in range(6)]
    for _ in range(12):
        allow = draw.choice([None, ("public", None), ("guild", GUILD), ("user", draw.choice(users))])
        new_node(db, draw.choice(users), capacity=draw.randint(1, 6), allow=allow)
    for _ in range(12):
        access = draw.choice(["private", "public", "user", "discord"])
        create_job(db, draw.choice(users), 1000 * draw.randint(1, 5), access=access, guild=GUILD)
    assert assign(db)
    assert system.rows(db, UNUSED) == []
    over = "select count(*) from public.jobs_chunks where status = 'running' group by node_id"
    assert max(each["count"] for each in system.rows(db, over)) <= 6


def test_schedulers_at_the_same_time_never_overfill_a_node_nor_assign_a_chunk_twice(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user = new_user(db)
    for _ in range(5):
        new_node(db, user, capacity=7)
    for _ in range(3):
        create_job(db, user, 50_000)
    for room in (35, 0):
        found = [one for chunks in together(head_url, connect, *[assign] * 8) for one in chunks]
        assert len(found) == len({one["chunk_id"] for one in found}) == room
    running = "select node_id, count(*) as n from public.jobs_chunks where status = 'running' group by 1"
    assert [each["n"] for each in system.rows(db, running)] == [7] * 5


def test_a_node_never_waits_for_what_another_one_is_about_to_take(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    *nodes, late = (new_node(db, new_user(db), allow=("public", None)) for _ in range(6))
    for _ in nodes:
        create_job(db, new_user(db), access="public")
    # Each begins with the same user; all but one find that user's only chunk taken, and go on to others.
    given = []
    for node in (*nodes, late):
        session = connect(head_url, autocommit=False)
        session.execute("set local lock_timeout = '5s'")
        given.append(session.execute("select chunk_id from public.assign_chunks(1, %s)", [node]).fetchall())
    assert given.pop() == []
    assert len({chunk for [(chunk,)] in given}) == len(nodes)


def test_chunks_that_somebody_inserts_wait_in_their_jobs_pool(db: psycopg.Connection) -> None:
    """As an edge function of the transition does, which knows of no pools."""
    user = new_user(db)
    made = create_job(db, user, access="discord", guild=GUILD)
    stored = system.row(db, "delete from public.jobs_chunks returning user_id, pool")
    assert (str(stored["user_id"]), stored["pool"]) == (user, f"guild:{GUILD}")
    db.execute(
        "insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset) values (%s, 'x', 5, 0)",
        [made["jobId"]],
    )
    assert system.row(db, "select user_id, pool from public.jobs_chunks") == stored


def test_a_scheduler_waits_for_what_another_one_is_about_to_commit(
    db: psycopg.Connection, head_url: str, connect: Connect
) -> None:
    user = new_user(db)
    _, last = sorted(new_node(db, user, capacity=1) for _ in range(2))
    create_job(db, user, 3000)
    first = connect(head_url, autocommit=False)
    # It takes the chunk that comes first to the node that comes last.
    first.execute("select public.assign_chunks(100, %s)", [last])

    def go_on(_: psycopg.Connection) -> list[Row]:
        system.wait_until(db, system.WAITING, 1)
        first.commit()
        return []

    second, _ = together(head_url, connect, assign, go_on)
    assert len(second) == 1
    assert str(second[0]["node_id"]) != last


@pytest.mark.parametrize("what", ["jobs", "nodes"])
def test_jobs_and_nodes_deleted_meanwhile_stop_nobody(
    db: psycopg.Connection, head_url: str, connect: Connect, what: str
) -> None:
    user = new_user(db)
    nodes = sorted(new_node(db, user) for _ in range(2))
    jobs = [create_job(db, user, 5000)["jobId"] for _ in range(2)]
    away = connect(head_url, autocommit=False)
    away.execute(f"delete from public.{what} where id = %s".encode(), [{"jobs": jobs, "nodes": nodes}[what][0]])

    def go_on(_: psycopg.Connection) -> list[Row]:
        system.wait_until(db, system.WAITING, 1)
        away.commit()
        return []

    found, _ = together(head_url, connect, assign, go_on)
    found += assign(db)
    if what == "jobs":
        assert Counter(str(chunk["job_id"]) for chunk in found) == {jobs[1]: 5}
    else:
        assert Counter(str(chunk["node_id"]) for chunk in found) == {nodes[1]: 4}


PRIVATE = ("private.assign_chunks(1)", "private.assign_to_node(null, 1)")


def test_only_the_service_role_assigns_and_completes(db: psycopg.Connection) -> None:
    for role in ("anon", "authenticated"):
        for call in ("public.assign_chunks()", "public.complete_chunks('[]')", *PRIVATE):
            with acting_as(db, role, {"sub": new_user(db)}), pytest.raises(errors.InsufficientPrivilege):
                db.execute(f"select {call}".encode())
