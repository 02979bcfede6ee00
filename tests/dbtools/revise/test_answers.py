"""Whoever sits at a terminal is asked, one likely rename after the other."""

from __future__ import annotations

import io
from collections.abc import Callable

import psycopg
import pytest

from dbtools import catalog
from dbtools.errors import ConfigError
from dbtools.model.renames import Rename
from dbtools.model.snapshot import Object
from dbtools.revise.answers import Answers, on_terminal, settle

BEFORE = "create table public.a (id int, x int, y int); create function public.f() returns int return 1"
AFTER = """
create table public.b (id int, x int, z int); create table public.c (id int, x int);
create function public.g() returns int return 1
"""
OLD, NEW = (Object("table", "public", name, f"table public.{name}") for name in "ab")


@pytest.fixture
def settled(platform: psycopg.Connection) -> Callable[[Answers], list[str]]:
    """Settle what was renamed between BEFORE and AFTER."""
    with platform.transaction(force_rollback=True):
        platform.execute(AFTER)
        wanted = catalog.read(platform)
    platform.execute(BEFORE)

    def settled(answers: Answers) -> list[str]:
        with platform.transaction(force_rollback=True):
            return [f"{one.old.name}={one.new.name}" for one in settle(platform, wanted, answers)]

    return settled


def test_each_likely_rename_is_asked_for_until_one_is_right(settled: Callable[[Answers], list[str]]) -> None:
    asked: list[str] = []

    def ask(one: Rename) -> bool:
        asked.append(f"{one.old.name}={one.new.name}")
        return one.new.name != "c"

    assert settled(Answers(ask=ask)) == ["a=b", "y=z", "f=g"]
    assert asked == ["a=c", "a=b", "y=z", "f=g"]
    assert settled(Answers(ask=lambda _: False)) == []


def test_what_was_said_is_not_asked_for(settled: Callable[[Answers], list[str]]) -> None:
    said = Answers(["public.a=public.b", "column public.b.y=z"], ["public.f()"])
    assert settled(said) == ["a=b", "y=z"]


def test_a_rename_is_believed_also_where_something_new_has_the_old_name(platform: psycopg.Connection) -> None:
    with platform.transaction(force_rollback=True):
        platform.execute("create table public.a_old (id int, x int); create table public.a (other text)")
        wanted = catalog.read(platform)
    platform.execute("create table public.a (id int, x int)")
    [one] = settle(platform, wanted, Answers(["public.a=a_old"]))
    assert one.up.endswith("alter table public.a rename to a_old;\n")


def test_a_name_that_is_taken_is_refused(settled: Callable[[Answers], list[str]]) -> None:
    with pytest.raises(ConfigError, match=r"--rename public\.a\.x=y: head has no such object, or"):
        settled(Answers(["public.a.x=y"], ask=lambda _: False))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "yes"), [("y", True), ("\nperhaps\nn", False)])
def test_a_terminal_asks_until_it_has_an_answer(answer: str, yes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    monkeypatch.setattr("sys.stderr", said := Terminal())
    ask = on_terminal()
    assert ask is not None
    assert (ask(Rename(OLD, NEW)), "Is table public.a now table public.b?" in said.getvalue()) == (yes, True)


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert on_terminal() is None
