"""Contract revisions take something away, and are refused on a database that shows the thing in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic.script import Script

from dbtools.errors import MigrationError
from dbtools.runner.in_use import Usage
from dbtools.runner.observer import Say


@dataclass(frozen=True)
class Contract:
    """Marks a revision that takes something away: `contract = Contract(…)` in its `.py` file.

    It is refused on a database that shows the thing in use, unless it is confirmed by name.

    Attributes:
        takes: what goes, as "KIND NAME": "function public.f(integer)", "table public.t", "view public.v",
            "materialized view public.m", "column public.t.c", "policy public.t.p", "trigger public.t.g", "cron job j".
        replacement: what does the cron jobs' work from now on, in words.
        replacement_works: a query whose one value is true once that is so; without it a job that runs is in use.
        in_use: a query with a row of text for each sign of use that the catalog cannot show, in the data for instance.
    """

    takes: tuple[str, ...]
    replacement: str = ""
    replacement_works: str = ""
    in_use: str = ""


def of(revision: Script) -> Contract | None:
    """The contract of a revision; most have none.

    Raises:
        MigrationError: it is something else.
    """
    contract = getattr(revision.module, "contract", None)
    if contract is not None and not isinstance(contract, Contract):
        raise MigrationError(f"{revision.revision}: `contract` must be a Contract of dbtools.revision")
    return contract


def name(revision: Script) -> str:
    """The name by which a revision is confirmed: what follows the number in its file's name."""
    return Path(revision.path).stem.partition("_")[2]


def check(session: psycopg.Connection, revision: Script, confirmed: Sequence[str], watch: float, say: Say) -> None:
    """Refuse a contract revision on a database that shows the thing in use, unless it is confirmed by name.

    Args:
        session: autocommitting, or the counters would stand still.
        revision: any revision; most are no contract.
        confirmed: names of contract revisions: what follows the number in their files' names.
        watch: seconds between the two readings of the call counters.
        say: gets what could not be known.

    Raises:
        MigrationError: it is in use; or the contract makes no sense.
    """
    contract = of(revision)
    if contract is None:
        return
    usage = Usage(session, contract.takes)
    signs = [*usage.mentions(), *usage.calls(watch, say)]
    works = contract.replacement_works and session.execute(contract.replacement_works.encode()).fetchone() == (True,)
    if not works:
        missing = f", and {contract.replacement} is not there" if contract.replacement else ""
        signs += [f"{job}{missing}" for job in usage.running_jobs()]
    if contract.in_use:
        signs += [str(sign) for (sign,) in session.execute(contract.in_use.encode()).fetchall()]
    for unknown in usage.unknown:
        say(unknown)
    if signs and name(revision) not in confirmed:
        # Who confirms that confirms the rows as well, and is to have seen them.
        signs += usage.holdings()
        raise MigrationError(
            f"{revision.revision} takes away what this database still uses\n  " + "\n  ".join(signs),
            hint=f"end that use first; or, if that is meant: alembic -x confirm={name(revision)} upgrade head",
        )
    for sign in signs:
        say(f"{name(revision)} is confirmed, although {sign}")
