"""Differences as people and as machines read them."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from dbtools.model import render
from dbtools.model.compare import Change
from dbtools.model.snapshot import Object

JOBS = Object("table", "public", "jobs", "table public.jobs")
CHANGES = [
    Change("missing", Object("policy", "public", "own [bold]", 'policy "own [bold]" on public.jobs')),
    Change("different", JOBS, "row level security", "true", "false"),
    Change("different", JOBS, "options", None, "[]"),
]


def printed(changes: list[Change]) -> str:
    console = Console(width=120, force_terminal=True)
    with console.capture() as capture:
        console.print(render.table(changes))
    return capture.get()


def test_a_table_names_object_property_and_both_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(CHANGES)
    assert 'policy "own [bold]" on public.jobs' in text
    assert "true → false" in text
    assert "(none) → []" in text


def test_a_text_of_many_lines_is_shown_as_the_lines_that_differ() -> None:
    body = "begin\n  one;\n  two;\n  three;\n  four;\nend"
    text = printed([Change("different", JOBS, "body", body, body.replace("two", "2"))])
    assert "-  two;" in text
    assert "+  2;" in text
    assert "four" not in text


def test_colours_give_way_to_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[31m" in printed(CHANGES)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in printed(CHANGES)


def test_machines_get_plain_values() -> None:
    dicts = render.as_dicts(CHANGES)
    assert json.loads(json.dumps(dicts)) == dicts
    assert dicts[0] == {"action": "missing", "kind": "policy", "object": 'policy "own [bold]" on public.jobs'}
    assert dicts[1] == {
        "action": "different",
        "kind": "table",
        "object": "table public.jobs",
        "property": "row level security",
        "expected": "true",
        "found": "false",
    }
