"""A job's figures are right to 15 significant digits, whatever their size: held against a recomputation in 60."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, localcontext

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.figures.counts import COUNTS
from tests.support import system
from tests.support.system import Row, create_job, job, new_user

Part = tuple[int, float, float]  # iterations, mean, standard deviation

INSERT = """
insert into public.jobs_chunks (job_id, config_hash, iterations, seed_offset, status, result)
select j.id, j.config_hash, p.iterations, p.place, 'completed', p.result
from public.jobs as j
cross join unnest(%s::integer[], %s::jsonb[]) with ordinality as p (iterations, result, place)
where j.id = %s
"""

# A tenth unit of the fifteenth digit beside the half that rounding may take.
NEAR = Decimal("0.6e-14")

sizes = st.integers(-300, 299)
mantissas = st.floats(1, 9.999999999999999)


@st.composite
def jobs_parts(draw: st.DrawFn) -> list[Part]:
    """Chunks of one job: all figures about as large, or each of a size of its own."""
    common = draw(sizes)
    mixed = draw(st.booleans())

    def figure() -> float:
        size = draw(sizes) if mixed else common + draw(st.integers(-3, 3))
        return draw(mantissas) * 10.0 ** max(-300, min(size, 299))

    return [
        (draw(st.sampled_from([1, 7, 1000, 999_983])), figure() * draw(st.sampled_from([1, -1])), figure())
        for _ in range(draw(st.integers(1, 12)))
    ]


def recomputed(parts: Sequence[Part]) -> dict[str, Decimal]:
    """Mean, pooled deviation and standard error, by their definition, in steps that lose nothing before 60 digits."""
    with localcontext() as context:
        # Figures 600 powers of ten apart are squared and subtracted: only as many digits keep the difference to 60.
        context.prec = 2500
        exact = [(Decimal(n), Decimal(repr(mean)), Decimal(repr(std))) for n, mean, std in parts]
        total = sum((n for n, _, _ in exact), Decimal(0))
        mean = sum((n * mean for n, mean, _ in exact), Decimal(0)) / total
        variance = sum((n * (std**2 + (each - mean) ** 2) for n, each, std in exact), Decimal(0)) / total
        context.prec = 60
        deviation = variance.sqrt()
        return {"meanDps": +mean, "stdDps": deviation, "standardError": deviation / Decimal(total).sqrt()}


def far(found: float, exact: Decimal) -> bool:
    if exact == 0:
        return found != 0
    return abs(Decimal(found) - exact) > abs(exact) * NEAR


def aggregate(db: psycopg.Connection, parts: Sequence[Part]) -> Row:
    """What the database makes of such chunks, through the trigger that ends the job."""
    made = str(create_job(db, system.value(db, "select id::text from auth.users limit 1"), 1)["jobId"])
    results = [json.dumps({"meanDps": mean, "stdDps": std, "minDps": mean, "maxDps": mean}) for _, mean, std in parts]
    db.execute("update public.jobs set total_iterations = %s where id = %s", [1 + sum(p[0] for p in parts), made])
    db.execute(INSERT, [[p[0] for p in parts], results, made])
    db.execute("delete from public.jobs_chunks where job_id = %s and status = 'pending'", [made])
    found: Row = job(db, made)["result"]
    return found


def test_figures_of_any_size_are_right_to_fifteen_digits(db: psycopg.Connection) -> None:
    system.change_settings(db, max_open_jobs_per_user=1_000_000)
    new_user(db)

    @settings(
        max_examples=COUNTS.aggregates, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(jobs_parts())
    def holds(parts: list[Part]) -> None:
        found = aggregate(db, parts)
        wrong = {key: (found[key], exact) for key, exact in recomputed(parts).items() if far(found[key], exact)}
        assert not wrong, (parts, wrong)

    holds()


@pytest.mark.parametrize(
    "parts",
    [
        [(1000, 1.5e-10, 2.5e-11), (1000, 1.6e-10, 2.4e-11)],
        [(1000, 1e12, 1e-3), (1, 1e12 + 1e-3, 1e-3)],
        [(1000, 1e-300, 1e-300), (7, 1e299, 1e-300)],
        [(10, 3e299, 2e299), (10, -3e299, 2e299)],
        [(10, 0.0, 0.0), (10, 0.0, 0.0)],
    ],
    ids=["tiny", "narrow", "mixed", "huge", "zero"],
)
def test_no_figure_is_lost_to_its_neighbours(db: psycopg.Connection, parts: list[Part]) -> None:
    new_user(db)
    found = aggregate(db, parts)
    assert not {key: exact for key, exact in recomputed(parts).items() if far(found[key], exact)}
