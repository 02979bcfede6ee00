"""What a command is at, for a person who waits: how far, how long, and whose lock is in the way. Silent in a pipe.

A step's name is printed when it begins. If it takes long, a line under it tells how long, how many revisions are
through, and what the server says the command waits for; that line goes away with the step.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator
from contextlib import closing, suppress
from functools import wraps
from typing import Any

from rich.console import Console
from rich.text import Text

from dbtools.report import visible

# Seconds until a step is said to take long, and between two looks.
LONG = 2.0
EVERY = 1.0

# Other sessions of ours: a command's own, and those of the programs that it runs.
_WAITS = """
select b.pid, a.query, a.usename, a.application_name,
  a.state || ' for ' || round(extract(epoch from clock_timestamp() - a.xact_start)) || ' s'
from pg_stat_activity as w
  cross join lateral unnest(pg_blocking_pids(w.pid)) as b (pid)
  left join pg_stat_activity as a on b.pid = a.pid
where w.wait_event_type = 'Lock' and w.datname = current_database() and w.usename = current_user
  and w.backend_start >= to_timestamp(%s) and (w.application_name ~ '^dbtools' or w.application_name = 'pg_dump')
"""


class Progress(logging.Handler):
    """Where the steps of one command are told, on a console that people see.

    Args:
        console: on stderr; nothing is written to one that is no terminal.

    Set `url` to have the database asked what is waited for. As a handler of the logger `dbtools.progress` it hears how
    many revisions are through.
    """

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.url = ""
        self._console = console
        self._born = time.time()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._far = ""

    def say(self, text: str) -> None:
        """Begin a step; the one before is over."""
        self.done()
        if not self._console.is_terminal:
            return
        self._console.print(Text(visible(text), "dim"))
        self._far = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._show, args=(self._ended,), daemon=True)
        self._thread.start()

    def done(self) -> None:
        """End the step, so that something else may be printed."""
        self._ended.set()
        if self._thread:
            # It may be asking a server that does not answer; that is nothing to wait for.
            self._thread.join(3)
            self._thread = None

    def emit(self, record: logging.LogRecord) -> None:
        """Hear how far a step is."""
        self._far = record.getMessage()

    def _show(self, ended: threading.Event) -> None:
        started = time.monotonic()
        if ended.wait(LONG):
            return
        with self._console.status("") as status, closing(self._waits()) as waits:
            while not ended.is_set():
                parts = [f"{time.monotonic() - started:.0f} s", self._far, next(waits)]
                status.update(Text(visible("; ".join(filter(None, parts))), "dim"))
                ended.wait(EVERY)

    def _waits(self) -> Generator[str]:
        """What is waited for, asked anew each time; empty where nothing is, or nobody says."""
        import psycopg  # noqa: PLC0415  (most commands are over before anybody waits)

        from dbtools.runner.observer import describe  # noqa: PLC0415  (as above)

        with suppress(psycopg.Error):
            if self.url:
                with psycopg.connect(self.url, autocommit=True, connect_timeout=2, prepare_threshold=None) as session:
                    session.execute("set statement_timeout = '1s'")
                    while True:
                        found = [describe(*row) for row in session.execute(_WAITS, [self._born])]
                        yield f"waits for {'; '.join(found)}" if found else ""
        while True:
            yield ""


current = Progress(Console(stderr=True, highlight=False))
say = current.say


def begin() -> None:
    """Listen for how far a step is."""
    heard = logging.getLogger("dbtools.progress")
    heard.setLevel(logging.INFO)
    heard.addHandler(current)


def show_sql() -> None:
    """From now on print every statement to stderr as it is sent, without the values, which may be secrets."""
    import psycopg  # noqa: PLC0415  (only who asks for it pays)
    from psycopg import sql  # noqa: PLC0415  (as above)

    execute = psycopg.Cursor.execute
    if hasattr(execute, "__wrapped__"):  # asked for before the command's name and behind it
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)

    @wraps(execute)
    def shown(self: psycopg.Cursor[Any], query: Any, *arguments: Any, **options: Any) -> psycopg.Cursor[Any]:
        if query != _WAITS:
            text = query.as_string(self) if isinstance(query, sql.Composable) else query
            text = text.decode(errors="replace") if isinstance(text, bytes) else text
            console.print(Text(visible(text.strip()), "cyan"))
        return execute(self, query, *arguments, **options)

    psycopg.Cursor.execute = shown  # type: ignore[assignment, method-assign]
