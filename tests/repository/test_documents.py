"""The documents do what they say: commands exist, the tutorial runs, the site builds without a network."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer

from dbtools.cli import app as dbtools
from dbtools.project import Project
from handbook import refusals
from handbook.__main__ import build
from loop.cli import app as loop

_BLOCK = re.compile(r"```(console|sql)\n(.*?)```", re.DOTALL)
_FILE = re.compile(r"`(sql/[^`]+)`[^`\n]*:\n\n$")


def consoles(page: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a page's consoles, each with the lines that it prints there."""
    for _, block in (found.groups() for found in _BLOCK.finditer(page) if found[1] == "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.strip().split("\n")
            yield command, lines


def shown(project: Project) -> list[str]:
    pages = [*project.root.glob("*.md"), *project.root.glob("docs/**/*.md"), *project.root.glob("loop/*.md")]
    found = [command for page in sorted(pages) for command, _ in consoles(page.read_text())]
    return sorted({re.sub(r"^([A-Z_]+=\S+ )+", "", command) for command in found})


@pytest.mark.parametrize(("name", "app"), [("dbtools", dbtools), ("loop", loop)])
def test_every_command_that_a_page_shows_takes_the_options_that_it_shows(
    project: Project, name: str, app: typer.Typer
) -> None:
    group: Any = typer.main.get_command(app)
    words = [shlex.split(command, comments=True) for command in shown(project)]
    mine = [found[1:] for found in words if found[0] == name]
    assert len(mine) > 3
    for command, *arguments in mine:
        if command.startswith("-"):
            continue
        options = {option for one in group.commands[command].params for option in (*one.opts, *one.secondary_opts)}
        given = {word.partition("=")[0] for word in arguments if word.startswith("-") and word != "-"}
        assert given <= options | {"--help"}, (name, command, *arguments)


def test_the_tutorial_runs_as_it_stands_there(project: Project, live_url: str, tmp_path: Path) -> None:
    page = (project.root / "docs/tutorial.md").read_text()
    environment = {**os.environ, "DATABASE_URL": live_url, "COLUMNS": "200"}
    for block in _BLOCK.finditer(page):
        if block[1] == "console":
            for command, lines in consoles(block[0]):
                if not command.startswith(("pip ", "export ")):
                    _run(command, lines, tmp_path, environment)
        elif file := _FILE.search(page[: block.start()]):
            (tmp_path / file[1]).write_text(block[2])
        else:
            with psycopg.connect(live_url) as owner:
                owner.execute(block[2].encode())


def _run(command: str, lines: list[str], folder: Path, environment: dict[str, str]) -> None:
    program, *words = shlex.split(command)
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == ("diff" in words), done.stdout
    expected = ".*".join(re.escape(part) for part in "\n".join(lines).split("…"))
    assert re.search(expected.replace("\\\n", "\\s+"), done.stdout, re.DOTALL), f"{command}\n{done.stdout}"


def test_the_site_builds_with_every_link_and_needs_no_network(project: Project, tmp_path: Path) -> None:
    build(tmp_path)
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 100
    for page in pages:
        text = page.read_text()
        assert not re.search(r"<(script|link|img)[^>]*(src|href)=\"?https?:", text), page


def test_every_refusal_of_the_database_has_its_cause_and_way_out_on_the_page_of_errors(project: Project) -> None:
    page = refusals.page(project.root)
    codes = set(re.findall(r"refuse\(\s*\d+,\s*'(\w+)'", "".join(p.read_text() for p in project.sql.rglob("*.sql"))))
    assert len(codes) > 20
    assert codes <= set(re.findall(r"^### (\w+)$", page, re.MULTILINE))
    assert "| this job has ended already | Only a job that is pending or running can be cancelled. |" in page
    assert "| …: no object is declared under that name |" in page or "### dbtools: verify" in page
