"""What a pull says: four words, each line under one of them, each with its way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from dbtools.model.compare import Change
from dbtools.model.snapshot import Object
from dbtools.pull import PullReport
from dbtools.pull.platform_objects import LeftOut

LEFT = LeftOut("setting x of role anon", "set it by hand")
UNPROVEN = LeftOut("Name: v; Type: VIEW", "it does not load in the shadow")
NOTED = LeftOut("schema theirs", "taken for the platform's")
CHANGE = Change("extra", Object("table", "public", "t", "table public.t"))


def report(*acknowledged: str, **said: tuple[object, ...]) -> PullReport:
    words: dict[str, tuple[object, ...]] = {"left_out": (), "differences": (), **said}
    return PullReport(Path("x"), {}, acknowledged=acknowledged, majors=(18, 18), **words)  # type: ignore[arg-type]


def test_what_is_noted_needs_nothing() -> None:
    assert report(noted=(NOTED,)).ok


def test_each_of_the_other_words_makes_the_answer_no_until_it_is_acknowledged() -> None:
    for said in ({"left_out": (LEFT,)}, {"unproven": (UNPROVEN,)}, {"differences": (CHANGE,)}):
        assert not report(**said).ok
        assert report("setting * of role anon", "*Type: VIEW", "table public.*", **said).ok


def test_an_acknowledgement_that_nothing_needs_is_said_and_changes_no_answer() -> None:
    made = report("setting *", "role gone", left_out=(LEFT,))
    assert (made.ok, made.as_dict()["acknowledged_in_vain"]) == (True, ["role gone"])
    assert "acknowledged in vain: role gone" in printed(made)


def test_people_and_machines_are_told_the_same() -> None:
    made = report(left_out=(LEFT,), unproven=(UNPROVEN,), noted=(NOTED,), differences=(CHANGE,))
    said: Any = made.as_dict()
    text = printed(made)
    for word in ("left_out", "unproven", "noted"):
        [item] = said[word]
        assert item["object"] in text
        assert f"{word.replace('_', ' ')}:\n  {item['object']}: " in text
    assert "table public.t" in text


def printed(made: PullReport) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(made)
    return captured.get()
