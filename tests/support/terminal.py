"""A recorded terminal as SVG: real commands, what they printed, and nothing that a network would have to bring."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from dbtools.postgres.shadow import Shadow
from demo import live

COLUMNS = 104
_PROMPT = "bold #7aa2f7"
_NORMAL = [(65, 70, 84), (255, 117, 127), (140, 208, 120), (230, 190, 100), (122, 162, 247), (199, 146, 234)]
_THEME = TerminalTheme((24, 26, 33), (222, 225, 232), [*_NORMAL, (105, 203, 220), (222, 225, 232)])
# What somebody does in production by hand.
_NIGHT = """
drop trigger trg_rotations_updated_at on public.rotations;
alter table public.rotations disable row level security;
"""


def record(path: Path) -> None:
    """Pull the stand-in for a live database, change it by hand, and let `diff` say so."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: PTH123, SIM115
    with console.file, Shadow() as shadow, TemporaryDirectory() as folder:
        url = live.create(shadow, data=False)
        _run(folder, url, "dbtools init")
        _show(console, folder, url, "dbtools pull")
        console.print()
        _show(console, folder, url, "alembic stamp 0001")
        with psycopg.connect(url) as owner:
            owner.execute(_NIGHT)
        console.print()
        console.print(
            "# weeks later, after a night in which somebody mended production by hand", style="italic #8b93a7"
        )
        _show(console, folder, url, "dbtools diff")
        console.print()
        svg = console.export_svg(title="dbtools", theme=_THEME)
    # The font would come from a network; without it the reader's own one is taken, at the same width.
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "Liberation Mono"))


def _run(folder: str, url: str, command: str) -> str:
    program, *words = shlex.split(command)
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *words],
        cwd=folder,
        env={**os.environ, "DATABASE_URL": url, "COLUMNS": "1000", "FORCE_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.replace(f"{Path(folder).resolve()}/", "").replace(f"{folder}/", "")


def _show(console: Console, folder: str, url: str, command: str) -> None:
    console.print(Text("$ ", _PROMPT) + Text(command, "bold"))
    for line in Text.from_ansi(_run(folder, url, command)).split():
        line.truncate(COLUMNS, overflow="ellipsis")
        console.print(line, no_wrap=True)
