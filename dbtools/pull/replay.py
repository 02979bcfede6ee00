"""Running a baseline in a shadow: a database as the live one was before the project came, and the file on top."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dbtools import catalog
from dbtools.errors import PullError, ShadowError
from dbtools.model.quoting import identifier
from dbtools.model.snapshot import Snapshot
from dbtools.platform import hooks
from dbtools.platform.facts import Facts, Key, key
from dbtools.postgres.connection import connect
from dbtools.postgres.programs import EMBEDDED_MAJOR, binaries
from dbtools.postgres.shadow import Shadow
from dbtools.pull.baseline import Baseline
from dbtools.pull.platform_objects import LeftOut
from dbtools.pull.proof import Observation


@dataclass(frozen=True)
class Place:
    """Where a baseline is replayed: a new database of a shadow's, or one that was named, which is nobody's shadow."""

    url: str
    shadow: Shadow | None


@contextmanager
def place(shadow: Shadow | str | None, major: int, platform: Facts) -> Iterator[Future[Place]]:
    """Prepare a place while something else is done; all of it is gone afterwards.

    Args:
        shadow: a running one to make a database in, if it stands on that platform; or the URL of a database to use
            instead.
        major: of Postgres, for a shadow that is started here; another one where that is not on this machine, and that
            of `shadow` where one was given that stands on another platform.
        platform: what live stands on.
    """
    with ExitStack() as stack, ThreadPoolExecutor(1) as background:

        def made() -> Place:
            if isinstance(shadow, str):
                return Place(shadow, None)
            given = shadow if shadow and _stands_on(shadow.platform, platform) else None
            of = shadow.server.major if shadow else _at_hand(major)
            running = given or stack.enter_context(Shadow(major=of, platform=platform))
            database = running.create()
            stack.callback(running.drop, str(conninfo_to_dict(database)["dbname"]))
            return Place(database, running)

        yield background.submit(made)


def _stands_on(laid: Facts, platform: Facts) -> bool:
    """Whether a project that stands on one platform can be tried on the other: what it can refer to is the same."""

    def names(facts: Facts) -> set[Key]:
        return {key(fact) for fact in facts.of("role", "schema", "relation", "constraint", "function", "type")} | {
            ("column", fact["table"], fact["name"], fact["type"]) for fact in facts.of("column")
        }

    return laid is platform or names(laid) == names(platform)


def _at_hand(major: int) -> int:
    try:
        binaries(major)
    except ShadowError:
        return EMBEDDED_MAJOR
    return major


def prepare(there: Place, live: Observation) -> Snapshot:
    """Give a new database the extensions of the platform's that live has, no others.

    Returns:
        the platform's tables: what a project is born with.

    Raises:
        PullError: the database that was named is not empty.
    """
    wanted = {item.name for item in live.snapshot.of("extension")}
    if there.shadow is None:
        return _born_with(there.url)
    for name in wanted:
        there.shadow.offer_extension(name, "1.0")
    with psycopg.connect(there.url, user=there.shadow.admin) as connection:
        there_already = connection.execute("select extname from pg_extension where extname <> 'plpgsql'").fetchall()
        for name in sorted({row[0] for row in there_already} - wanted):
            connection.execute(f"drop extension {identifier(name)} cascade".encode())
        return catalog.read(connection, catalog.PLATFORM_READERS)


def _born_with(url: str) -> Snapshot:
    with connect(url) as connection:
        here = catalog.read(connection)
        if there := here.of("table", "view", "materialized view", "function", "type", "cron job", "bucket"):
            raise PullError(
                f"the database to replay in is not empty: it has {there[0].identity}",
                hint="--shadow-url wants one with nothing in it but what Supabase provides; it will be changed",
            )
        return catalog.read(connection, catalog.PLATFORM_READERS)


def load(there: Place, baseline: Baseline, written: str) -> tuple[LeftOut, ...]:
    """Run the file as Alembic will: in one transaction, as the project's owner.

    Args:
        there: where.
        baseline: what it was made of, in case it does not load.
        written: the text that the file has.

    Returns:
        what of the file does not load, in which case the rest of it is there.
    """
    try:
        with connect(there.url) as connection:
            if written == baseline.text and any(map(_is_wrapper, baseline.blocks)):
                for block in baseline.blocks:
                    _run(connection, there, block)
            else:
                # In one piece: to part the statements of a large schema takes as long as to run them.
                connection.execute(written.encode())
    except psycopg.Error:
        return _load_what_can_be(there, baseline)
    return tuple(_create_event_triggers(there, baseline))


def _is_wrapper(block: tuple[str, str]) -> bool:
    return "; Type: FOREIGN DATA WRAPPER;" in block[0]


def _run(connection: psycopg.Connection, there: Place, block: tuple[str, str]) -> None:
    with hooks.owner_privileged(connection) if there.shadow and _is_wrapper(block) else nullcontext():
        connection.execute(block[1].encode())


def _load_what_can_be(there: Place, baseline: Baseline) -> tuple[LeftOut, ...]:
    failed: list[LeftOut] = []
    with connect(there.url) as connection, connection.transaction():
        for title, sql in baseline.blocks:
            try:
                with connection.transaction():
                    _run(connection, there, (title, sql))
            except psycopg.Error as error:
                failed.append(LeftOut(title, f"it does not load in the shadow: {error.diag.message_primary or error}"))
    return (*failed, *_create_event_triggers(there, baseline))


def _create_event_triggers(there: Place, baseline: Baseline) -> Iterator[LeftOut]:
    """A hosted server lets the owner create event triggers; the baseline leaves them out where that is not so."""
    blocks = [(title, sql) for title, sql in baseline.blocks if "; Type: EVENT TRIGGER;" in title]
    if blocks and there.shadow:
        with connect(there.url) as connection:
            if connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (True,):
                return
        with connect(there.url) as connection, hooks.owner_privileged(connection):
            for title, sql in blocks:
                try:
                    with connection.transaction():
                        connection.execute(sql.encode())
                except psycopg.Error as error:
                    yield LeftOut(title, f"it does not load in the shadow: {error.diag.message_primary or error}")
