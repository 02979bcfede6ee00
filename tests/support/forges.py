"""GitHub and GitLab as far as the workflows of `dbtools init --ci` use them, and what runs a job's shell steps."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

# `gh api` on a file instead of a server; its filter is run by the real jq.
# A first line of `#!` may hold no space, and the interpreter's path may.
GH = f"""#!/bin/sh
'''exec' '{sys.executable}' "$0" "$@"
' '''
import argparse, json, os, re, subprocess, sys
parser = argparse.ArgumentParser()
parser.add_argument("command", choices=["api"])
parser.add_argument("path")
parser.add_argument("--paginate", action="store_true")
parser.add_argument("--silent", action="store_true")
parser.add_argument("--method", default="GET")
parser.add_argument("--field", action="append", default=[])
parser.add_argument("--jq")
words = parser.parse_args()
assert os.environ["GH_TOKEN"]
fields = dict(one.split("=", 1) for one in words.field)
fields = {{k: open(v[1:]).read() if v.startswith("@") else v for k, v in fields.items()}}
state = json.load(open(os.environ["FORGE"]))
path = words.path.removeprefix("repos/us/shop/")
kind = "comments" if "comments" in path else "issues"
things = state[kind]
if words.method == "GET":
    answer = [one for one in things if one.get("state", "open") == "open"]
    sys.exit(subprocess.run(["jq", "-r", words.jq], input=json.dumps(answer), text=True).returncode)
if words.method == "POST":
    number = len(things) + 1
    assert re.fullmatch(r"issues/7/comments|issues", path), path
    things.append({{"id": number, "number": number, "user": {{"type": "Bot"}}, "state": "open", **fields}})
else:
    things[int(path.rpartition("/")[2]) - 1] |= fields
json.dump(state, open(os.environ["FORGE"], "w"))
"""


@dataclass
class Forge:
    """What was written to a forge: comments and issues, in the order in which they were made."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)


def job_of_github(workflow: Path, job: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a job's shell steps as the runner does, but for the installation; the exit code, and all that was printed."""
    values: dict[str, str] = {"github.token": "t", "github.event.pull_request.number": "7"}
    values |= {f"secrets.{name}": text for name, text in environment.items()}
    document = yaml.safe_load(workflow.read_text())
    made = document["jobs"][job]
    printed = ""
    outputs = folder / "outputs"
    for step in made["steps"]:
        if "run" not in step or step.get("name") == "Install":
            continue
        outputs.write_text("")
        own = {name: _filled(text, values) for name, text in {**made.get("env", {}), **step.get("env", {})}.items()}
        runner = {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
        code, text = _bash(step["run"], folder, {**runner, "GITHUB_REPOSITORY": "us/shop", **own, **_of(environment)})
        printed += text
        for name, value in re.findall(r"^(\w+)=(.*)$", outputs.read_text(), re.MULTILINE):
            values[f"steps.{step.get('id')}.outputs.{name}"] = value
        if code:
            return code, printed
    return 0, printed


def job_of_gitlab(file: Path, job: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """The same; a job's lines are one script there."""
    document = yaml.safe_load(file.read_text())
    script = "\n".join(document[job]["script"])
    if "environment" not in document[job]:
        # A variable of an environment is there for its jobs alone.
        environment = {name: text for name, text in environment.items() if name != "DATABASE_URL"}
    variables = {"CI_PROJECT_ID": "5", "CI_MERGE_REQUEST_IID": "7", "DBTOOLS_GITLAB_TOKEN": "t"}
    project = f"{environment['CI_API_V4_URL']}/projects/5"
    return _bash(script, folder, {**variables, "PROJECT": project, **environment})


def _of(environment: Mapping[str, str]) -> dict[str, str]:
    """What is the machine's own, and no secret."""
    return {name: text for name, text in environment.items() if not name.startswith("DATABASE_URL")}


def _filled(text: object, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found[1]], str(text))


def _bash(script: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    clean = {name: text for name, text in os.environ.items() if name != "DATABASE_URL"}
    programs = f"{folder / 'bin'}:{Path(sys.executable).parent}:{clean['PATH']}"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={**clean, **environment, "PATH": programs},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def put_gh(folder: Path) -> Path:
    """Put a `gh` where the steps find it; returns the file that it keeps everything in."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin/gh").write_text(GH)
    (folder / "bin/gh").chmod(0o755)
    state = folder / "forge.json"
    state.write_text(json.dumps({"comments": [], "issues": []}))
    return state


@contextmanager
def gitlab(forge: Forge) -> Iterator[str]:
    """The API's notes and issues, which curl is sent to; yields the API's address."""

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            size, page = (int(asked.get(name, [default])[0]) for name, default in (("per_page", "20"), ("page", "1")))
            things = [one for one in self._things() if one["state"] == "opened"]
            self._answer(things[size * (page - 1) : size * page])

        def do_POST(self) -> None:
            things = self._things()
            things.append({"id": len(things) + 1, "iid": len(things) + 1, "state": "opened", **self._fields()})
            self._answer(things[-1])

        def do_PUT(self) -> None:
            fields = self._fields()
            if fields.pop("state_event", None) == "close":
                fields["state"] = "closed"
            self._things()[int(self.path.rpartition("/")[2]) - 1].update(fields)
            self._answer({})

        def _things(self) -> list[dict[str, Any]]:
            assert self.headers["PRIVATE-TOKEN"] == "t"
            assert urlsplit(self.path).path.startswith("/api/projects/5/")
            return forge.comments if "/merge_requests/7/notes" in self.path else forge.issues

        def _fields(self) -> dict[str, str]:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            return {name: values[0] for name, values in parse_qs(text).items()}

        def _answer(self, value: object) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api"
        finally:
            server.shutdown()
            thread.join()
