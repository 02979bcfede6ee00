"""Running tasks that need one another, in an order that is found by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import psycopg

from dbtools.errors import MigrationError

Task = TypeVar("Task")


def run_in_working_order(
    connection: psycopg.Connection, waiting: Iterable[Task], run: Callable[[Task], None]
) -> tuple[list[Task], list[tuple[Task, Exception]]]:
    """Run tasks in an order in which each succeeds: whatever fails is tried again after the others.

    Returns:
        the tasks done, in that order, and those that fail whatever the order, each with the error of its last try.
    """
    waiting = list(waiting)
    done: list[Task] = []
    failed: list[tuple[Task, Exception]] = []
    while waiting:
        failed = []
        for task in waiting:
            try:
                with connection.transaction():
                    run(task)
            except (MigrationError, psycopg.Error) as error:
                failed.append((task, error))
            else:
                done.append(task)
        if len(failed) == len(waiting):
            break
        waiting = [task for task, _ in failed]
    return done, failed
