"""`make site`: stage the documents as they lie here, add the written pages, and let Zensical build them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from dbtools.project import Project
from handbook import commands, refusals, rules

ROOT = Project.find(Path(__file__).parent).root
# What is in none of these sections stands in no menu, and can be searched.
_PAGES = ("*.md", "docs/**/*.md", "bench/*.md", "loop/*.md", "examples/*/*.md")
_SECTIONS = {
    "Begin": ("README.md", "docs/tutorial.md", "docs/flows.md", "docs/glossary.md", "loop/README.md", "CHANGELOG.md"),
    "How to": ("docs/howto/*.md", "examples/*/README.md"),
    "Reference": ("docs/reference/*.md",),
    "Hazards": ("docs/reference/hazards/*.md",),
    "Why": ("docs/trust.md", "docs/transition.md", "docs/review.md", "docs/decisions/*.md", "bench/README.md"),
    "Work on it": ("CONTRIBUTING.md",),
}
_SETTINGS = """
[project]
site_name = "dbtools"
site_description = "Database-first migrations for Supabase and Postgres"
docs_dir = "pages"
site_dir = "site"
use_directory_urls = false
copyright = "Apache-2.0"
nav = {nav}

[project.theme]
font = false
features = ["content.code.copy", "navigation.sections", "navigation.top", "search.highlight"]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"
toggle.icon = "lucide/sun"
toggle.name = "Dark"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
toggle.icon = "lucide/moon"
toggle.name = "Light"
"""
_LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)\s]*)?\))")
_NETWORK = re.compile(r'<script[^>]*src="https://[^>]*></script>')


def build(to: Path) -> None:
    """Build the site into that folder, whose content goes.

    Raises:
        SystemExit: a link leads nowhere, or a page cannot be read; Zensical has said which.
    """
    shutil.rmtree(to, ignore_errors=True)
    pages = to / "pages"
    for path in sorted({path for pattern in _PAGES for path in ROOT.glob(pattern)}):
        _stage(path, pages)
    reference = pages / "docs/reference"
    (reference / "commands.md").write_text(commands.page())
    (reference / "errors.md").write_text(refusals.page(ROOT))
    (reference / "rules.md").write_text(rules.page(ROOT / "dbtools/verify/levels/rules"))
    (to / "zensical.toml").write_text(_SETTINGS.format(nav=_nav(pages)))
    done = subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--strict"],
        cwd=to,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr.partition("Traceback")[0] or done.stderr)
    # What is left of the network: a helper for the search on pages that are opened from a disk.
    for path in (to / "site").rglob("*.html"):
        path.write_text(_NETWORK.sub("", path.read_text()))


def _stage(path: Path, pages: Path) -> None:
    """Copy a page and what it shows; links to folders lead to their README."""

    def followed(found: re.Match[str]) -> str:
        target = path.parent / found[2]
        if found[2].startswith(("http:", "https:", "mailto:")) or not target.exists():
            return found[0]
        if target.is_dir():
            _list(target.resolve(), pages)
            return f"{found[1]}{found[2].rstrip('/')}/README.md{found[3]}"
        if target.suffix != ".md":
            _copy(target.resolve(), pages)
        return found[0]

    text = _LINK.sub(followed, path.read_text())
    destination = pages / path.relative_to(ROOT)
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(text)


def _list(folder: Path, pages: Path) -> None:
    """A page for a folder that has none of its own: what lies in it, under its title or its name."""
    if (folder / "README.md").exists():
        return
    lines = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        if path.suffix != ".md":
            _copy(path, pages)
        title = path.read_text().partition("\n")[0].lstrip("# ") if path.suffix == ".md" else path.name
        lines.append(f"- [{title}]({path.name})")
    page = pages / folder.relative_to(ROOT) / "README.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join((f"# {folder.name.capitalize()}\n", *lines, "")))


def _copy(path: Path, pages: Path) -> None:
    destination = pages / path.relative_to(ROOT)
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, destination)


def _nav(pages: Path) -> str:
    """The menu, as TOML; JSON's strings and lists are TOML's too."""
    sections = []
    for title, patterns in _SECTIONS.items():
        # A folder's own page comes first.
        found = [
            path
            for pattern in patterns
            for path in sorted(pages.glob(pattern), key=lambda path: (path.name != "README.md", path.name))
        ]
        sections.append(f"{{{json.dumps(title)} = {json.dumps([str(path.relative_to(pages)) for path in found])}}}")
    return f"[{', '.join(sections)}]"


if __name__ == "__main__":
    folder = ROOT / "dist/handbook"
    build(folder)
    print(f"{folder / 'site'}: python3 -m http.server --directory {(folder / 'site').relative_to(ROOT)} serves it")
