"""A copy of the programs works from where it lies, and copying disturbs nobody who starts one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dbtools.postgres.programs import copy


def test_no_program_is_open_for_writing_in_this_process_while_it_is_copied(tmp_path: Path) -> None:
    # What a thread forks meanwhile would have it open, too: "Text file busy" for whoever starts it then.
    programs = tmp_path / "there/of/18/bin"
    programs.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (programs / name).write_text("#!/bin/sh")
    target, opened = tmp_path / "here", list[str]()
    target.mkdir()

    def watch(event: str, given: tuple[object, ...]) -> None:
        if event == "open" and str(given[0]).startswith(str(target)) and int(str(given[2])) & (os.O_WRONLY | os.O_RDWR):
            opened.append(str(given[0]))

    sys.addaudithook(watch)
    made = copy(programs, 18, target)
    assert sorted(path.name for path in made.iterdir()) == ["initdb", "postgres"]
    assert opened == []
