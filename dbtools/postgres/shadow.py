"""A shadow: a fresh, Supabase-shaped database on an embedded Postgres, in about a second and without Docker.

The server's `template1` is given the platform's shape once, so every database made on it, by whomever and however,
is born as a hosted project is: the API roles, an owner `postgres` that is no superuser, `auth`, `storage`, `cron`, and
the platform's default privileges.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import psycopg
from psycopg import sql

from dbtools import platform
from dbtools.postgres.embedded import BOOTSTRAP_USER, EmbeddedServer

OWNER = "postgres"
ADMIN = "supabase_admin"


class Shadow:
    """An embedded server whose every database has the shape of a Supabase project.

    Args:
        major: the major version of Postgres; others than 18 have to be on the machine (`embedded.binaries`).
        port: a TCP port on 127.0.0.1 beside the Unix socket (0: any free one), for clients that know no sockets.
        durable: keep fsync on, for tests that stop the server the hard way.

    Use it in a `with` block; leaving the block stops the server and deletes it.
    """

    def __init__(self, *, major: int = 18, port: int | None = None, durable: bool = False) -> None:
        self._has_path = major >= 18
        self.server = EmbeddedServer(major=major, port=port, durable=durable, own_copy=not self._has_path)
        self.server.settings["dbtools.shadow"] = "on"

    def __enter__(self) -> Shadow:
        try:
            self.server.prepare()
            self._extensions = self._gather_extensions()
            self.server.start()
            self._build_platform()
        except BaseException:
            self.server.remove()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.remove()

    def url(self, database: str = "postgres", *, user: str = OWNER, tcp: bool = False) -> str:
        """A libpq URL; as the project's owner unless another role is named."""
        return self.server.url(database, user=user, tcp=tcp)

    def create(self, name: str | None = None, *, template: str = "template1") -> str:
        """Make another database, owned by `postgres`, and return its URL; without a name it gets one of its own."""
        name = name or f"shadow_{uuid.uuid4().hex[:12]}"
        self._admin(
            sql.SQL("create database {} template {} owner {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER)
            )
        )
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, ending the sessions in it."""
        self._admin(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def offer_extension(self, name: str, version: str) -> None:
        """Let `create extension NAME` succeed, with nothing in it, where the server has no such extension.

        The extension's own objects are not there: whatever needs one fails to load, and says so.
        """
        with psycopg.connect(self.url(user=ADMIN)) as conn:
            have = conn.execute("select 1 from pg_available_extensions where name = %s", [name]).fetchone()
        if have is None:
            (self._extensions / f"{name}.control").write_text(
                f"comment = 'empty stand-in'\ndefault_version = '{version}'\nrelocatable = true\ntrusted = true\n"
            )
            (self._extensions / f"{name}--{version}.sql").write_text("-- empty stand-in\n")

    def _admin(self, statement: sql.Composed) -> None:
        # From `postgres`, because a template with another session in it cannot be copied.
        with psycopg.connect(self.url(user=ADMIN), autocommit=True) as conn:
            conn.execute(statement)

    def _gather_extensions(self) -> Path:
        """A folder of our stand-ins and of what the server brings, which the owner may create as on a hosted server.

        Ours take the place of the server's own of the same name, so that every major behaves alike.
        """
        own = self.server.share / "extension"
        folder = own
        if self._has_path:
            folder = self.server.base / "stand-ins/extension"
            shutil.copytree(own, folder)
            self.server.settings["extension_control_path"] = f"{folder.parent}:$system"
        shutil.copytree(platform.HERE / "extension", folder, dirs_exist_ok=True)
        for control in folder.glob("*.control"):
            with control.open("a") as file:
                file.write("\ntrusted = true\n")
        return folder

    def _build_platform(self) -> None:
        # The bootstrap user cannot lose superuser, so it becomes the platform's admin and postgres is made anew. No
        # role can rename itself: a helper does it and goes.
        with psycopg.connect(self.server.url("template1"), autocommit=True) as conn:
            conn.execute("create role renamer superuser login")
        with psycopg.connect(self.server.url("template1", user="renamer"), autocommit=True) as conn:
            conn.execute(f"alter role {BOOTSTRAP_USER} rename to {ADMIN}")
        with psycopg.connect(self.server.url("template1", user=ADMIN), autocommit=True) as conn:
            conn.execute("drop role renamer")
            conn.execute("drop database postgres")
            with conn.transaction():
                conn.execute((platform.HERE / "roles.sql").read_bytes())
                conn.execute((platform.HERE / "database.sql").read_bytes())
            # Created from template1 by the one session that is in it, which Postgres allows.
            conn.execute(f"create database postgres owner {OWNER}")
