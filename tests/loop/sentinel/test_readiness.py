"""/ready and /status are true: 503 with the reason when passes fail or are late, or nobody leads."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from loop.sentinel import SentinelOptions, background, scheduler
from tests.conftest import Connect
from tests.loop.sentinel.programs import not_ready, status, until


def test_status_says_who_leads_and_what_the_last_pass_did(sentinel: str) -> None:
    until(lambda: not not_ready(sentinel))
    shown = status(sentinel)
    assert (shown["ready"], shown["reasons"], shown["leader"], shown["term"]) == (True, [], True, 1)
    assert shown["ledBy"] == shown["name"]
    assert set(shown["lastPass"]) == {"at", "seconds", "assigned"}


def test_a_pass_that_fails_is_the_reason(sentinel: str, database: Any) -> None:
    until(lambda: not not_ready(sentinel))
    database.change("revoke execute on function private.assign_chunks(integer) from service_role")
    database.submit(1000, baseDps=1)
    until(lambda: not_ready(sentinel) != "")
    reason = "the last assignment pass failed: permission denied for function assign_chunks"
    assert not_ready(sentinel) == reason
    assert status(sentinel)["reasons"] == [reason]
    assert status(sentinel)["ready"] is False
    database.change("grant execute on function private.assign_chunks(integer) to service_role")
    until(lambda: not_ready(sentinel) == "")


def test_a_pass_that_is_late_is_the_reason(
    sentinel: str, database: Any, head_url: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "LATE", 1.0)
    until(lambda: not not_ready(sentinel))
    blocker = connect(head_url)
    blocker.execute("select pg_advisory_lock(hashtextextended('private.assign_chunks', 0))")
    database.submit(1000, baseDps=1)
    until(lambda: not_ready(sentinel).startswith("the assignment pass is late: the last one ended "))
    blocker.execute("select pg_advisory_unlock_all()")
    until(lambda: not_ready(sentinel) == "")


def test_that_nobody_leads_is_the_reason(
    sentinel_options: SentinelOptions, database: Any, head_url: str, connect: Connect
) -> None:
    database.change("update private.leader set expires_at = now() + interval '3 seconds', holder = 'gone'")
    with background(sentinel_options) as url:
        until(lambda: not_ready(url) == "")
        assert (status(url)["leader"], status(url)["ledBy"]) == (False, "gone")
        # No term begins while somebody holds the one before.
        holder = connect(head_url, autocommit=False)
        holder.execute("select from private.leader for key share")
        until(lambda: not_ready(url) == "no sentinel leads")
        assert status(url)["ledBy"] is None
        holder.rollback()
        until(lambda: not_ready(url) == "")
        assert (status(url)["leader"], status(url)["term"]) == (True, 1)


def test_a_database_that_does_not_answer_is_the_reason_and_status_still_says_so(
    sentinel: str, database: Any, head_url: str, connect: Connect
) -> None:
    until(lambda: not not_ready(sentinel))
    blocker = connect(head_url, autocommit=False)
    blocker.execute("lock table private.settings, public.jobs_chunks in access exclusive mode")
    until(lambda: "no notifications are heard" in not_ready(sentinel))
    shown = status(sentinel)
    assert shown["counts"] is None
    assert shown["ready"] is False
    assert httpx.get(sentinel + "/ready").headers["Retry-After"]
    blocker.rollback()
    until(lambda: not_ready(sentinel) == "")
