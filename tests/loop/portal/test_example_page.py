"""examples/portal in a real browser, at a real API: wide and narrow, light and dark, by keyboard alone."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from itertools import product
from typing import Literal

import psycopg
import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, expect

from tests.conftest import NPM, missing
from tests.support.browser import chromium, describe, violations
from tests.support.lite import Api
from tests.support.portal_page import FOLDER, HOSTILE, Player, served, sign_in


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(api: Api) -> Iterator[str]:
    with served(api) as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(browser: Browser, url: str, api: Api) -> Iterator[tuple[Player, StorageState]]:
    """A player, and what the browser keeps once the player has signed in."""
    with psycopg.connect(api.database_url, autocommit=True) as owner:
        player = Player(api, owner)
        page = fresh(browser)
        page.goto(url)
        sign_in(page, player.email)
        page.get_by_role("heading", name="My simulations").wait_for()
        yield player, page.context.storage_state()


@pytest.fixture
def player(signed_in: tuple[Player, StorageState]) -> Player:
    player, _ = signed_in
    player.forget()
    return player


@pytest.fixture
def page(browser: Browser, url: str, player: Player, signed_in: tuple[Player, StorageState]) -> Iterator[Page]:
    """The page, with the player signed in and without jobs."""
    page = fresh(browser, signed_in[1])
    page.goto(url)
    page.get_by_text("Nothing yet").wait_for()
    yield page
    page.context.close()


def fresh(browser: Browser, kept: StorageState | None = None) -> Page:
    page = browser.new_context(storage_state=kept).new_page()
    page.set_default_timeout(15_000)
    return page


def ask_for(page: Page, iterations: int) -> None:
    page.get_by_label("Iterations", exact=True).fill(str(iterations))
    page.get_by_role("button", name="Simulate").click()


def test_a_fight_from_its_submission_to_its_result(page: Page, player: Player) -> None:
    ask_for(page, 4000)
    page.get_by_text("Submitted, in 4 chunks.").wait_for()
    page.get_by_text("Waiting for one of your own nodes").wait_for()
    chunks = player.take()
    player.tell(chunks[:1])
    page.get_by_text("1,000 of 4,000 iterations").wait_for()
    assert page.locator("progress").get_attribute("value") == "1000"
    player.tell(chunks[1:])
    page.get_by_text("A fight is done.").wait_for()
    # The mean of 1,500, 1,500, 1,501 and 1,502.
    page.get_by_text("1,500.75 DPS\u00a0±\u00a0").wait_for()
    page.get_by_text("Two of three fights lie between 1,441 and 1,561.").wait_for()
    assert page.get_by_role("button", name="Cancel").count() == 0


def test_a_job_is_cancelled_by_keyboard_alone(page: Page, player: Player) -> None:
    job = player.submit(1000)
    page.reload()
    stop = page.get_by_role("button", name="Cancel", exact=True)
    stop.wait_for()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Cancel":
            break
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Cancel this simulation?").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(stop).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Cancelled after 0 of 1,000 iterations").wait_for()
    [status] = player.conn.execute("select status from public.jobs where id = %s", [job]).fetchone() or [None]
    assert status == "cancelled"
    expect(page.locator("#jobs h2")).to_be_focused()


def test_a_failed_job_says_why_and_is_tried_again(page: Page, player: Player) -> None:
    player.submit(1000)
    player.fail("program exited with status 139")
    page.reload()
    page.get_by_text("It failed: 1 of 1 chunks failed, the first with: program exited with status 139").wait_for()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Waiting for one of your own nodes").wait_for()


def test_what_is_refused_is_said_with_what_to_do(page: Page, player: Player) -> None:
    ask_for(page, 0)
    expect(page.locator("#fight .problem")).to_have_text(
        "That is not a possible number of iterations. Ask for 1 to 10000000 iterations."
    )
    assert violations(page) == []
    ask_for(page, 1000)
    page.get_by_text("Submitted, in 1 chunk.").wait_for()
    expect(page.locator("#fight .problem")).to_be_hidden()


def test_who_is_not_known_is_told_and_can_create_an_account(browser: Browser, url: str) -> None:
    page = fresh(browser)
    page.goto(url)
    assert violations(page) == []
    sign_in(page, "nobody@example.org", "not the password")
    page.get_by_text("There is no account with this e-mail and password. Check both, or create an account.").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Create an account").click()
    page.get_by_role("heading", name="My simulations").wait_for()
    assert page.locator("#who").text_content() == "nobody@example.org"
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in").wait_for()
    page.reload()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_a_submission_whose_answer_is_lost_makes_one_job_when_it_is_repeated(page: Page, player: Player) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/rpc/create_job", lose_the_answer, times=1)
    ask_for(page, 1000)
    page.get_by_text("The service does not answer. Look whether you are online, and try again.").wait_for()
    assert player.jobs() == 1
    page.get_by_role("button", name="Simulate").click()
    page.get_by_text("Submitted").wait_for()
    assert player.jobs() == 1
    page.get_by_role("button", name="Simulate").click()
    page.locator(".job").nth(1).wait_for()
    assert player.jobs() == 2


def test_the_page_goes_on_when_the_service_answers_again(page: Page, player: Player) -> None:
    player.submit(1000)
    page.reload()
    page.get_by_text("Waiting for").wait_for()
    page.route("**/rest/v1/jobs?*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    trouble = page.locator("#trouble")
    expect(trouble).to_contain_text("The service does not answer.")
    page.unroute("**/rest/v1/jobs?*")
    player.tell(player.take())
    page.get_by_text("1,500 DPS").wait_for()
    expect(trouble).to_be_hidden()


def test_a_session_that_has_ended_leads_back_to_the_sign_in(page: Page) -> None:
    page.route("**/rpc/create_job", lambda route: route.fulfill(status=401, json={"code": "PGRST303"}))
    ask_for(page, 1000)
    page.get_by_text("You are signed in no more. Sign in again.").wait_for()
    assert page.get_by_role("button", name="Simulate").count() == 0


def test_older_jobs_come_when_they_are_asked_for(page: Page, player: Player) -> None:
    for _ in range(21):
        player.submit(1000)
    page.reload()
    page.get_by_role("button", name="Show older ones").click()
    expect(page.locator(".job")).to_have_count(21)
    expect(page.get_by_role("button", name="Show older ones")).to_be_hidden()


def test_every_state_is_accessible_and_fits_and_hostile_names_are_text(page: Page, player: Player) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    player.paint(HOSTILE, error="<img src=x onerror=\"document.title='owned'\">" + "trace " * 3000)
    page.reload()
    expect(page.locator(".job")).to_have_count(5)
    for status in ("waiting", "running", "done", "failed", "cancelled"):
        page.locator(".pill", has_text=status).wait_for()
    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for scheme, width in product(schemes, (1280, 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        found = violations(page)
        assert not found, describe(found)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    # Names and errors are text, whatever they hold.
    assert set(HOSTILE) <= set(page.locator(".job h2 bdi").all_text_contents())
    assert set(HOSTILE) <= set(page.locator("option").all_text_contents())
    assert page.locator("main img, main script").count() == 0
    assert page.title() == "Simulations"


def test_the_browser_is_told_to_run_nothing_from_elsewhere(page: Page) -> None:
    policy = page.locator("meta[http-equiv]").get_attribute("content") or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (
        page.evaluate("document.head.append(Object.assign(document.createElement('script'), {text: 'x = 1'})), self.x")
        is None
    )


def test_the_client_is_the_one_from_npm() -> None:
    client = NPM / "@supabase/supabase-js"
    if not client.exists():
        missing("supabase-js is not installed: npm install --prefix tests/npm")
    assert filecmp.cmp(client / "dist/umd/supabase.js", FOLDER / "vendor/supabase.js", shallow=False)
    assert filecmp.cmp(client / "LICENSE", FOLDER / "vendor/LICENSE", shallow=False)
