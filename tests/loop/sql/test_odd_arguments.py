"""Odd arguments, to every function that a role may call: refused or harmless, whatever they are."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import psycopg
from psycopg.rows import dict_row

from dbtools.postgres.connection import acting_as
from tests.support.world import NOBODY, PROJECT_SCHEMAS, World

# What PostgREST makes an answer below 500 of, by class or whole: bad input, a constraint, a refusal.
HARMLESS = ("22", "23", "28", "42", "PT4", "PGRST", "P0001", "54001")


ODD: dict[str, list[object]] = {
    "text": [None, "", "x" * 1_000_000, "\x01", "' or 1=1 --", "%s", "\U0001d518" * 1000, "../..", "null"],
    "boolean": [None, True, False],
    "text[]": [None, "{}", "{NULL,x}"],
    "bigint": [None, 0, -1, 2**63 - 1, -(2**63)],
    "integer": [None, 0, -1, 2**31 - 1, -(2**31)],
    "uuid": [None, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    # A job as anybody can write one down.
    "jobs": [None, "(" + "," * 19 + ")", f"({uuid.UUID(int=0)}" + "," * 19 + ")"],
    "uuid[]": [None, "{}", "{NULL}", "{" + ",".join(["00000000-0000-0000-0000-000000000000"] * 5000) + "}"],
    "jsonb": [
        None,
        "null",
        "0",
        '""',
        "[]",
        "{}",
        "[[]]",
        "[null]",
        '[{"chunkId": "x"}]',
        '{"rotationId": {"a": 1}}',
        "[" * 5000 + "]" * 5000,
        "[1e131071]",
        '{"a": 1e-16383}',
        json.dumps({"a": "x" * 1_000_000}),
        json.dumps([{"chunkId": str(uuid.UUID(int=n))} for n in range(2000)]),
        json.dumps([{"chunkId": 1, "nodeId": [], "attemptToken": {}, "result": "NaN", "error": "\u0001"}]),
    ],
}


def test_odd_arguments_are_refused_or_harmless(world: World) -> None:
    """Every function that a role may call, with one argument odd and the others empty, then all of them odd."""
    wrong = []
    for role in ("anon", "authenticated", "service_role"):
        for name, types in _callable(world, role):
            for arguments in _combinations(types):
                holders = ", ".join(f"%s::{kind}" for kind in types)
                try:
                    with (
                        world.player.transaction(force_rollback=True),
                        acting_as(world.player, role, {"sub": NOBODY[1]}),
                    ):
                        world.player.execute("set local statement_timeout = '10s'")
                        world.player.execute(f"select {name}({holders})".encode(), arguments)
                except psycopg.Error as error:
                    if not (error.sqlstate or "").startswith(HARMLESS):
                        wrong.append((role, name, [str(a)[:40] for a in arguments], str(error)))
    assert wrong == []


def _callable(world: World, role: str) -> list[tuple[str, list[str]]]:
    with world.admin.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            f"""
            select format('%%I.%%I', p.pronamespace::regnamespace, p.proname) as name,
              array(select format_type(t, null) from unnest(p.proargtypes) as t) as types
            from pg_proc as p
            where p.pronamespace in ({PROJECT_SCHEMAS}) and p.prorettype <> 'trigger'::regtype
              and has_function_privilege(%s, p.oid, 'execute')
            order by 1
            """.encode(),
            [role],
        ).fetchall()
    # Whatever stands for any type is given one of those that there are.
    return [(row["name"], [kind.replace("anyelement", "integer") for kind in row["types"]]) for row in found]


def _combinations(types: list[str]) -> Iterator[list[object]]:
    for place, kind in enumerate(types):
        for value in ODD[kind]:
            yield [value if at == place else None for at in range(len(types))]
    for turn in range(max(map(len, ODD.values()))):
        yield [ODD[kind][turn % len(ODD[kind])] for kind in types]
