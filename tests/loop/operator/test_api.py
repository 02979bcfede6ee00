"""What the pages read and change, and for whom."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from loop.errors import ConfigError
from loop.sentinel import OperatorOptions, SentinelOptions, serve
from loop.sentinel import operator as operator_pages
from tests.loop.conftest import Database
from tests.loop.operator.conftest import TOKEN
from tests.support.scene import OWNER, STORY

STATIC = Path(operator_pages.__file__).with_name("static")
JSON = {"Content-Type": "application/json"}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("path", ["overview", "events", "nodes", "jobs", "disputes", f"jobs/{STORY}"])
def test_nothing_is_told_without_the_token(pages: str, path: str) -> None:
    assert code(httpx.get(f"{pages}/api/{path}")) == (401, "not_signed_in")
    assert code(httpx.get(f"{pages}/api/{path}", headers={"Authorization": "Bearer wrong"})) == (401, "not_signed_in")
    forged = {"Cookie": "loop_operator=9999999999.abcdef"}
    assert code(httpx.get(f"{pages}/api/{path}", headers=forged)) == (401, "not_signed_in")


def test_the_token_buys_a_cookie_that_no_script_reads(pages: str) -> None:
    assert code(httpx.post(f"{pages}/api/sign-in", json={"token": "x" * 30})) == (401, "token_wrong")
    answer = httpx.post(f"{pages}/api/sign-in", json={"token": TOKEN})
    assert answer.status_code == 204
    assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
    assert httpx.get(f"{pages}/api/nodes", cookies=answer.cookies).status_code == 200


def test_another_sites_page_changes_nothing(operator: httpx.Client) -> None:
    elsewhere = operator.post(f"/api/jobs/{STORY}/cancel", json={}, headers={"Sec-Fetch-Site": "cross-site"})
    form = operator.post(f"/api/jobs/{STORY}/cancel", data={"a": "b"})
    assert code(elsewhere) == code(form) == (403, "not_from_here")


def test_the_browser_is_told_to_run_nothing_from_elsewhere(pages: str) -> None:
    policy = httpx.get(pages).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_asks_for_all_its_modules_at_once() -> None:
    index = (STATIC / "index.html").read_text()
    assert {path.name for path in STATIC.glob("*.js")} == set(re.findall(r'(?:href|src)="/static/(\w+\.js)"', index))


def test_a_short_token_is_refused_at_the_start(sentinel_options: SentinelOptions) -> None:
    options = SentinelOptions(sentinel_options.database_url, port=0, operator=OperatorOptions("short"))
    with pytest.raises(ConfigError, match="fewer than 20"):
        serve(options)


def overview(operator: httpx.Client, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The overview, once it has everything and fits; it is read while somebody looks."""
    deadline = time.monotonic() + 30
    with operator.stream("GET", "/api/events") as stream:
        for line in stream.iter_lines():
            assert time.monotonic() < deadline
            if line.startswith("data: ") and '"database":null' not in line:
                told = dict(httpx.Response(200, content=line[6:]).json())
                if fits(told):
                    return told
    raise AssertionError("the events ended")


def test_the_overview_counts_what_the_database_holds(operator: httpx.Client, database: Database) -> None:
    pending = "select count(*) as n from public.jobs_chunks where status = 'pending' and node_id is null"
    # The sentinel assigns at the same time.
    found = overview(operator, lambda told: bool(told["queue"]["chunks"] == database.row(pending)["n"]))
    assert found["disputes"]["open"] == 9
    assert found["failures"]["failed"] == 3
    assert found["rights"] == {"act": True, "trust": True, "disputes": True, "block": True}
    assert found["sentinel"]["version"]


def test_nodes_come_in_pages_and_can_be_searched(operator: httpx.Client) -> None:
    first, second = (operator.get("/api/nodes", params={"page": page}).json() for page in (1, 2))
    assert (first["total"], first["pages"], len(first["rows"])) == (64, 2, 50)
    assert not {row["id"] for row in first["rows"]} & {row["id"] for row in second["rows"]}
    found = operator.get("/api/nodes", params={"search": "ATTIC-08"}).json()["rows"]
    assert [row["name"] for row in found] == ["attic-08"]
    assert code(operator.get("/api/nodes", params={"page": "0"})) == (400, "bad_field")
    assert code(operator.get("/api/nodes", params={"state": "odd"})) == (400, "bad_field")


def test_a_job_is_cancelled_once_and_then_can_be_no_more(operator: httpx.Client, database: Database) -> None:
    answer = operator.post(f"/api/jobs/{STORY}/cancel", json={})
    assert answer.json()["status"] == "cancelled"
    assert database.row("select status from public.jobs where id = %s", STORY)["status"] == "cancelled"
    assert code(operator.post(f"/api/jobs/{STORY}/cancel", json={})) == (409, "job_not_open")
    assert code(operator.post(f"/api/jobs/{STORY}/retry", json={})) == (409, "job_not_failed")
    assert code(operator.post(f"/api/jobs/{OWNER}/cancel", json={})) == (404, "job_not_found")


def test_an_owner_is_blocked_and_unblocked(operator: httpx.Client, database: Database) -> None:
    blocked = "select coalesce(blocked_until > now(), false) as so from private.owner_trust where owner = %s"
    for what, expected in (("block", True), ("unblock", False)):
        assert operator.post(f"/api/owners/{OWNER}/{what}", json={}).status_code == 204
        assert database.row(blocked, OWNER)["so"] is expected


def test_what_the_login_may_not_see_is_said_and_not_shown_as_nothing(poor_pages: str) -> None:
    with httpx.Client(base_url=poor_pages, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20) as client:
        assert client.get("/api/nodes").json()["unseen"] is True
        assert client.get("/api/disputes").json()["unseen"] is True
        assert client.get(f"/api/jobs/{STORY}").json()["unseen"] is True
        assert code(client.post(f"/api/jobs/{STORY}/cancel", json={})) == (403, "login_may_not")
        assert code(client.post(f"/api/owners/{OWNER}/block", json={})) == (403, "login_may_not")


def test_the_story_ends_in_the_jobs_result(operator: httpx.Client, database: Database) -> None:
    told = operator.get(f"/api/jobs/{STORY}").json()
    result = database.row("select private.job_result(%s) as r", STORY)["r"]
    iterations, mean, error = told["convergence"][-1]
    assert iterations == result["totalIterations"]
    assert mean == pytest.approx(result["meanDps"], rel=1e-12)
    assert error == pytest.approx(result["standardError"], rel=1e-9)
    assert sum(told["means"]["counts"]) == result["chunksCompleted"]
    assert sum(len(lane["bars"]) for lane in told["timeline"]["lanes"]) == 400 - told["statuses"]["pending"]
