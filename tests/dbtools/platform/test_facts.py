"""The platform's file: what it holds, and what happens to one that was edited or comes from a newer dbtools."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbtools.errors import PlatformFileError
from dbtools.platform.facts import FILE, Facts, key, line, reference


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    reference().write(tmp_path)
    return tmp_path


def test_the_reference_says_who_owns_what() -> None:
    platform = reference()
    assert (platform.major, platform.admin, platform.owner) == (15, "supabase_admin", "postgres")
    assert platform.roles[:2] == ("supabase_admin", "postgres")
    assert {"anon", "authenticated", "service_role"} < set(platform.roles)
    assert {"auth", "storage", "realtime", "public"} < set(platform.schemas)
    assert "supabase_realtime" in platform.publications


def test_what_is_written_is_read_and_written_again_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    Facts.load(folder).write(tmp_path / "again")
    for path in folder.rglob("*.*"):
        if "again" not in path.parts:
            assert (tmp_path / "again" / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_the_order_of_the_facts_does_not_depend_on_how_they_came() -> None:
    platform = reference()
    assert platform.with_rows(reversed(platform.rows)).rows == platform.rows


def test_roles_are_numbered_anew_when_some_are_left_out() -> None:
    platform = reference()
    fewer = platform.with_rows(row for row in platform.rows if key(row) != ("role", "postgres"))
    assert sorted(row["n"] for row in fewer.of("role")) == list(range(1, len(fewer.roles) + 1))


def test_a_line_begins_with_what_names_the_fact() -> None:
    fact = reference().by_key["schema", "auth"]
    assert line(fact).startswith('{"kind": "schema", "name": "auth", ')


def test_stand_ins_that_are_no_longer_wanted_go(tmp_path: Path) -> None:
    facts = Facts.of_rows([], major=18, stand_ins={"a.control": "a", "a--1.sql": "-- a"})
    facts.write(tmp_path)
    assert Facts.load(tmp_path) == facts
    Facts.of_rows([], major=18, stand_ins={"a.control": "a", "a--2.sql": "-- a"}).write(tmp_path)
    assert sorted(path.name for path in (tmp_path / "extensions").iterdir()) == ["a--2.sql", "a.control"]


def test_a_missing_file_says_which_command_writes_it(tmp_path: Path) -> None:
    with pytest.raises(PlatformFileError, match=r"platform\.jsonl is missing") as caught:
        Facts.load(tmp_path)
    assert "dbtools pull" in caught.value.hint


@pytest.mark.parametrize(
    ("found", "put", "says"),
    [
        ('"format": 1', '"format": 2', "has format 2, and this dbtools reads none newer than 1"),
        ('{"kind": "header"', '{"kind": "hat"', "line 1: it is no header"),
        ('"postgres": 15', '"postgres": "x"', "line 1: the header must have"),
        ('{"kind": "database"', '{"kind": "castle"', "line 2: there is no kind 'castle'"),
        ('{"kind": "database"', "{", "line 2: it is no JSON"),
        ('"owner": "postgres"', '"hoarder": "postgres"', "line 2: the database has no owner"),
    ],
)
def test_an_edited_file_is_refused_with_the_line(folder: Path, found: str, put: str, says: str) -> None:
    text = (folder / FILE).read_text()
    (folder / FILE).write_text(text.replace(found, put, 1))
    with pytest.raises(PlatformFileError, match=says):
        Facts.load(folder)


def test_a_fact_that_is_said_twice_is_refused(folder: Path) -> None:
    with (folder / FILE).open("a") as file:
        file.write(line(reference().by_key["schema", "auth"]) + "\n")
    with pytest.raises(PlatformFileError, match=r"says again what line \d+ says of the same schema"):
        Facts.load(folder)


def test_nothing_is_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / FILE).read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(PlatformFileError, match="no space left"):
        Facts.of_rows([], major=18).write(folder)
    assert (folder / FILE).read_bytes() == before
    assert not list(folder.rglob("*.new"))
