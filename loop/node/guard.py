"""Runs one program and sees to it that nothing of it is left: `python guard.py DESCRIPTOR COMMAND…`.

The node does not start a program itself but this guard, a process of a few lines that needs nothing but the standard
library. The descriptor is a socket to the node. When its other end is closed, however the node ended, the guard kills
the program and all that the program has started; the same when the program itself has ended. Then it says how the
program ended, in one line, and ends too:

    started PID     first, once the program runs
    cannot REASON   it could not be started
    exit CODE       it ended by itself
    signal NUMBER   it was killed

On Linux the guard adopts orphans (PR_SET_CHILD_SUBREAPER), so that processes which leave the program's process group
are found too, and the program dies with a guard that is killed itself (PR_SET_PDEATHSIG). On macOS, which has neither,
what is killed is the process group.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(descriptor: int, command: list[str]) -> None:
    """Run that command until it or the node has ended."""
    node = socket.socket(fileno=descriptor)
    node.set_inheritable(False)
    prctl = _prctl()
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    # Who ends the guard means what it guards. The handlers do nothing: that they are there lets the wakeup be written.
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    program = _start(command, node, prctl)
    # The ends of the program's pipes are the program's: the node is to see when it has closed them.
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    status = _wait(program, node, woken)
    _end_all(program)
    if status is None:
        status = _reaped.get(program, 0)
    with suppress(OSError):
        code = os.waitstatus_to_exitcode(status)
        node.sendall((f"exit {code}\n" if code >= 0 else f"signal {-code}\n").encode())


def _start(command: list[str], node: socket.socket, prctl: Callable[[int, int], None]) -> int:
    guard = os.getpid()
    failed, report = os.pipe()  # closed by a successful exec
    program = os.fork()
    if program == 0:
        try:
            os.setsid()
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != guard:
                os._exit(1)  # it was killed before we said that we want to know
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            os.execvp(command[0], command)  # noqa: S606 -- no shell is wanted
        except OSError as error:
            os.write(report, (error.strerror or str(error)).encode())
        finally:
            os._exit(127)
    os.close(report)
    with open(failed, "rb") as pipe:  # noqa: PTH123 -- a descriptor
        reason = pipe.read()
    with suppress(OSError):
        node.sendall(b"cannot " + reason + b"\n" if reason else f"started {program}\n".encode())
    if reason:
        sys.exit(0)
    return program


def _wait(program: int, node: socket.socket, woken: socket.socket) -> int | None:
    """The program's status once it has ended; None when it is to be ended."""
    poll = select.poll()
    poll.register(node, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready == node.fileno():
                return None
            if {signal.SIGTERM, signal.SIGINT, signal.SIGHUP} & set(woken.recv(1000)):
                return None
        _reap(os.WNOHANG)
        if program in _reaped:
            return _reaped[program]


_reaped: dict[int, int] = {}


def _reap(options: int) -> bool:
    """Take note of the children that have ended; whether others are left."""
    while True:
        try:
            pid, status = os.waitpid(-1, options)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        _reaped[pid] = status


def _end_all(program: int) -> None:
    """Kill the program's group, then whoever turns up as our child because its parent has ended, until nobody does."""
    with suppress(OSError):
        os.killpg(program, signal.SIGKILL)
    while _reap(os.WNOHANG):
        for child in _children():
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            pid, status = os.waitpid(-1, 0)
            _reaped[pid] = status


def _children() -> list[int]:
    """Our children, as far as the system tells."""
    with suppress(OSError):
        return [int(pid) for pid in Path("/proc/thread-self/children").read_text(encoding="ascii").split()]
    found = []
    with suppress(OSError):
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError, IndexError):
                # The name, which may hold anything, stands in brackets; the parent is the second field after it.
                fields = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                if int(fields[1]) == os.getpid():
                    found.append(int(entry.name))
    return found


def _prctl() -> Callable[[int, int], None]:
    """Linux's `prctl`; elsewhere nothing."""
    if sys.platform != "linux":
        return lambda *_: None
    import ctypes  # noqa: PLC0415 -- 5 ms that only Linux needs

    library = ctypes.CDLL(None, use_errno=True)
    return lambda option, value: library.prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
