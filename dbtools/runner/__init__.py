"""What happens to each revision on its way into a database in use: limits, retries, and a word to those who wait."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, update_wrapper
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext, RevisionStep

from dbtools.errors import MigrationError
from dbtools.project import Limits
from dbtools.project.revisions import explained
from dbtools.runner import contract, limits
from dbtools.runner.observer import Observer, Say
from dbtools.runner.rows import Watch

LONGEST_PAUSE = 30.0


@dataclass
class Runner:
    """Takes Alembic's plan, and runs each of its revisions as carefully as a database in use needs.

    Attributes:
        connection: where the revisions run.
        observer: holds the lock that keeps other runners out.
        limits: how long a revision may wait and run.
        confirmed: the contract revisions that may take away what seems to be in use, by name.
        say: gets lines for people.
    """

    connection: psycopg.Connection
    observer: Observer
    limits: Limits
    confirmed: Sequence[str]
    say: Say
    _transaction: str = ""

    def steps(self, plan: Sequence[RevisionStep], new: bool) -> Iterator[RevisionStep]:
        """The plan's steps, made careful; Alembic runs and commits each before it asks for the next.

        Args:
            plan: from Alembic.
            new: the database has no revision yet, so what this very run makes has no users.
        """
        # The version table, if Alembic has just made it: trying a revision again must not take it back.
        self.connection.commit()
        if not plan:
            self.say("nothing to do")
        for number, step in enumerate(plan, 1):
            if step.info.is_stamp:
                yield step
                self.say(f"stamped {', '.join(step.info.destination_revision_ids) or 'base'}")
                continue
            revision, of_all = step.revision.revision, f"{number} of {len(plan)}"
            run = partial(self._run, step, step.migration_fn, f"{revision} ({of_all})", new)
            step.migration_fn = update_wrapper(run, step.migration_fn)
            started = time.monotonic()
            yield step
            done = f"{'upgraded to' if step.is_upgrade else 'took back'} {revision}"
            self.say(f"{done} ({of_all}, {time.monotonic() - started:.2f} s): {step.doc}")

    def _run(self, step: RevisionStep, run: Callable[..., None], what: str, new: bool, **words: Any) -> None:
        try:
            if step.is_upgrade and not new:
                contract.check(
                    self.observer.session, step.revision, self.confirmed, watch=self.limits.call_watch, say=self.say
                )
            for pause in self._pauses():
                try:
                    return self._attempt(step, run, what, new, **words)
                except (MigrationError, sa.exc.DBAPIError) as error:
                    if not _held_up(error):
                        raise
                # Everything that the revision had locked is free again while it pauses.
                self.connection.rollback()
                self.say(f"{what} was held up; trying again in {pause:.1f} s")
                time.sleep(pause)
            self._attempt(step, run, what, new, **words)
        except (MigrationError, sa.exc.DBAPIError, psycopg.Error) as error:
            raise self._explained(step, error) from error
        except Exception as error:
            raise self._explained(step, explained(step.revision, error, "failed in its Python code")) from error

    def _attempt(self, step: RevisionStep, run: Callable[..., None], what: str, new: bool, **words: Any) -> None:
        self.observer.demand_lock()
        limits.begin(self.connection, self.limits)
        [(pid, self._transaction)] = self.connection.execute("select pg_backend_pid(), pg_current_xact_id()::text")
        with self.observer.watching(pid, what, every=min(1.0, self.limits.lock_timeout / 2)):
            if new or _is_throw_away(self.connection):
                run(**words)
                return
            watch = Watch(self.connection)
            run(**words)
            if suspects := watch.suspects():
                watch.take_back()
                destroyed = [said for suspect in suspects for said in suspect.losses(self.connection)]
                if destroyed:
                    self._demand_confirmation(step, destroyed)
                run(**words)

    def _demand_confirmation(self, step: RevisionStep, destroyed: Sequence[str]) -> None:
        """Refuse a revision that destroys rows, unless it is confirmed by name."""
        name = contract.name(step.revision)
        if name not in self.confirmed:
            way = "upgrade" if step.is_upgrade else "downgrade"
            raise MigrationError(
                f"{step.revision.revision} destroys what this database holds\n  " + "\n  ".join(destroyed),
                hint=f"save it first; or, if that is meant: alembic -x confirm={name} {way} …",
            )
        for one in destroyed:
            self.say(f"{name} is confirmed, and destroys {one}")

    def _pauses(self) -> Iterator[float]:
        """Growing, so that what holds it up can end; uneven, so that two do not meet again and again."""
        for tried in range(self.limits.lock_retries):
            yield min(self.limits.lock_timeout * 2**tried, LONGEST_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311

    def _explained(
        self, step: RevisionStep, error: MigrationError | sa.exc.DBAPIError | psycopg.Error
    ) -> MigrationError:
        # On a lost connection Alembic's own tidying up fails as well, which must not hide the statement that was lost.
        failures = [each for each in _chain(error) if isinstance(each, MigrationError)]
        message, hint = str(getattr(error, "orig", error)).strip(), ""
        if failures:
            message, hint = failures[-1].message, failures[-1].hint
        if _held_up(error):
            if self.observer.blockers:
                message += f"\n  held up by {'; '.join(self.observer.blockers)}"
            hint = "end what holds it up, or allow more with lock_retries and lock_timeout in [tool.dbtools]"
        stays = ", ".join(step.info.source_revision_ids) or "base"
        message += f"\n  the database stays at {stays}"
        if self._has_committed(step):
            message += ", but what came before the revision's own COMMIT stays, too"
            hint = hint or "take that back by hand, or mend the revision so that it goes on from there"
        return MigrationError(message, hint=hint)

    def _has_committed(self, step: RevisionStep) -> bool:
        """Whether a revision has ended its transaction itself, as only one can whose statements are in its .py file."""
        if not self._transaction or Path(step.revision.path).with_suffix(".up.sql").exists():
            return False
        try:
            self.connection.rollback()
            row = self.connection.execute("select pg_xact_status(%s::xid8)", [self._transaction]).fetchone()
            self.connection.rollback()
        except psycopg.Error:
            return False
        return row == ("committed",)


@dataclass
class Printer:
    """The same in offline mode, where nothing can be asked or tried again: the script itself sets the limits."""

    context: MigrationContext
    limits: Limits

    def steps(self, plan: Sequence[RevisionStep], _: bool) -> Iterator[RevisionStep]:
        """The plan's steps, with what must be said and set before each."""
        for step in plan:
            if not step.info.is_stamp:
                run = partial(self._run, step, step.migration_fn)
                step.migration_fn = update_wrapper(run, step.migration_fn)
            yield step

    def _run(self, step: RevisionStep, run: Callable[..., None], **words: Any) -> None:
        if step.is_upgrade and (taken := contract.of(step.revision)):
            self.context.impl.static_output(f"-- Takes away what must be out of use: {', '.join(taken.takes)}")
        self.context.impl.static_output(limits.as_sql(self.limits))
        try:
            run(**words)
        except Exception as error:
            raise explained(step.revision, error, "cannot be written as SQL") from error


def guard(context: MigrationContext, steps: Callable[[Sequence[RevisionStep], bool], Iterator[RevisionStep]]) -> None:
    """Put a runner's or a printer's `steps` between Alembic's plan and its execution."""
    plan = context._migrations_fn
    assert plan is not None  # noqa: S101  (every command that runs env.py brings one)
    context._migrations_fn = lambda heads, ctx: steps(list(plan(heads, ctx)), not heads)


def _is_throw_away(connection: psycopg.Connection) -> bool:
    """Whether this is a shadow, whose rows nobody misses."""
    return connection.execute("select current_setting('dbtools.shadow', true)").fetchone() == ("on",)


def _held_up(error: BaseException) -> bool:
    """Whether the revision failed for a lock that somebody else has, and may succeed later."""
    held_up = psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected
    return any(isinstance(each, held_up) for each in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what caused it, and what caused that."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
