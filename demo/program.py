"""A program that runs beside the demonstration, and what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from dbtools.project import URL_VARIABLE


class DemoError(Exception):
    """Something that the demo shows is not so."""


@dataclass
class Program:
    """A program that keeps running; what it prints goes to a file, because nobody empties a pipe."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, log: Path, *words: str, url: str = "") -> Program:
        """Start it; `words` are the program (a path, or one that is installed beside Python) and its arguments."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(Path(sys.executable).parent / words[0]), *words[1:]],
                env={**os.environ, URL_VARIABLE: url},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return cls(process, log)

    def wait_for(self, pattern: str) -> str:
        """The first group of `pattern`, once the program has printed it."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            printed = self.log.read_text()
            if match := re.search(pattern, printed):
                return match.group(1)
            if ended:
                break
            time.sleep(0.05)
        raise DemoError(f"{self.log.stem} did not say {pattern!r}:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End it, gently at first."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
