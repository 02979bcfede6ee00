"""Nothing of a program is left: not after a cancel, a limit, a stop or a kill, and nothing of what it has started."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from loop.node.limits import Limits
from loop.node.memory import MemoryWatch
from loop.node.process import SimulationError
from loop.node.program import Command, Program
from tests.loop.node.conftest import Start, gone

# A shell that starts a child in the background, one that leaves its process group, and one that it waits for; each of
# them writes its id into a file of that name, then sleeps. None of them ends by itself, nor at SIGTERM.
WRAPPER = """
trap '' TERM
sleeper='import os,signal,sys,time; signal.signal(signal.SIGTERM, signal.SIG_IGN)
if sys.argv[1] == "escaped":
    if os.fork(): os._exit(0)
    os.setsid()
open(sys.argv[1] + ".new", "w").write(str(os.getpid())); os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)'
echo $$ > shell
"$PYTHON" -c "$sleeper" background &
"$PYTHON" -c "$sleeper" escaped
"$PYTHON" -c "$sleeper" waited
echo never
"""
NAMES = ("shell", "background", "escaped", "waited")


@pytest.fixture
def wrapper(tmp_path: Path) -> Path:
    (tmp_path / "wrapper").write_text(WRAPPER.replace('"$PYTHON"', f"'{sys.executable}'"))
    return tmp_path / "wrapper"


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    """What a failed test leaves running is ended."""
    yield
    for name in NAMES:
        for file in tmp_path.rglob(name):
            if not gone([pid := int(file.read_text())], 0):
                os.kill(pid, signal.SIGKILL)


def all_running(folder: Path, seconds: float = 20) -> list[int]:
    """The ids of all that the wrapper starts, once they run."""
    deadline = time.monotonic() + seconds
    while not all((folder / name).exists() for name in NAMES):
        assert time.monotonic() < deadline, sorted(folder.iterdir())
        time.sleep(0.01)
    pids = [int((folder / name).read_text()) for name in NAMES]
    assert not gone(pids, 0)
    return pids


# A node


def test_a_killed_node_leaves_nothing_running(sentinel: str, database: Any, start: Start, wrapper: Path) -> None:
    node = start(sentinel, program=f"sh '{wrapper}'")
    database.submit(1000, baseDps=1)
    pids = [*all_running(node.folder), *(process.pid for process in node.family())]
    node.process.kill()
    assert gone(pids)


def test_a_cancelled_chunk_leaves_nothing_running(sentinel: str, database: Any, start: Start, wrapper: Path) -> None:
    node = start(sentinel, program=f"sh '{wrapper}'")
    job = database.submit(1000, baseDps=1)
    pids = all_running(node.folder)
    database.as_user("select public.cancel_job(%s)", job)
    node.says("no longer wanted")
    # It says so when they are gone.
    assert gone(pids, 0)
    assert node.family() == []


def test_a_stopped_node_ends_a_program_that_hangs_within_its_grace(
    sentinel: str, database: Any, start: Start, wrapper: Path
) -> None:
    node = start(sentinel, "--grace", "1.5", program=f"sh '{wrapper}'")
    job = database.submit(1000, baseDps=1)
    pids = all_running(node.folder)
    node.stop()
    assert node.ends(1.5 + 2) == 0, node.printed
    assert gone(pids, 0)
    assert any("handed back: the node stopped before it was done" in line for line in node.printed)
    chunk = database.row("select status, node_id from public.jobs_chunks where job_id = %s", job)
    assert chunk == {"status": "pending", "node_id": None}


def test_a_second_signal_ends_the_node_at_once(sentinel: str, database: Any, start: Start, wrapper: Path) -> None:
    node = start(sentinel, "--grace", "600", program=f"sh '{wrapper}'")
    database.submit(1000, baseDps=1)
    pids = all_running(node.folder)
    node.stop(signal.SIGINT)
    node.says("stopping: 1 chunks to finish")
    node.stop()
    assert node.ends(5) == -signal.SIGTERM
    assert gone(pids)


def test_a_chunk_that_takes_too_long_fails_and_leaves_nothing_running(
    sentinel: str, database: Any, start: Start, wrapper: Path
) -> None:
    node = start(sentinel, "--timeout", "600", program=f"sh '{wrapper}'")
    # The job asks for less than the node would give it; enough for all of them to have started.
    database.submit(1000, chunkLimits={"timeoutSeconds": 3})
    pids = all_running(node.folder)
    node.says("failed: it was not computed within 3 seconds")
    assert gone(pids, 0)


def test_the_terminals_ctrl_c_does_not_reach_the_programs(
    sentinel: str, database: Any, start: Start, gate: Any
) -> None:
    node = start(sentinel, gated=True)
    database.submit(1000, baseDps=1)
    running, _ = gate.begun()
    groups = {os.getpgid(process.pid) for process in node.family()}
    assert os.getpgid(node.process.pid) not in groups
    node.stop(signal.SIGINT)
    node.says("stopping: 1 chunks to finish")
    with running:
        running.sendall(b"run!")
        assert node.ends() == 0
    assert any("delivered" in line for line in node.printed)


# A program


def started(command: list[str], folder: Path, trouble: Any, limits: Limits) -> str:
    """Do something once the wrapper's processes run; what becomes of the chunk."""

    async def both() -> str:
        program = Program(Command(command), MemoryWatch(), lambda _: None)
        asked = asyncio.create_task(program.compute({}, 1, 0, limits))
        try:
            await asyncio.to_thread(trouble)
            await asked
        except SimulationError as error:
            return error.message
        finally:
            await program.close()
        return ""

    return asyncio.run(both())


def guards() -> list[psutil.Process]:
    found = psutil.Process().children()
    return [process for process in found if any(word.endswith("guard.py") for word in process.cmdline())]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_guard_that_is_ended_takes_its_program_with_it(
    wrapper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.chdir(tmp_path)
    pids: list[int] = []

    def kill_the_guard() -> None:
        pids.extend(all_running(tmp_path))
        [guard] = guards()
        guard.send_signal(number)

    said = started(["sh", str(wrapper)], tmp_path, kill_the_guard, Limits())
    assert "the program ended without an answer" in said
    # Killed outright, it can take along only those that have stayed in the program's group.
    assert gone(pids if number is signal.SIGTERM else [pid for pid in pids if pid != pids[2]])


def test_what_a_program_leaves_behind_when_it_ends_is_ended_too(
    wrapper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pids: list[int] = []

    def end_the_shell() -> None:
        pids.extend(all_running(tmp_path))
        os.kill(pids[0], signal.SIGKILL)

    assert "by SIGKILL" in started(["sh", str(wrapper)], tmp_path, end_the_shell, Limits())
    assert gone(pids, 0)


def test_a_chunk_that_takes_too_much_memory_fails_wherever_it_holds_it(tmp_path: Path) -> None:
    grandchild = "x = bytearray(200_000_000); import time; time.sleep(600)"
    command = ["sh", "-c", f"'{sys.executable}' -c '{grandchild}'; echo never"]
    said = started(command, tmp_path, lambda: None, Limits(60, 100_000_000))
    assert said == "it took more than 100 MB of memory"
    # It holds that much by itself, and is left alone.
    fine = ["sh", "-c", f"'{sys.executable}' -c 'x = bytearray(50_000_000)'; exit 3"]
    assert "exit code 3" in started(fine, tmp_path, lambda: None, Limits(60, 100_000_000))


def test_the_guard_does_without_what_only_linux_has(tmp_path: Path, wrapper: Path) -> None:
    """As on macOS: no prctl, no /proc. What stays in the program's group is ended all the same."""
    script = (
        "import sys; sys.platform = 'darwin'; sys.path.insert(0, sys.argv.pop(1)); import guard;"
        "guard._children = lambda: []; guard.main(int(sys.argv[1]), sys.argv[2:])"
    )
    ours, theirs = socket.socketpair()
    folder = Path(__file__).parents[3] / "loop/node"
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", script, str(folder), str(theirs.fileno()), "sh", str(wrapper)],
            cwd=tmp_path,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        pids = all_running(tmp_path)
    assert process.wait(10) == 0
    assert gone([pid for pid in pids if pid != pids[2]])
