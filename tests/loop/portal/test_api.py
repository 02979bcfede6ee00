"""The whole way through a real Supabase API, with the clients that portals use: Python's, JavaScript's, and none."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from psycopg import conninfo

from dbtools.project import Project
from loop import cli
from loop.node.simulation import simulate
from loop.portal import Portal, PortalError
from loop.sentinel import SentinelOptions, background
from tests.loop.conftest import Database, wait_until_ready
from tests.support import lite
from tests.support.lite import Api

LOOP = Path(sys.executable).with_name("loop")
PASSWORD = "correct horse battery"


@pytest.fixture
def sentinel_url(api: Api) -> Iterator[str]:
    with background(SentinelOptions(conninfo.make_conninfo(api.database_url, user="sentinel"), port=0)) as url:
        wait_until_ready(url)
        yield url


class Command:
    """A dbtools command that runs on, in a folder of its own."""

    def __init__(self, folder: Path, *words: str, environment: dict[str, str] | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [LOOP, *words],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def says(self, pattern: str) -> str:
        """What the next line that fits has in the pattern's group."""
        assert self.process.stdout is not None
        seen = []
        for line in self.process.stdout:
            if found := re.search(pattern, line):
                return found[1]
            seen.append(line)
        raise AssertionError("".join(seen))

    def ends(self, number: signal.Signals = signal.SIGTERM) -> str:
        """What it still says after that signal."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)[0]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    with ExitStack() as stack:

        def start(name: str, *words: str, environment: dict[str, str] | None = None) -> Command:
            command = Command(tmp_path / name, *words, environment=environment)
            stack.enter_context(command.process)
            stack.callback(command.process.kill)
            return command

        yield start


def loop(api: Api, *words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """A command run to its end, at this API."""
    return subprocess.run(
        [LOOP, *words],
        env={**os.environ, "SUPABASE_URL": api.url, "SUPABASE_ANON_KEY": api.key, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# The loop


def test_the_operators_path(
    api: Api, sentinel_url: str, start: Callable[..., Command], tmp_path: Path, project: Project
) -> None:
    """Claim and submit from the command line, submit from the documented JavaScript; the node fetches from the API."""
    email = api.sign_up(PASSWORD)
    node = start("node", *("node", "--sentinel", sentinel_url, "--processes", "1", "--api", api.url, "--key", api.key))
    code = node.says("claim code: (.*)")
    claimed = loop(api, "claim", code, "--email", email, "--name", "mine", LOOP_PASSWORD=PASSWORD)
    assert (claimed.returncode, claimed.stdout) == (0, "node mine is yours, 1 chunks at a time\n"), claimed.stderr
    node.says("node mine is (online)")

    words = ("submit", "-", "--iterations", "2500", "--email", email, "--json")
    submitted = loop(api, *words, stdin='{"baseDps": 800, "fightSeconds": 3}', LOOP_PASSWORD=PASSWORD)
    assert submitted.returncode == 0, submitted.stderr
    job = json.loads(submitted.stdout)
    expected = simulate({"baseDps": 800, "fightSeconds": 3}, 2500, 0)
    assert (job["status"], job["completed"], job["result"]["chunksCompleted"]) == ("completed", 2500, 3)
    assert job["result"]["meanDps"] == pytest.approx(expected["meanDps"], rel=1e-9)

    (tmp_path / "node_modules").symlink_to(lite.NPM / "node_modules")
    page = (project.root / "docs/howto/run-the-loop.md").read_text()
    [snippet] = re.findall(r"```js\n(.*?)```", page, re.DOTALL)
    (tmp_path / "submit.mjs").write_text(snippet)
    names = {"SUPABASE_URL": api.url, "SUPABASE_ANON_KEY": api.key, "EMAIL": email, "PASSWORD": PASSWORD}
    done = subprocess.run(
        # Node 20 has its WebSocket behind a flag, which later versions take as well.
        ["node", "--experimental-websocket", "submit.mjs"],
        cwd=tmp_path,
        env={**os.environ, **names},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["totalIterations"] == 2500


def test_a_private_rotation_is_fetched_by_the_node_that_computes_it_and_read_by_nobody_else(
    api: Api, sentinel_url: str, start: Callable[..., Command], tmp_path: Path, database: Database
) -> None:
    rotation = database.as_user(
        "insert into public.rotations (user_id, slug, name, script, spec_id)"
        " values (auth.uid(), 'r', 'R', 'cast fireball', 1) returning id"
    )
    one = f"rotations?id=eq.{rotation}&select=script"
    assert api.rows(one).json() == []
    seen = tmp_path / "seen"
    # Answers with what it was sent, in a file; a result comes only when another file is there.
    program = (
        "import json,sys,time,pathlib\n"
        "question = json.loads(sys.stdin.readline())\n"
        "chunk = question['params']\n"
        f"pathlib.Path({str(seen)!r}).write_text(json.dumps(chunk))\n"
        f"while not pathlib.Path({str(tmp_path / 'go')!r}).exists(): time.sleep(0.02)\n"
        'result = {"meanDps":1,"stdDps":0,"minDps":1,"maxDps":1,"iterations":chunk["iterations"]}\n'
        'print(json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": result}))\n'
    )
    (tmp_path / "program.py").write_text(program)
    words = (
        "node",
        "--sentinel",
        sentinel_url,
        "--program",
        shlex.join([sys.executable, str(tmp_path / "program.py")]),
    )
    node = start("node", *words, *("--processes", "1", "--api", api.url), environment={"SUPABASE_ANON_KEY": api.key})
    database.claim(node.says("claim code: (.*)"), 1)
    job = database.submit(1000, rotationId=str(rotation))
    try:
        database.until("select 1 from public.jobs_chunks where status = 'running'")
        assert api.rows(one).json() == []
        assert api.rows(one, api.new_user()).json() == []
        assert [column for row in api.rows(f"jobs?id=eq.{job}", api.new_user()).json() for column in row] == []
    finally:
        (tmp_path / "go").touch()
    checksum = hashlib.sha256(b"cast fireball").hexdigest()
    pinned = {"id": str(rotation), "version": 1, "checksum": checksum, "script": "cast fireball"}
    database.until("select 1 from public.jobs where id = %s and status = 'completed'", job)
    assert json.loads(seen.read_text())["config"] == {
        "rotationId": str(rotation),
        "rotation": pinned,
    }
    assert api.rows(one).json() == []


def test_a_result_is_read_by_its_owner_and_by_nobody_else(api: Api, database: Database) -> None:
    job = database.submit(1000, baseDps=1)
    with Portal(api.url, api.key, api.token(database.user)) as owner:
        assert owner.job(job).status == "pending"
    with Portal(api.url, api.key, api.token(api.new_user())) as other, pytest.raises(PortalError) as caught:
        other.job(job)
    assert caught.value.code == "job_not_found"
    assert api.rows(f"jobs?id=eq.{job}").status_code == 401
    assert api.rows(f"jobs_chunks?job_id=eq.{job}&select=id", api.new_user()).json() == []


def test_an_owner_gets_a_job_and_its_chunks_with_one_request(api: Api, database: Database) -> None:
    job = database.submit(3000, baseDps=1)
    database.submit(1000, baseDps=1)
    path = f"jobs?id=eq.{job}&select=status,jobs_chunks(status,seed_offset)&jobs_chunks.order=seed_offset"
    chunks = [{"status": "pending", "seed_offset": offset} for offset in (0, 1000, 2000)]
    assert api.rows(path, database.user).json() == [{"status": "pending", "jobs_chunks": chunks}]
    assert api.rows(path, api.new_user()).json() == []


# The commands


def test_what_is_wrong_with_a_call_is_said_with_the_right_exit_code(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user = api.new_user()
    token = ("--token", api.token(user))
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "nan.json").write_text('{"x": NaN}')
    monkeypatch.setenv("SUPABASE_URL", api.url)
    monkeypatch.setenv("SUPABASE_ANON_KEY", api.key)
    for words, message, hint in (
        (("submit", "-", "--iterations", "0", *token), "iterations", "Ask for"),
        (("submit", f"{tmp_path}/list.json", "--iterations", "1", *token), "holds no JSON object", "a config looks"),
        (("submit", f"{tmp_path}/nan.json", "--iterations", "1", *token), "NaN is no JSON number", ""),
        (("submit", f"{tmp_path}/none.json", "--iterations", "1", *token), "cannot be read", ""),
        (("submit", "-", "--iterations", "1"), "nobody is signed in", "--email"),
        (("submit", "-", "--iterations", "1", "--email", "x@example.org"), "no password", "set LOOP_PASSWORD"),
        (("claim", "AAAAAA", *token), "no node waits under the code AAAAAA", "still run"),
        (("follow", user, *token), f"you have no job {user}", "who submitted"),
        (("follow", user, "--token", "x"), "", ""),
        (("follow", user, "--url", "nonsense", *token), "Invalid URL", "looks like https"),
    ):
        monkeypatch.setattr(sys, "argv", ["loop", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        assert (end.value.code, printed.out) == (2, ""), words
        assert printed.err.startswith("error: ")
        assert message in printed.err
        assert hint in printed.err
    monkeypatch.setenv("LOOP_PASSWORD", "wrong")
    monkeypatch.setattr(sys, "argv", ["loop", "follow", user, "--email", "nobody@example.org"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "check the e-mail and password" in capsys.readouterr().err


def test_a_job_that_ends_without_all_results_is_a_no(api: Api, database: Database) -> None:
    token = ("--token", api.token(database.user), "--json")
    made = loop(api, "submit", "-", "--iterations", "1000", "--no-follow", *token, stdin="{}")
    assert made.returncode == 0, made.stderr
    job = json.loads(made.stdout)["id"]
    database.as_user("select public.cancel_job(%s)", job)
    followed = loop(api, "follow", job, *token)
    assert followed.returncode == 1
    assert json.loads(followed.stdout)["status"] == "cancelled"


def test_ctrl_c_leaves_the_job_running_and_says_how_to_follow_it(
    api: Api, start: Callable[..., Command], database: Database
) -> None:
    job = database.submit(1000, baseDps=1)
    names = {"SUPABASE_URL": api.url, "SUPABASE_ANON_KEY": api.key, "LOOP_TOKEN": api.token(database.user)}
    database.row("select pg_stat_force_next_flush()")
    reads = "select idx_scan + seq_scan as reads from pg_stat_user_tables where relname = 'jobs'"
    before = database.row(reads)["reads"]
    following = start("portal", "follow", job, environment=names)
    # It has begun once it has read the job.
    database.until(f"select 1 from ({reads}) as r where reads > %s", before)
    said = following.ends(signal.SIGINT)
    assert said == f"the job goes on; follow it with: loop follow {job}\n"
    assert following.process.returncode == 130
    assert database.row("select status from public.jobs where id = %s", job)["status"] == "pending"


# Refusals

FIGHT: dict[str, Any] = {"p_config": {"baseDps": 1}, "p_iterations": 1000}
REFUSALS: list[tuple[str, dict[str, Any], int, str]] = [
    ("create_job", FIGHT | {"p_access_type": "everybody"}, 400, "access_type_unknown"),
    ("create_job", FIGHT | {"p_access_type": "discord"}, 400, "discord_server_required"),
    ("create_job", FIGHT | {"p_iterations": 0}, 400, "iterations_out_of_range"),
    ("create_job", FIGHT | {"p_config": [1]}, 400, "config_not_an_object"),
    ("create_job", FIGHT | {"p_config": {"x": "x" * 70_000}}, 413, "config_too_large"),
    ("create_job", FIGHT | {"p_config": {"rotationId": "x"}}, 404, "rotation_not_found"),
    ("cancel_job", {"p_job_id": "00000000-0000-4000-8000-000000000000"}, 404, "job_not_found"),
    ("retry_job", {"p_job_id": "00000000-0000-4000-8000-000000000000"}, 404, "job_not_found"),
]


@pytest.mark.parametrize(("function", "arguments", "status", "code"), REFUSALS, ids=[one[3] for one in REFUSALS])
def test_a_refusal_has_its_status_code_message_and_hint(
    api: Api, function: str, arguments: dict[str, Any], status: int, code: str
) -> None:
    answer = api.call(function, arguments, api.new_user())
    body = answer.json()
    assert (answer.status_code, body["code"], body["details"]) == (status, f"PT{status}", code)
    assert body["message"]
    assert body["hint"]


def test_whoever_may_not_call_a_function_is_told_so(api: Api) -> None:
    for function, arguments in (("create_job", FIGHT), ("assign_chunks", {}), ("complete_chunks", {"p_results": []})):
        answer = api.call(function, arguments)
        assert (answer.status_code, answer.json()["code"]) == (401, "42501")
    answer = api.call("assign_chunks", {}, api.new_user())
    assert (answer.status_code, answer.json()["code"]) == (403, "42501")
