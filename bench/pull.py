"""`python -m bench.pull`: a pull of a large schema beside the least that its work costs.

The floor is what the work is made of without us: `pg_dump -s`, a replay with `psql` in one transaction, `pg_dump -s`
again; for `--no-proof` the first of them alone. Both replays happen on a shadow that is already running, and what
starting one costs is a line of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dbtools.postgres.programs import binaries
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.pull import PullOptions, pull

TABLES, FUNCTIONS, POLICIES = 500, 900, 600
ROUNDS = 3


def schema(tables: int = TABLES, functions: int = FUNCTIONS, policies: int = POLICIES) -> str:
    """Tables that refer to each other, with indexes and triggers; functions with bodies; policies that call them."""
    parts = ["create schema private; create type public.state as enum ('new', 'open', 'done');"]
    for n in range(functions):
        parts.append(
            f"create function public.f{n}(p_id uuid, p_note text default 'x') returns boolean language plpgsql "
            f"stable security definer set search_path = '' as $$\ndeclare\n  v integer := {n};\nbegin\n"
            f"  if p_id is null then\n"
            f"    raise exception 'no id' using errcode = 'PT400';\n  end if;\n  return v > length(p_note);\nend\n$$;\n"
            f"revoke execute on function public.f{n}(uuid, text) from public, anon;"
        )
    for n in range(tables):
        parts.append(
            f"create table public.t{n} (id uuid primary key default gen_random_uuid(), user_id uuid not null "
            f"references auth.users (id), state public.state not null default 'new', amount numeric(12, 2) check "
            f"(amount > 0), body jsonb default '{{}}', created_at timestamptz not null default now()"
            + (f", other uuid references public.t{n // 2} (id)" if n else "")
            + f");\ncreate index t{n}_user on public.t{n} (user_id, created_at) where state <> 'done';\n"
            f"alter table public.t{n} enable row level security;\ncomment on table public.t{n} is 'the {n}th';"
        )
    for n in range(policies):
        parts.append(
            f"create policy p{n} on public.t{n % tables} for select to authenticated "
            f"using (user_id = auth.uid() and public.f{n}(id));"
        )
    return "\n".join(parts)


def main() -> None:
    """Take turns: floor, pull, pg_dump, pull without proof; print medians, and ratios within each round."""
    with Shadow() as shadow, tempfile.TemporaryDirectory() as folder:
        live = shadow.create()
        with psycopg.connect(live) as connection:
            connection.execute(schema().encode())
        place = Path(folder)
        works: dict[str, Callable[[], object]] = {
            "pg_dump + psql + pg_dump": lambda: floor(shadow, live, place),
            "pull": lambda: pull(live, fresh(place), shadow=shadow),
            "pg_dump": lambda: dumped(live),
            "pull --no-proof": lambda: pull(live, fresh(place), shadow=shadow, options=PullOptions(proof=False)),
            "starting a shadow": started,
        }
        taken: dict[str, list[float]] = {name: [] for name in works}
        for number in range(-1, ROUNDS):
            for name, work in works.items():
                begun = time.perf_counter()
                work()
                if number >= 0:
                    taken[name].append(time.perf_counter() - begun)
    floors = {"pull": "pg_dump + psql + pg_dump", "pull --no-proof": "pg_dump"}
    for name, seconds in taken.items():
        line = f"{name:26} {statistics.median(seconds):6.2f} s"
        if beside := floors.get(name):
            ratio = statistics.median(ours / bare for ours, bare in zip(seconds, taken[beside], strict=True))
            line += f"   {ratio:.2f} x {beside}"
        print(line)


def dumped(url: str) -> str:
    """What the embedded `pg_dump -s` prints, the platform's schemas left out."""
    command = [str(binaries() / "pg_dump"), "-s", "-n", "public", "-n", "private", "-d", url]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def floor(shadow: Shadow, live: str, folder: Path) -> None:
    """The three steps, with a new database for the second."""
    file = folder / "floor.sql"
    file.write_text(dumped(live))
    name = str(conninfo_to_dict(shadow.create())["dbname"])
    url = shadow.url(name, user=ADMIN)
    with psycopg.connect(url) as connection:
        connection.execute("drop schema public cascade")
    command = [str(binaries() / "psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", str(file), "-d", url]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    dumped(url)
    shadow.drop(name)


def fresh(folder: Path) -> Path:
    """A migrations folder that nobody has used."""
    return Path(tempfile.mkdtemp(dir=folder))


def started() -> None:
    """Start a shadow and stop it."""
    with Shadow():
        pass


if __name__ == "__main__":
    main()
