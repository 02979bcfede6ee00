"""The doctor says what each command lacks here, of every database, and never a password."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from dbtools.cli import app
from dbtools.doctor import DoctorReport, doctor, there
from dbtools.errors import ShadowError
from dbtools.postgres.shadow import ADMIN
from dbtools.project import Project
from tests.conftest import Connect
from tests.dbtools.runner.test_pooler import pooler
from tests.support.reports import check_json
from tests.support.repository import Repository

__all__ = ["pooler"]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)


def able(report: DoctorReport) -> set[str]:
    return {command.partition(" ")[2] for command, lacks in report.commands.items() if not lacks}


def found(report: DoctorReport, name: str) -> str:
    return "\n".join(f"{check.state}: {check.found}" for check in report.checks if check.name == name)


def test_where_everything_is_every_command_could_work(
    head_url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    done = CliRunner().invoke(app, ["doctor", "--db-url", head_url, "--json"])
    answer = json.loads(done.stdout)
    check_json("doctor", answer)
    assert (done.exit_code, answer["ok"]) == (0, True)
    shown = CliRunner().invoke(app, ["doctor", "--db-url", head_url]).stdout
    assert "every command could work here" in shown
    assert "which is head" in shown
    assert "played by stand-ins" in shown


def test_where_nothing_is_it_says_how_to_begin() -> None:
    report = doctor()
    assert able(report) == {"init", "shadow"}
    assert "DATABASE_URL" in " ".join(check.hint for check in report.checks)
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 1


def test_without_a_project_a_database_can_be_pulled(platform_url: str) -> None:
    assert able(doctor(platform_url)) == {"init", "pull", "docs", "audit", "shadow"}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://postgres:geheim@127.0.0.1:1/postgres",
        "postgresql://postgres:geheim@127.0.0.1:6543/postgres",
        "postgresql://postgres:gehe#im@/%%",
        "host=/nowhere password=geheim sslmode=wrong",
    ],
)
def test_no_password_is_shown(url: str) -> None:
    for words in (["doctor"], ["doctor", "--json"]):
        done = CliRunner().invoke(app, [*words, "--db-url", url])
        assert done.exit_code == 1, done.output
        assert "gehe" not in done.output


@pytest.fixture
def stranger(head_url: str, connect: Connect) -> Iterator[str]:
    """The URL of a role that may connect to a database at head, and nothing else."""
    admin = connect(head_url, user=ADMIN)
    admin.execute("create role doctors_stranger login")
    yield make_conninfo(head_url, user="doctors_stranger")
    admin.execute("drop owned by doctors_stranger; drop role doctors_stranger")


def test_what_a_role_may_not_is_named(stranger: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    report = doctor(stranger)
    assert found(report, "reads").startswith("missing: doctors_stranger may not read ")
    assert found(report, "writes") == "missing: doctors_stranger is not postgres, who owns what revisions change"
    assert found(report, "revision").startswith("missing: cannot be read: permission denied")
    assert "permission denied for schema" in found(report, "catalog")
    assert not able(report) & {"plan", "pull", "diff", "upgrade"}


def test_row_security_that_hides_rows_from_the_role_is_said(stranger: str, head_url: str, connect: Connect) -> None:
    owner = connect(head_url)
    owner.execute("grant usage on schema public to doctors_stranger")
    owner.execute("grant select on public.jobs to doctors_stranger")
    assert "public.jobs" in found(doctor(stranger), "row security")


def test_a_server_that_takes_no_writes_takes_no_upgrade(head_url: str, connect: Connect) -> None:
    name = str(conninfo_to_dict(head_url)["dbname"])
    statement = "alter database {} set default_transaction_read_only = on"
    connect(head_url, user=ADMIN).execute(sql.SQL(statement).format(sql.Identifier(name)))
    assert found(doctor(head_url), "writes").startswith("missing: the server is a standby, or read-only")


@pytest.mark.parametrize(
    ("pooler", "said"),
    [("transaction", "missing: this is a pooler in transaction mode"), ("session", "through a pooler in session mode")],
    indirect=["pooler"],
)
def test_a_pooler_is_recognised(pooler: str, said: str) -> None:
    assert said in found(doctor(pooler), "connection")


def test_a_shadow_of_another_major_is_said(head_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(major: int) -> Path:
        raise ShadowError(f"no Postgres {major} was found", hint="install it")

    monkeypatch.setattr(there, "binaries", none)
    assert "shadows run on 18, because there is no 18 here" in found(doctor(head_url), "server")


def test_an_extension_without_a_stand_in_is_named(platform: psycopg.Connection, platform_url: str) -> None:
    platform.execute("create extension hstore")
    platform.commit()
    report = doctor(platform_url)
    assert "hstore" in found(report, "extensions").partition("which a shadow's server brings")[0]


def test_what_is_wrong_with_revisions_is_said(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository.project.root)
    assert found(doctor(), "revisions") == "missing: none yet"
    repository.add("0001", "select 1")
    assert found(doctor(), "revisions") == "ok: 1, head is 0001"
    repository.add("0002", "select 1")
    repository.add("0003", "select 1", after="0001")
    assert found(doctor(), "revisions") == "missing: 2 heads: 0002, 0003"
    (repository.project.migrations / "versions/0003_step.py").write_text("raise SystemError('burnt')")
    assert found(doctor(), "revisions") == "missing: cannot be loaded: burnt"
    assert "export" not in able(doctor())
