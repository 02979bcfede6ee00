"""Jobs of several users, computed by programs in any language and of any manners, from submission to result."""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from dbtools.postgres.connection import acting_as
from tests.loop.node.conftest import Gate, Start, done

# What another language's program looks like; the answer is the same for every iteration.
PYTHON = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    dps, count = question["params"]["config"]["dps"], question["params"]["iterations"]
    result = {"meanDps": dps, "stdDps": 0, "minDps": dps, "maxDps": dps, "iterations": count}
    print(json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": result}), flush=True)
"""
PERL = """
use JSON::PP; $| = 1;
while (my $line = <STDIN>) {
    my $question = decode_json($line);
    my ($dps, $count) = ($question->{params}{config}{dps}, $question->{params}{iterations});
    my $result = {meanDps => $dps, stdDps => 0, minDps => $dps, maxDps => $dps, iterations => $count};
    print encode_json({jsonrpc => "2.0", id => $question->{id}, result => $result}), "\\n";
}
"""
SHELL = """
question=$(cat)
field() { printf '%s' "$question" | sed "s/.*\\"$1\\": *\\"*\\([0-9a-f.]*\\).*/\\1/"; }
dps=$(field dps)
printf '{"jsonrpc": "2.0",\\n "id": "%s",\\n' "$(field id)"
printf ' "result": {"meanDps": %s, "stdDps": 0, "minDps": %s, "maxDps": %s, ' $dps $dps $dps
printf '"iterations": %s}}\\n' "$(field iterations)"
"""
WORDS = {
    "python, stays": (sys.executable, PYTHON, ()),
    "python, ends": (sys.executable, PYTHON + "    break\n", ()),
    "perl": ("perl", PERL, ()),
    "shell, one shot": ("sh", SHELL, ("--one-shot",)),
}


def program(folder: Path, interpreter: str, source: str) -> str:
    (folder / "fight").write_text(source)
    return shlex.join([interpreter, str(folder / "fight")])


@pytest.mark.parametrize("kind", WORDS)
def test_any_program_may_compute(sentinel: str, database: Any, start: Start, tmp_path: Path, kind: str) -> None:
    interpreter, source, words = WORDS[kind]
    start(sentinel, *words, program=program(tmp_path, interpreter, source))
    job = database.submit(3000, dps=555)
    result = done(database, job)
    assert (result["meanDps"], result["totalIterations"]) == (555, 3000)


@pytest.mark.parametrize(
    "stray",
    [
        "print(flush=True)",
        "print('Fight simulated.', flush=True)",
        "print(json.dumps({'jsonrpc': '2.0', 'id': question['id'], 'result': result}), flush=True)",
        "time.sleep(0.02); print(flush=True)",
    ],
    ids=["empty line", "banner", "answer again", "late"],
)
def test_users_get_their_own_results_from_a_program_that_says_a_word_too_many(
    sentinel: str, database: Any, start: Start, tmp_path: Path, stray: str
) -> None:
    """One node, four chunks of four users, at the same time and one after the other: 111, 222, 333, 444."""
    node = start(sentinel, processes=2, program=program(tmp_path, sys.executable, f"import time{PYTHON}    {stray}\n"))
    database.change("insert into public.nodes_permissions (node_id, access_type) select id, 'public' from public.nodes")
    jobs = {}
    for _ in range(3):
        for dps in (111, 222, 333, 444):
            jobs[_of_another_user(database, dps)] = dps
    results = {job: done(database, job)["meanDps"] for job in jobs}
    assert results == jobs
    node.stop()
    node.ends()
    assert any("the program is started anew" in line for line in node.printed)
    assert not any("failed" in line for line in node.printed)


def _of_another_user(database: Any, dps: int) -> str:
    user = str(uuid.uuid4())
    database.change("insert into auth.users (id, email) values (%s, %s)", user, f"{user}@example.org")
    with acting_as(database.owner, "authenticated", {"sub": user}):
        made = database.row("select public.create_job(%s, 1000, 'public') as job", json.dumps({"dps": dps}))
    return str(made["job"]["jobId"])


TROUBLES = {
    "echo no": "the program wrote what is no answer: 'no",
    "echo []": "the program's answer is no JSON-RPC 2.0 response: '[]",
    """echo '{"meanDps": 1}'""": "the program's answer is no JSON-RPC 2.0 response: '{",
    "true": "the program ended without an answer, with exit code 0",
    "echo I have no licence >&2; exit 5": "the program ended without an answer, with exit code 5: I have no licence",
    'question=$(cat); echo "${question%%method*}result\\": {}}"': "the result was refused",
}


@pytest.mark.parametrize(("source", "reason"), TROUBLES.items())
def test_what_is_wrong_with_a_program_is_the_jobs_error(
    sentinel: str, database: Any, start: Start, tmp_path: Path, source: str, reason: str
) -> None:
    node = start(sentinel, "--one-shot", program=program(tmp_path, "sh", source))
    job = database.submit(1000, baseDps=1)
    assert f"failed: {reason}" in node.says("failed")
    ended = database.until("select error from public.jobs where id = %s and status = 'failed'", job)
    assert reason in ended["error"]


def test_a_program_that_is_not_there_is_named(sentinel: str, database: Any, start: Start) -> None:
    node = start(sentinel, program="/nowhere/fight")
    database.submit(1000, baseDps=1)
    assert "failed: /nowhere/fight: No such file or directory" in node.says("failed")


def test_a_job_is_computed_only_with_the_engine_version_that_it_names(
    sentinel: str, database: Any, start: Start, tmp_path: Path
) -> None:
    node = start(sentinel, "--engine-version", "9.2", program=program(tmp_path, sys.executable, PYTHON))
    assert done(database, database.submit(1000, dps=7, engineVersion="9.2"))["meanDps"] == 7
    assert done(database, database.submit(1000, dps=8))["meanDps"] == 8
    job = database.submit(1000, dps=7, engineVersion="9.3")
    node.says("failed: the job is for engine version 9.3, and this node has version 9.2")
    database.until("select 1 from public.jobs where id = %s and status = 'failed'", job)


def test_a_job_whose_rotation_is_deleted_fails_and_is_not_computed_without_it(
    sentinel: str, database: Any, start: Start, gate: Gate
) -> None:
    rotation = database.as_user(
        "insert into public.rotations (user_id, slug, name, script, spec_id)"
        " values (auth.uid(), 'r', 'R', 'cast fireball', 1) returning id"
    )
    config = {"baseDps": 1200.25, "rotationId": str(rotation)}
    jobs = [database.submit(1000, **config), database.submit(1000, baseDps=3)]
    start(sentinel, gated=True)
    running, begun = gate.begun()
    checksum = hashlib.sha256(b"cast fireball").hexdigest()
    pinned = {"id": str(rotation), "version": 1, "checksum": checksum, "script": "cast fireball"}
    assert begun["config"] == {**config, "rotation": pinned}
    with running:
        running.sendall(b"run!")
    done(database, jobs[0])
    running, _ = gate.begun()
    with running:
        late = database.submit(1000, **config)
        database.change("delete from public.rotations")
        running.sendall(b"run!")
    ended = database.until("select error from public.jobs where id = %s and status = 'failed'", late)
    assert "the rotation" in ended["error"]
    assert gate.idle()
