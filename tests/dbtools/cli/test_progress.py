"""Who waits at a terminal is told for what and how long; a pipe is told nothing."""

from __future__ import annotations

import io
import logging
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from dbtools.cli import progress as module
from dbtools.cli.progress import Progress
from dbtools.postgres.connection import connect as open_session
from dbtools.project import Project
from tests.conftest import Connect
from tests.support.commands import call


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> tuple[Progress, Callable[[], str]]:
    """A progress that loses patience at once, on a terminal; and what was written to that so far."""
    monkeypatch.setattr(module, "LONG", 0.01)
    monkeypatch.setattr(module, "EVERY", 0.05)
    screen = io.StringIO()
    return Progress(Console(file=screen, force_terminal=True, width=300)), screen.getvalue


def until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_long_step_says_how_long_how_far_and_whose_lock_it_waits_for(
    told: tuple[Progress, Callable[[], str]], platform_url: str, connect: Connect
) -> None:
    progress, screen = told
    holder = connect(platform_url, autocommit=False)
    holder.execute("create table public.held (note text)")
    holder.commit()
    holder.execute("lock table public.held")
    progress.url = platform_url
    with open_session(platform_url, autocommit=True) as waiting:
        reader = threading.Thread(target=waiting.execute, args=["select 'geheim' from public.held"])
        reader.start()
        progress.say("reading the target")
        progress.emit(logging.makeLogRecord({"msg": "upgraded to 0002 (2 of 9, 0.01 s): x"}))
        until(lambda: f"waits for process {holder.info.backend_pid} (postgres, " in screen())
        assert "0 s; upgraded to 0002 (2 of 9, 0.01 s): x; waits for" in screen()
        holder.rollback()
        reader.join()
    progress.done()
    assert "reading the target\n" in screen().replace("\x1b[2m", "").replace("\x1b[0m", "")
    assert "lock table public.held" in screen()


def test_a_database_that_does_not_answer_keeps_nobody(told: tuple[Progress, Callable[[], str]]) -> None:
    progress, screen = told
    progress.url = "postgresql://postgres:geheim@127.0.0.1:1/none"
    progress.say("reading")
    until(lambda: "0 s" in screen())
    progress.done()
    assert "geheim" not in screen()


def test_a_pipe_is_told_nothing() -> None:
    screen = io.StringIO()
    progress = Progress(Console(file=screen))
    progress.say("reading")
    progress.done()
    assert screen.getvalue() == ""


@pytest.mark.parametrize(
    "words", [("doctor", "--json", "-v"), ("-v", "doctor", "-v", "--json")], ids=["behind", "both"]
)
def test_the_sql_is_shown_once_where_it_is_asked_for(words: tuple[str, ...], platform_url: str, tmp_path: Path) -> None:
    silent = call("dbtools", "doctor", "--json", url=platform_url, cwd=tmp_path)
    shown = call("dbtools", *words, url=platform_url, cwd=tmp_path)
    assert (silent.stderr, shown.stdout) == ("", silent.stdout)
    # The catalog's own reader sends with cursors of another kind.
    assert shown.stderr.count("current_user as role") == 1
    assert "pg_policy" in shown.stderr


@pytest.mark.parametrize(
    ("settings", "coloured"),
    [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colour_is_as_the_environment_says(
    settings: dict[str, str], coloured: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    done = call("dbtools", "init", "--ci", "github", cwd=tmp_path)
    assert ("\x1b[33m" in done.stdout) == coloured


def test_a_shell_completes_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("_DBTOOLS_COMPLETE", "complete_bash"), ("COMP_WORDS", "dbtools do"), ("COMP_CWORD", "1")):
        monkeypatch.setenv(name, text)
    assert call("dbtools", cwd=tmp_path).stdout.split() == ["doctor", "docs"]


def test_a_terminal_gets_the_report_after_the_steps_and_no_rest_of_them(head_url: str, project: Project) -> None:
    """On a real terminal, with both streams on it."""
    ours, theirs = pty.openpty()
    program = [str(Path(sys.executable).with_name("dbtools")), "verify", "create_job", "--db-url", head_url]
    with subprocess.Popen(program, cwd=project.root, stdout=theirs, stderr=theirs, stdin=theirs) as running:
        os.close(theirs)
        text = b""
        while part := _read(ours):
            text += part
        assert running.wait(60) == 0
    os.close(ours)
    assert 0 <= text.find(b"reading the database") < text.find(b"as declared")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        # Linux says so at a terminal's end.
        return b""
