"""A shadow: a fresh database on an embedded Postgres that stands on a platform, in about a second and without Docker.

The second time it takes a tenth: the server's data directory is kept in the user's cache.

The server's `template1` is given the platform once, so every database made on it, by whomever and however, is born on
it. Without another one that is the packaged platform of a hosted Supabase project: the API roles, an owner `postgres`
that is no superuser, `auth`, `storage`, and the platform's default privileges.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from dbtools.platform import hooks, stand_in
from dbtools.platform.facts import Facts, line, reference
from dbtools.platform.lay import Unlaid, give_database, lay
from dbtools.platform.ownership import Ownership
from dbtools.postgres import cache
from dbtools.postgres.embedded import BOOTSTRAP_USER, EmbeddedServer

# Who they are on the packaged platform; on another one ask the shadow.
OWNER = "postgres"
ADMIN = "supabase_admin"

# Seconds that making a content takes from which on it is kept. Keeping takes about a third of one.
_WORTH_KEEPING = 1


@dataclass(frozen=True)
class Content:
    """What a shadow holds from its start, beyond its platform.

    Attributes:
        key: a digest of all that it is made from.
        make: makes it in a shadow that has started, leaves no session there, and returns whether it may be kept.
    """

    key: str
    make: Callable[[Shadow], bool]


class Shadow:
    """An embedded server whose every database stands on a platform.

    Args:
        major: the major version of Postgres; others than 18 have to be on the machine (`programs.binaries`).
        port: a TCP port on 127.0.0.1 beside the Unix socket (0: any free one), for clients that know no sockets.
        durable: keep fsync on, for tests that stop the server the hard way.
        platform: what its databases stand on: facts, or the folder that they are kept in; None for the packaged one.
        hooks: let the owner do what the extensions of a hosted server let it do beyond its privileges.
        content: what it holds from its start.

    Use it in a `with` block; leaving the block stops the server and deletes it. `owner` is the project's owner, `admin`
    the superuser, and `unlaid` what of the platform this server does not take.
    """

    def __init__(  # noqa: PLR0913  (each has a default, and its use)
        self,
        *,
        major: int = 18,
        port: int | None = None,
        durable: bool = False,
        platform: Facts | Path | None = None,
        hooks: bool = True,
        content: Content | None = None,
    ) -> None:
        self.platform = Facts.load(platform) if isinstance(platform, Path) else platform or reference()
        self.owner, self.admin = self.platform.owner, self.platform.admin
        self.unlaid: tuple[Unlaid, ...] = ()
        self._fitted: dict[str, str] = {}
        self._hooks = hooks
        self._content = content
        self._has_path = major >= 18
        self.server = EmbeddedServer(major=major, port=port, durable=durable, own_copy=not self._has_path)
        self.server.settings["dbtools.shadow"] = "on"
        self.server.settings["dbtools.ownership"] = Ownership.of(self.platform).dumps()

    def __enter__(self) -> Shadow:
        try:
            self.server.prepare()
            self._extensions = self._gather_extensions()
            self._begin()
        except BaseException:
            self.server.remove()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.remove()

    def url(self, database: str = "postgres", *, user: str | None = None, tcp: bool = False) -> str:
        """A libpq URL; as the project's owner unless another role is named."""
        return self.server.url(database, user=user or self.owner, tcp=tcp)

    def create(self, name: str | None = None, *, template: str = "template1") -> str:
        """Make another database, owned by the project's owner, and return its URL; without a name it is a new one."""
        name = name or f"shadow_{uuid.uuid4().hex[:12]}"
        # From `postgres`, because a template with another session in it cannot be copied.
        with psycopg.connect(self.url(user=self.admin), autocommit=True) as conn:
            self._create(conn, name, template)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, ending the sessions in it."""
        with psycopg.connect(self.url(user=self.admin), autocommit=True) as conn:
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def offer_extension(self, name: str, version: str) -> None:
        """Let `create extension NAME` succeed, with nothing in it, where the server has no such extension.

        The extension's own objects are not there: whatever needs one fails to load, and says so.
        """
        with psycopg.connect(self.url(user=self.admin)) as conn:
            have = conn.execute("select 1 from pg_available_extensions where name = %s", [name]).fetchone()
        if have is None:
            _offer(self._extensions, name, version)

    def _create(self, conn: psycopg.Connection[Any], name: str, template: str) -> None:
        conn.execute(
            sql.SQL("create database {} template {} owner {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier(self.owner)
            )
        )
        with conn.transaction(), conn.cursor() as cursor:
            give_database(cursor, self.platform, name)

    def _gather_extensions(self) -> Path:
        """A folder of stand-ins and of what the server brings, which the owner may create as on a hosted server.

        Stand-ins of the project's own platform win over the server's own, because they are live's versions.
        """
        own = self.server.share / "extension"
        folder = own
        if self._has_path:
            folder = self.server.base / "stand-ins/extension"
            shutil.copytree(own, folder)
            self.server.settings["extension_control_path"] = f"{folder.parent}:$system"
        self._stand_ins = _wanted(folder, self.platform)
        _put(folder, self._stand_ins)
        for row in self.platform.of("extension"):
            _offer(folder, row["name"], row["version"])
        for control in folder.glob("*.control"):
            with control.open("a") as file:
                file.write("\ntrusted = true\n")
        hooks.offer_libraries(self.server, self.platform)
        return folder

    def _begin(self) -> None:
        on_platform, content = self._key(), self._content
        if content is None:
            self._begin_on_platform(on_platform)
            return
        with_content = cache.digest(on_platform, content.key)
        if self._resume(with_content):
            return
        self._begin_on_platform(on_platform)
        began = time.monotonic()
        if content.make(self) and time.monotonic() - began > _WORTH_KEEPING:
            self._keep(with_content)

    def _begin_on_platform(self, key: str) -> None:
        if not self._resume(key):
            self.server.start()
            self._build_platform()
            self._keep(key)

    def _key(self) -> str:
        stand_ins = sorted(self._stand_ins.items())
        return cache.digest(self.server.identity, self._hooks, *map(line, self.platform.rows), *stand_ins)

    def _resume(self, key: str) -> bool:
        notes = self.server.resume(key)
        if notes is not None:
            self.unlaid = tuple(Unlaid(**one) for one in notes["unlaid"])
            self._fitted = notes["fitted"]
            for file, text in self._fitted.items():
                (self._extensions / file).write_text(text, "utf-8")
        return notes is not None

    def _keep(self, key: str) -> None:
        unlaid = [{"fact": dict(one.fact), "reason": one.reason} for one in self.unlaid]
        self.server.keep(key, {"unlaid": unlaid, "fitted": self._fitted})

    def _build_platform(self) -> None:
        self._rename_bootstrap_user()
        with psycopg.connect(self.server.url("template1", user=self.admin), autocommit=True) as conn:
            for file, text in self._stand_ins.items():
                if file.endswith(".sql") and (fitting := stand_in.fitted(conn, text)) != text:
                    self._fitted[file] = fitting
                    (self._extensions / file).write_text(fitting, "utf-8")
            conn.execute("drop database postgres")
            self.unlaid = lay(conn, self.platform)
            if self._hooks:
                hooks.imitate(conn, self.platform)
            _note_birth(conn)
            # Created from template1 by the one session that is in it, which Postgres allows.
            self._create(conn, "postgres", "template1")

    def _rename_bootstrap_user(self) -> None:
        # It cannot lose superuser, so it becomes the platform's. No role can rename itself: a helper does it and goes.
        if self.admin == BOOTSTRAP_USER:
            return
        with psycopg.connect(self.server.url("template1"), autocommit=True) as conn:
            conn.execute("create role dbtools_renamer superuser login")
        with psycopg.connect(self.server.url("template1", user="dbtools_renamer"), autocommit=True) as conn:
            conn.execute(
                sql.SQL("alter role {} rename to {}").format(sql.Identifier(BOOTSTRAP_USER), sql.Identifier(self.admin))
            )
        with psycopg.connect(self.server.url("template1", user=self.admin), autocommit=True) as conn:
            conn.execute("drop role dbtools_renamer")


def _extension(file: str) -> str:
    return file.partition("--")[0].removesuffix(".control")


def _wanted(folder: Path, platform: Facts) -> dict[str, str]:
    """The stand-ins that take the place of what a folder has: all of a platform's own, most of the packaged ones.

    A packaged one that was made from a library's extension stays away where the server brings that extension itself.
    """
    packaged = reference().stand_ins
    part = {str(row["name"]) for row in platform.of("extension")}
    real = {
        _extension(file)
        for file, text in packaged.items()
        if "\n--or " in text and (folder / f"{_extension(file)}.control").exists()
    }
    wanted = {file: text for file, text in packaged.items() if _extension(file) not in real - part}
    return wanted if platform.stand_ins is packaged else {**wanted, **platform.stand_ins}


def _put(folder: Path, stand_ins: Mapping[str, str]) -> None:
    """Put stand-ins into a folder, and what the server has of the same name out of it: the two do not mix."""
    for extension in {_extension(file) for file in stand_ins}:
        for path in folder.glob(f"{extension}--*.sql"):
            path.unlink()
    for file, text in stand_ins.items():
        (folder / file).write_text(text, "utf-8")


def _offer(folder: Path, name: str, version: str) -> None:
    """Let an extension be created in this version: what there is under this name, or nothing."""
    control = folder / f"{name}.control"
    if not control.exists():
        control.write_text(
            f"comment = 'empty stand-in'\ndefault_version = '{version}'\nrelocatable = true\ntrusted = true\n"
        )
        (folder / f"{name}--{version}.sql").write_text("-- empty stand-in\n")
    if not list(folder.glob(f"{name}--*{version}.sql")):
        newest = max(folder.glob(f"{name}--*.sql"), key=lambda path: path.name.count("--") == 1, default=None)
        if newest:
            shutil.copy(newest, folder / f"{name}--{version}.sql")


def _note_birth(conn: psycopg.Connection[Any]) -> None:
    """Note, in every database's sight, which objects are the platform's: those below the next OID. See `clear.sql`."""
    conn.execute(
        "do $$ begin execute format('comment on database template1 is %L', 'dbtools platform below '"
        " || pg_nextoid('pg_class', 'oid', 'pg_class_oid_index')); end $$"
    )
