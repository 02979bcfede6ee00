"""Alembic's own commands, on a copy of this repository whose `sql/` has been edited."""

from __future__ import annotations

import shlex

import psycopg
import pytest
from alembic import command
from alembic.util import CommandError

from dbtools import alembic_env, catalog
from dbtools.errors import RenamesError
from dbtools.model.compare import compare
from dbtools.model.snapshot import Snapshot
from dbtools.project import Project
from dbtools.revise import autogenerate
from dbtools.revise.answers import Answers
from dbtools.revise.command import revise
from dbtools.verify import verify
from tests.support.commands import call

LAST = "p_replication text default 'none'"
ARGUMENT = (f"{LAST}\n", f"{LAST},\n  p_priority integer default 0\n")
TYPES = ("(jsonb, integer, text, text, uuid, text)", "(jsonb, integer, text, text, uuid, text, integer)")
OLD, NEW = (f"function public.create_job{types}" for types in TYPES)


@pytest.fixture
def edited(copy: Project) -> Project:
    """The copy with another argument of `create_job`."""
    file = copy.sql / "functions" / "create_job.sql"
    file.write_text(file.read_text().replace(*ARGUMENT).replace(*TYPES))
    return copy


def versions(project: Project, number: str) -> list[str]:
    return sorted(path.name for path in (project.migrations / "versions").glob(f"{number}_*") if path.is_file())


def newest(project: Project) -> int:
    return max(int(path.name[:4]) for path in (project.migrations / "versions").glob("[0-9]*.py"))


def snapshot(url: str) -> Snapshot:
    with psycopg.connect(url) as connection:
        return catalog.read(connection)


def test_edit_revise_upgrade_verify_downgrade_check(edited: Project, head_url: str) -> None:
    before = snapshot(head_url)
    number = newest(edited) + 1
    report = revise(edited, "Jobs have a priority", head=head_url)
    stem = f"{number:04}_jobs_have_a_priority"
    assert [path.name for path in report.written] == [f"{stem}.py", f"{stem}.up.sql", f"{stem}.down.sql"]
    script = (edited.root / report.written[0]).read_text()
    assert script == (
        '"""Jobs have a priority."""\n\nfrom dbtools.revision import frozen\n\n'
        f'revision = "{number:04}"\ndown_revision = "{number - 1:04}"\nfrom_sql = ("sql/functions/create_job.sql",)\n\n'
        "upgrade, downgrade = frozen(__file__)\n"
    )
    up = (edited.root / report.written[1]).read_text()
    assert up.endswith((edited.sql / "functions" / "create_job.sql").read_text())
    assert f"-- Its calls go to {NEW}." in up

    configuration = alembic_env.config(edited, head_url)
    command.upgrade(configuration, "head")
    assert verify(head_url, edited).ok
    command.check(configuration)
    command.downgrade(configuration, "-1")
    assert compare(before, snapshot(head_url)) == []
    with pytest.raises(CommandError, match="not up to date"):
        command.check(configuration)


def test_a_renamed_function_is_asked_for_until_it_is_said_what_it_is(copy: Project, head_url: str) -> None:
    old, new = copy.sql / "functions/verify_claim_code.sql", copy.sql / "functions/check_claim_code.sql"
    new.write_text(old.read_text().replace("public.verify_claim_code", "public.check_claim_code"))
    old.unlink()
    number = f"{newest(copy) + 1:04}"
    with pytest.raises(RenamesError, match=r"--no-rename 'function public\.verify_claim_code") as caught:
        revise(copy, "Another name", head=head_url, answers=Answers())
    assert (caught.value.exit_code, versions(copy, number)) == (1, [])
    [line] = [line for line in caught.value.message.splitlines() if " --rename " in line]
    said = f"rename={shlex.split(line)[1]}"
    done = call("alembic", "-x", said, "revision", "--autogenerate", "-m", "Another name", cwd=copy.root)
    assert done.returncode == 0, done.stdout + done.stderr
    [up] = [name for name in versions(copy, number) if name.endswith(".up.sql")]
    lines = (copy.migrations / "versions" / up).read_text().splitlines()
    assert [line.split("(")[0] for line in lines] == ["alter function public.verify_claim_code"]


def test_check_needs_no_database_and_names_the_objects(edited: Project) -> None:
    done = call("alembic", "check", cwd=edited.root)
    assert done.returncode != 0
    assert f"('missing', '{NEW}')" in done.stdout + done.stderr
    assert f"('extra', '{OLD}')" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_autogenerate_writes_what_revise_writes_whatever_database_is_named(edited: Project, head_url: str) -> None:
    number = f"{newest(edited) + 1:04}"
    done = call("alembic", "revision", "--autogenerate", "-m", "Jobs have a priority", cwd=edited.root)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = edited.migrations / "versions"
    written = {name: (folder / name).read_text() for name in versions(edited, number)}
    for name in written:
        (folder / name).unlink()
    revise(edited, "Jobs have a priority", head=head_url)
    assert {name: (folder / name).read_text() for name in versions(edited, number)} == written


def test_nothing_to_revise_writes_nothing(copy: Project, head_url: str) -> None:
    assert revise(copy, "nothing", head=head_url).written == ()
    assert versions(copy, f"{newest(copy) + 1:04}") == []


def test_a_refusal_writes_nothing_and_ends_with_2(copy: Project) -> None:
    file = copy.sql / "policies" / "jobs.sql"
    file.write_text(file.read_text().replace("user_id", "owner_id"))
    done = call("dbtools", "revise", "-m", "Owners", cwd=copy.root)
    assert done.returncode == 2
    assert 'jobs.sql, line 10: column "owner_id" does not exist' in done.stderr
    assert "alembic revision -m" in done.stderr
    assert "Traceback" not in done.stderr
    assert versions(copy, f"{newest(copy) + 1:04}") == []


def test_a_revision_by_hand_is_numbered_and_has_its_two_files(copy: Project) -> None:
    number = f"{newest(copy) + 1:04}"
    done = call("alembic", "revision", "-m", "Jobs have a note", cwd=copy.root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert versions(copy, number) == [f"{number}_jobs_have_a_note{end}" for end in (".down.sql", ".py", ".up.sql")]
    assert "by hand" in (copy.migrations / "versions" / f"{number}_jobs_have_a_note.up.sql").read_text()
    assert f"{number} (head), Jobs have a note." in call("alembic", "history", cwd=copy.root).stdout
    assert "no database given" in call("alembic", "current", cwd=copy.root).stdout
    assert "needs a message" in call("alembic", "revision", cwd=copy.root).stdout


def test_one_head_is_nothing_to_merge(copy: Project) -> None:
    number = f"{newest(copy):04}"
    before = versions(copy, "")
    done = call("alembic", "merge", "-m", "Nothing", "heads", cwd=copy.root)
    assert f"there is nothing to merge with {number}" in done.stdout + done.stderr
    assert (done.returncode != 0, versions(copy, "")) == (True, before)


def test_heads_can_be_merged(copy: Project) -> None:
    configuration = alembic_env.config(copy, "")
    command.revision(configuration, "one", rev_id="one")
    command.revision(configuration, "two", rev_id="two", head=f"{newest(copy):04}", splice=True)
    command.merge(configuration, "heads", "both", rev_id="both")
    assert alembic_env.heads(copy) == ["both"]


def test_the_template_here_is_the_packages(project: Project) -> None:
    theirs = autogenerate.TEMPLATE
    assert (project.migrations / "script.py.mako").read_text() == theirs.read_text()
