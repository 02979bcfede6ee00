"""Sentinels as processes of their own, to be stopped, killed and looked at; and what one answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

PROGRAM = """
import os, time
real, ahead = time.time, float(os.environ.get("CLOCK_AHEAD", "0"))
if ahead:
    time.time = lambda: real() + ahead
from loop.sentinel import *
serve(SentinelOptions(os.environ["SENTINEL_DATABASE"], port=0))
"""


class Sentinel:
    """A running sentinel at `url`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        self.process = process
        self.url = process.stderr.readline().split(" on ")[1].strip()

    @property
    def leads(self) -> bool:
        return bool(status(self.url)["leader"])

    def stop(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def end(self, number: signal.Signals = signal.SIGKILL) -> str:
        """Its last words."""
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(number)
        assert self.process.stderr is not None
        words = self.process.stderr.read()
        self.process.wait(20)
        return words


@contextmanager
def sentinel_process(database_url: str, *, clock_ahead: float = 0) -> Iterator[Sentinel]:
    environment = {**os.environ, "SENTINEL_DATABASE": database_url, "CLOCK_AHEAD": str(clock_ahead)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        sentinel = Sentinel(process)
        try:
            yield sentinel
        finally:
            if process.poll() is None:
                sentinel.end()


def status(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(url + "/status", timeout=10).json()
    return found


def not_ready(url: str) -> str:
    """Why a sentinel is not ready; empty if it is."""
    answer = httpx.get(url + "/ready", timeout=10)
    return "" if answer.status_code == 200 else str(answer.json()["message"])


def until(condition: Callable[[], bool], seconds: float = 20) -> float:
    """Look until it is so; how many seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds
        time.sleep(0.02)
    return time.monotonic() - began


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; every refusal has the same shape."""
    body = answer.json()
    assert {"code", "message"} <= set(body) <= {"code", "message", "hint"}
    assert "Traceback" not in answer.text
    return answer.status_code, body["code"]
