"""A real browser for pages, and what axe finds wrong with them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import NPM, missing

AXE = NPM / "axe-core/axe.min.js"
_RUN_AXE = "() => axe.run().then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200))]))"


@contextmanager
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        missing("no browser is installed: apt-get install chromium")
    with sync_playwright() as playwright:
        # Without the sandbox, which a container's root may not have; it loads pages of our own only.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page) -> list[Any]:
    """What axe finds; evaluated by the debugger, which the page's policy does not bind."""
    if not AXE.exists():
        missing("axe-core is not installed: npm install --prefix tests/npm")
    page.evaluate(AXE.read_text() + "; undefined")
    found: list[Any] = page.evaluate(_RUN_AXE)
    return found


def describe(found: list[Any]) -> str:
    return json.dumps(found, indent=1)
