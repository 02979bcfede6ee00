"""A Supabase API over real Postgres: @supabase/lite serves what PostgREST and GoTrue do, on 127.0.0.1."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import jwt
import psycopg

from dbtools import alembic_env
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project, sql_folder

NPM = Path(__file__).parents[1] / "npm"
INSTALLED = NPM / "node_modules/@supabase/lite"

AUTH_FUNCTIONS = """
select pg_get_functiondef(p.oid) from pg_proc as p
where p.pronamespace = 'auth'::regnamespace and p.proname in ('uid', 'role', 'email', 'jwt')
"""


@dataclass(frozen=True)
class Api:
    """A running API.

    Attributes:
        url: where it listens.
        key: the anon key.
        database_url: the database behind it, at head, as its owner.
    """

    url: str
    key: str
    database_url: str
    secret: str

    def new_user(self) -> str:
        """A user of whom only the id is known; `token` lets a client be this user."""
        user = str(uuid.uuid4())
        with psycopg.connect(self.database_url) as conn:
            conn.execute("insert into auth.users (id, email) values (%s, %s)", [user, f"{user}@example.org"])
        return user

    def sign_up(self, password: str, email: str = "") -> str:
        """A user with a password, made over HTTP; the e-mail address, which is drawn where none is given."""
        email = email or f"{uuid.uuid4().hex}@example.org"
        answer = httpx.post(
            f"{self.url}/auth/v1/signup", json={"email": email, "password": password}, headers={"apikey": self.key}
        )
        assert answer.status_code == 200, answer.text
        return email

    def token(self, user: str) -> str:
        """The access token of a signed-in user."""
        claims = {"sub": user, "role": "authenticated", "aud": "authenticated", "exp": int(time.time()) + 3600}
        return jwt.encode(claims, self.secret, algorithm="HS256")

    def call(self, function: str, arguments: object, user: str | None = None) -> httpx.Response:
        """An RPC as it goes over the wire, signed in or not."""
        headers = {"apikey": self.key} | ({"Authorization": f"Bearer {self.token(user)}"} if user else {})
        return httpx.post(f"{self.url}/rest/v1/rpc/{function}", json=arguments, headers=headers)

    def rows(self, path: str, user: str | None = None) -> httpx.Response:
        """A read as it goes over the wire."""
        headers = {"apikey": self.key} | ({"Authorization": f"Bearer {self.token(user)}"} if user else {})
        return httpx.get(f"{self.url}/rest/v1/{path}", headers=headers)


@contextmanager
def serve(folder: Path) -> Iterator[Api]:
    """Start it over a database of its own; `folder` keeps its log."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    secret, key = secrets.token_urlsafe(48), f"sb_publishable_{secrets.token_urlsafe(16)}"
    project = Project.find(Path(__file__).parent)
    with Shadow(port=0) as shadow, psycopg.connect(shadow.url(user=ADMIN), autocommit=True) as admin:
        alembic_env.upgrade(project, shadow.url())
        admin.execute("create role sentinel login in role service_role")
        functions = [row[0] for row in admin.execute(AUTH_FUNCTIONS)]
        # Lite makes it itself where it is missing, with other ids than Auth's.
        admin.execute("drop table auth.refresh_tokens cascade")
        environment = {
            "PORT": str(port),
            # The admin, because lite makes tables of its own in schema auth.
            "DATABASE_URL": shadow.url(user=ADMIN, tcp=True),
            "JWT_SECRET": secret,
            "ANON_KEY": key,
            "SERVICE_KEY": f"sb_secret_{secrets.token_urlsafe(16)}",
            "LITE_TELEMETRY": "0",
            "HOME": str(folder),
        }
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["node", str(NPM / "lite.mjs")], env={**os.environ, **environment}, stdout=log, stderr=log
            )
        try:
            api = Api(f"http://127.0.0.1:{port}", key, shadow.url(), secret)
            wait_until_it_answers(api, folder / "log")
            # With its first request lite grants everybody everything, and puts poorer functions in the place of
            # Supabase's: both are taken back.
            for function in functions:
                admin.execute(function)
            with psycopg.connect(shadow.url()) as owner:
                sql_folder.apply(owner, project)
            yield api
        finally:
            process.terminate()
            process.wait(20)


def wait_until_it_answers(api: Api, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if api.rows("rotations?select=id").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)
