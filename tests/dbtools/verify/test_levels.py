"""What the levels of `dbtools verify` say of schemas that others wrote, on every major version, and in every format."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import psycopg
import pytest

from dbtools import alembic_env
from dbtools.docs.privileges import matrix
from dbtools.errors import VerifyError
from dbtools.model.compare import Change
from dbtools.model.snapshot import Object
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project
from dbtools.verify import Finding, VerifyReport, verify
from dbtools.verify.expectation import build, expectation
from dbtools.verify.levels import live
from tests.conftest import Connect
from tests.dbtools.verify.test_there import changes
from tests.support.commands import call
from tests.support.reports import check_json, check_sarif

SOMEBODY = "00000000-0000-4000-8000-00000000000a"
BLOG = Path(__file__).parent / "blog"


@pytest.fixture
def blog(tmp_path: Path) -> Project:
    """A project that somebody else wrote: camelCase, one schema, serial keys, checks of its own."""
    (tmp_path / "migrations/versions").mkdir(parents=True)
    (tmp_path / "migrations/env.py").write_text("from dbtools.alembic_env import run\n\nrun()\n")
    (tmp_path / "migrations/versions/a1_blog.py").write_text(
        "from dbtools.revision import frozen\n\nrevision = 'a1'\ndown_revision = None\n\n"
        "upgrade, downgrade = frozen(__file__)\n"
    )
    (tmp_path / "migrations/versions/a1_blog.up.sql").write_text((BLOG / "tables.sql").read_text())
    (tmp_path / "pyproject.toml").write_text("[tool.alembic]\nscript_location = '%(here)s/migrations'\n")
    for path in sorted((BLOG / "sql").rglob("*.sql")):
        target = tmp_path / "sql" / path.relative_to(BLOG / "sql")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
    return Project.find(tmp_path)


@pytest.fixture
def blog_url(blog: Project, platform_url: str, connect: Connect) -> str:
    alembic_env.upgrade(blog, platform_url)
    session = connect(platform_url)
    for path in sorted(blog.sql.rglob("*.sql")):
        if not path.name.endswith(".check.sql"):
            session.execute(path.read_bytes())
    return platform_url


def test_an_untouched_database_raises_no_alarm_on_any_major(project: Project, shadow_of_major: Shadow) -> None:
    url = shadow_of_major.create()
    alembic_env.upgrade(project, url)
    report = verify(url, project, level="live")
    assert changes(report) == []
    with psycopg.connect(url) as connection:
        assert matrix(connection) == (project.root / "docs/reference/privileges.txt").read_text()
        offered = connection.execute("select from pg_available_extensions where name = 'plpgsql_check'").fetchone()
    have = offered is not None
    assert bool(report.unchecked) is not have
    assert report.exit_code == (0 if have else 2)
    if have:
        _a_trap_is_found(url)


def _a_trap_is_found(url: str) -> None:
    """Bodies that install without an error and fail at their first call: of a function, and of a trigger."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "create function public.sign(a text) returns bytea language plpgsql set search_path = public "
            "as $$ begin return digest(a, 'sha256'); end $$; "
            "create function private.note() returns trigger language plpgsql set search_path = '' "
            "as $$ begin new.noted_at := now(); return new; end $$; "
            "create trigger note before insert on public.jobs for each row execute function private.note(); "
            "create function private.idle() returns trigger language plpgsql set search_path = '' "
            "as $$ begin new.x := 1; return new; end $$"
        )
    report = verify(url, None, level="sound")
    assert {(identity, what) for _, identity, what in changes(report)} == {
        ("function public.sign(text)", "body line 1"),
        ("function private.note()", "body line 1"),
    }
    [idle] = report.unchecked
    assert idle.object.name == "idle"
    with psycopg.connect(url) as connection:
        assert connection.execute("select from pg_extension where extname = 'plpgsql_check'").fetchone() is None


def test_a_strangers_schema_that_is_fine_is_fine(blog: Project, blog_url: str) -> None:
    report = verify(blog_url, blog, level="live")
    assert changes(report) == []
    assert {finding.level for finding in report.findings} == {"there", "sound", "live"}
    assert {f.object.identity for f in report.findings if f.level == "live"} == {
        "check sql/functions/publishPost.check.sql",
        "check sql/posts.check.sql",
    }


def test_a_strangers_schema_that_is_not_is_told_what_and_where(blog: Project, blog_url: str, connect: Connect) -> None:
    connect(blog_url).execute(
        'drop policy "Writers read their drafts" on public."Posts"; '
        'create policy "Writers read their drafts" on public."Posts" for select to authenticated using (true); '
    )
    report = verify(blog_url, blog, level="live")
    assert changes(report) == [
        ("different", 'policy "Writers read their drafts" on public."Posts"', "using"),
        ("different", "check sql/posts.check.sql", "line 12, as authenticated"),
    ]
    there, played = [finding for finding in report.findings if not finding.ok]
    assert (there.source, there.mend) == (
        "sql/policies/Posts.sql",
        'psql "$DATABASE_URL" -1 -f sql/policies/Posts.sql',
    )
    assert played.source == "sql/posts.check.sql:12"
    [change] = played.changes
    assert (change.expected, change.found) == ("0 rows", "1 rows")


def test_what_a_check_does_is_undone(blog: Project, blog_url: str, connect: Connect) -> None:
    before = rows(connect(blog_url))
    verify(blog_url, blog, level="live")
    assert rows(connect(blog_url)) == before


def rows(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute('select * from auth.users, public."Posts"').fetchall()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- as anon refused\nselect 1;", "line 2: cannot read '-- as anon refused'"),
        ("-- as anon: fails\nselect 1;", "line 2: cannot read"),
        ("-- as anon {sub}: 1 row\nselect 1;", "line 2: cannot read"),
        ("select 1;\ncommit;", "line 2: a check may not begin or end transactions"),
        ("select 1;\n\nrollback to a;", "line 3: a check may not"),
        ("select from where;", "line 1: syntax error"),
    ],
)
def test_a_check_that_cannot_be_read_or_would_commit_is_no_check(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.check.sql"
    path.write_text(text)
    with pytest.raises(VerifyError) as raised:
        live.read(path)
    assert message in raised.value.message


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("-- as anon: refused 42501\nselect * from public.nodes", []),
        ("-- as anon: refused 42501\nselect 1", ["succeeds"]),
        ("-- as anon: refused 22012\nselect * from public.nodes", ["refused 42501: permission denied for table nodes"]),
        ("-- as anon: returns null\nselect null::text", []),
        ("-- as anon: returns true\nselect 1 = 2", ["returns false"]),
        ("-- as anon: returns 1\nselect 1 from generate_series(1, 2)", ["returns 2 rows of 1 columns"]),
        ("-- as authenticated: returns authenticated\nselect auth.role()", []),
        (f'-- as authenticated {{"sub": "{SOMEBODY}"}}: returns {SOMEBODY}\nselect auth.uid()::text', []),
        ("-- as anon: 2 rows\nselect 1", ["1 rows"]),
        ("select 1 / 0", ["refused 22012: division by zero"]),
        ("-- as anon: notifies a\nselect 1", []),
    ],
)
def test_an_expectation_is_met_or_says_what_came_instead(
    head: psycopg.Connection, tmp_path: Path, step: str, found: list[str]
) -> None:
    path = tmp_path / "a.check.sql"
    path.write_text(step + ";\n")
    wrong, unchecked = live.play(head, live.read(path))
    assert ([one.found for one in wrong], unchecked) == (found, "")


def test_a_lock_that_others_hold_is_not_waited_for_and_proves_nothing(
    head_url: str, connect: Connect, project: Project
) -> None:
    holder = connect(head_url, autocommit=False)
    holder.execute("lock table public.jobs in access exclusive mode")
    with psycopg.connect(head_url, autocommit=True) as connection:
        wrong, unchecked = live.play(connection, live.read(project.sql / "functions/create_job.check.sql"))
    assert wrong == []
    assert "lock timeout" in unchecked


def test_listening_commits_a_canary_that_nobody_sees(head_url: str, connect: Connect, project: Project) -> None:
    url, told = head_url, list[str]()
    listener = connect(url)
    listener.execute("listen pending_chunk")
    report = verify(url, project, ["notify_pending_chunk"], level="live", listen=told.append)
    assert changes(report) == []
    assert told == ["committing sql/functions/private/notify_pending_chunk.check.sql, and waiting for pending_chunk"]
    assert [one.channel for one in listener.notifies(timeout=5, stop_after=1)] == ["pending_chunk"]
    assert listener.execute(
        "select (select count(*) from public.jobs_chunks) + (select count(*) from auth.users)"
    ).fetchone() == (0,)


def test_a_notification_that_does_not_arrive_is_missed(
    head: psycopg.Connection, head_url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    head.execute("alter table public.jobs_chunks disable trigger trg_pending_chunk")
    head.commit()
    monkeypatch.setattr(live, "PATIENCE", 1)
    report = verify(head_url, project, ["notify_pending_chunk"], level="live", listen=lambda _: None)
    [change] = report.changes
    assert (change.expected, change.found) == ("notifies pending_chunk", "nothing arrived within 1 s")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/dbtools/expected"


def test_what_is_expected_is_built_once_for_the_same_files(blog: Project, cache: Path) -> None:
    said: list[str] = []
    first = expectation(blog, said.append)
    assert expectation(blog, said.append) == first
    assert len(said) == 1
    [kept] = cache.iterdir()
    # Cut short, as by a full disk.
    kept.write_text(kept.read_text()[:1000])
    assert expectation(blog, said.append) == first
    edited = blog.sql / "functions/publishPost.sql"
    edited.write_text(edited.read_text() + "\n")
    assert expectation(blog, said.append) == first
    assert len(said) == 3
    assert len(list(cache.iterdir())) == 2


def test_what_is_expected_is_kept_where_the_revisions_lie_outside_the_project(
    blog: Project, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "migrations"
    shutil.copytree(blog.migrations, outside)
    assert expectation(replace(blog, migrations=outside)).snapshot.objects
    assert len(list(cache.iterdir())) == 1


def test_a_home_that_cannot_be_written_costs_time_and_not_the_answer(
    blog: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert expectation(blog) == build(blog)


def test_a_revision_that_does_not_load_is_no_expectation(blog: Project, cache: Path) -> None:
    project = replace(blog, sql=blog.root / "other")
    (project.sql / "functions").mkdir(parents=True)
    (project.sql / "functions/broken.sql").write_text("create function broken() returns integer language nonsense;")
    with pytest.raises(VerifyError, match="cannot be built"):
        expectation(project)
    assert not cache.exists()


TABLE = Object("table", "public", "a,b", "table public.a,b")
REPORT = VerifyReport(
    [
        Finding(TABLE, [Change("different", TABLE, "owner", "me\n100%", None)], mend="psql", source="sql/x.sql:3"),
        Finding(Object("function", "public", "f", "function f()"), unchecked="no plpgsql_check", level="sound"),
        Finding(Object("function", "public", "g", "function g()\x01")),
    ],
    ["gone"],
)


def test_github_gets_annotations_at_the_file() -> None:
    assert REPORT.as_github().splitlines() == [
        "::error title=missing::gone",
        "::error file=sql/x.sql,line=3,title=table public.a%2Cb::table public.a,b, owner%0Aexpected: me%0A100%25%0A"
        "found: (none)%0Ato mend: psql",
        "::warning title=function f()::not checked: no plpgsql_check",
    ]


def test_junit_has_a_case_for_each_object() -> None:
    suite = Xml.fromstring(REPORT.as_junit())
    assert suite.attrib == {"name": "dbtools verify", "tests": "4", "failures": "2", "skipped": "1"}
    assert [(case.get("classname"), case.get("name"), [one.tag for one in case]) for case in suite] == [
        ("there", "table public.a,b", ["failure"]),
        ("sound", "function f()", ["skipped"]),
        ("there", "function g()", []),
        ("there", "gone", ["failure"]),
    ]


@pytest.mark.parametrize(
    ("report", "code"),
    [(VerifyReport([]), 0), (REPORT, 1), (VerifyReport(REPORT.findings[1:]), 2), (VerifyReport([], ["gone"]), 1)],
)
def test_wrong_is_1_and_not_checked_is_2(report: VerifyReport, code: int) -> None:
    assert report.exit_code == code


def test_the_command_answers_in_every_format(head_url: str, project: Project) -> None:
    answers = {
        name: call("dbtools", "verify", "--level", "live", "--format", name, url=head_url, cwd=project.root)
        for name in ("text", "json", "github", "junit", "sarif")
    }
    # The embedded server has no plpgsql_check.
    assert {answer.returncode for answer in answers.values()} == {2}
    assert "not checked function private.accept_node(uuid, boolean) and " in answers["text"].stdout
    assert "all as declared, sound, live; " in answers["text"].stdout
    answer = json.loads(answers["json"].stdout)
    check_json("verify", answer)
    assert answer["complete"] is False
    check_sarif(json.loads(answers["sarif"].stdout))
    assert answers["github"].stdout.startswith("::warning ")
    assert Xml.fromstring(answers["junit"].stdout).get("failures") == "0"
    assert [answer.stderr for answer in answers.values()] == [""] * 5


def test_listening_is_said_to_everybody(head_url: str, project: Project) -> None:
    words = ("verify", "notify_pending_chunk", "--listen")
    assert call("dbtools", *words, url=head_url, cwd=project.root).returncode == 2
    done = call("dbtools", *words, "--level", "live", url=head_url, cwd=project.root)
    assert done.stderr.startswith("committing sql/functions/private/notify_pending_chunk.check.sql")
