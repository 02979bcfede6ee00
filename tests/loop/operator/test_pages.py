"""The pages in a real browser: wide and narrow, light and dark, by keyboard alone, with hostile names in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.loop.conftest import Database
from tests.loop.operator.conftest import TOKEN
from tests.support.browser import chromium, describe, violations
from tests.support.scene import HOSTILE, STORY

VIEWS = ["overview", "nodes", "jobs", "jobs?state=open", "disputes", f"job/{STORY}"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def open_pages(browser: Browser, url: str, scheme: Literal["light", "dark"] = "light", width: int = 1280) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 840}, color_scheme=scheme).new_page()
    page.set_default_timeout(15_000)
    page.goto(url)
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_selector(".tiles")
    return page


def show(page: Page, view: str) -> None:
    page.evaluate("view => { document.activeElement.blur(); location.hash = '#/' + view }", view)
    page.wait_for_selector("#main:focus")
    page.wait_for_selector("main .card")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390), ("light", 390), ("dark", 1280)])
def test_every_view_is_accessible_and_fits(
    browser: Browser, pages: str, scheme: Literal["light", "dark"], width: int
) -> None:
    page = open_pages(browser, pages, scheme, width)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for view in VIEWS[1:] + VIEWS[:1]:
        show(page, view)
        found = violations(page)
        assert not found, f"{view}: {describe(found)}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
    assert complaints == []


def test_the_sign_in_is_accessible_and_says_what_is_wrong(browser: Browser, pages: str) -> None:
    page = browser.new_context().new_page()
    page.goto(pages)
    page.get_by_label("Token").fill("a wrong one, for a start")
    page.keyboard.press("Enter")
    page.get_by_text("that is not the token").wait_for()
    assert violations(page) == []


def test_a_job_is_cancelled_by_keyboard_alone(browser: Browser, pages: str, database: Database) -> None:
    page = open_pages(browser, pages)
    show(page, f"job/{STORY}")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Cancel":
            break
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Cancel this job?").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert database.row("select status from public.jobs where id = %s", STORY)["status"] == "running"
    assert page.evaluate("document.activeElement.textContent") == "Cancel"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The job is cancelled").wait_for()
    assert database.row("select status from public.jobs where id = %s", STORY)["status"] == "cancelled"


def test_hostile_names_are_text(browser: Browser, pages: str) -> None:
    page = open_pages(browser, pages)
    show(page, "nodes")
    texts = page.locator("tbody td:first-child bdi").all_text_contents()
    assert set(HOSTILE) <= set(texts)
    show(page, "jobs")
    assert page.locator("main img, main script").count() == 0
    assert "owned" not in page.title()


def test_the_overview_changes_without_a_reload(browser: Browser, pages: str, database: Database) -> None:
    page = open_pages(browser, pages)
    database.change("update public.jobs set status = 'failed', error = 'brand new reason' where id = %s", STORY)
    page.get_by_text("brand new reason").wait_for(timeout=30_000)
