"""What revisions took from `sql/`, and the text that they took, from their files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbtools.errors import ConfigError
from dbtools.project import Project
from dbtools.project.sql_folder import named
from dbtools.revise import provenance

FUNCTION = """\
-- Above it, and its own.
create or replace function public.f(p text) returns text language sql as $$ select 'a;b -- c' $$;

comment on function public.f(text) is 'f';

revoke all on function public.f(text) from public;
grant execute on function public.f(text) to authenticated;
"""
POLICIES = """\
alter table public.t enable row level security;

revoke all on table public.t from public;

drop policy if exists p on public.t;
create policy p on public.t using (true);
"""
VIEW = """\
create or replace view public.v as select 1 as a;

comment on column public.v.a is 'é';
grant select on public.v to anon;
"""


@pytest.fixture
def other(tmp_path: Path) -> Project:
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    return Project.find(tmp_path)


def add(project: Project, number: int, up: str, *lines: str) -> None:
    stem = project.migrations / "versions" / f"{number:04}_step"
    down = f'"{number - 1:04}"' if number > 1 else None
    stem.with_suffix(".py").write_text("\n".join([f'revision = "{number:04}"', f"down_revision = {down}", *lines]))
    stem.with_suffix(".up.sql").write_text(up)


def test_the_statements_about_an_object_that_stand_together_are_its_text(other: Project) -> None:
    up = f"-- The revision's own.\n\nalter table public.t add a int;\n\n{FUNCTION}\n{VIEW}\n{POLICIES}\nselect 1;\n"
    add(other, 1, up)
    assert provenance.read(other).texts == {
        named(other, "function", "public", "f"): FUNCTION,
        named(other, "view", "public", "v"): VIEW,
        named(other, "policies", "public", "t"): POLICIES,
    }


def test_the_newest_text_that_makes_an_object_counts(other: Project) -> None:
    add(other, 1, FUNCTION)
    add(other, 2, FUNCTION.replace("a;b", "new"))
    add(other, 3, "grant execute on function public.f(text) to anon;\n")
    assert provenance.read(other).texts[named(other, "function", "public", "f")] == FUNCTION.replace("a;b", "new")


def test_only_what_a_revision_says_was_taken_from_sql(other: Project) -> None:
    add(other, 1, POLICIES)
    add(other, 2, FUNCTION + VIEW, 'from_sql = ("sql/views/v.sql",)')
    assert provenance.read(other).known == (named(other, "view", "public", "v"),)


def test_revisions_from_before_took_all_that_they_make_but_the_baseline_nothing(other: Project) -> None:
    add(other, 1, POLICIES)
    add(other, 2, FUNCTION)
    add(other, 3, VIEW)
    with (other.root / "pyproject.toml").open("a") as file:
        file.write('[tool.dbtools]\ntaken_until = "0002"\n')
    project = Project.find(other.root)
    assert provenance.read(project).known == (named(project, "function", "public", "f"),)


def test_a_revision_that_does_not_exist_is_an_error(other: Project) -> None:
    with (other.root / "pyproject.toml").open("a") as file:
        file.write('[tool.dbtools]\ntaken_until = "0002"\n')
    with pytest.raises(ConfigError, match="no revision 0002"):
        provenance.read(Project.find(other.root))


def test_what_cannot_be_parsed_has_no_texts(other: Project) -> None:
    add(other, 1, "create function nonsense" + FUNCTION)
    assert provenance.read(other).texts == {}
