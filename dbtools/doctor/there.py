"""What of the database the commands need; it is only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from dbtools import alembic_env, catalog
from dbtools.doctor.report import Check, Need, State
from dbtools.errors import ConfigError, ConnectError, DbtoolsError, PlatformFileError, PullError, ShadowError
from dbtools.platform.facts import Facts, reference
from dbtools.platform.ground import of_project, read_ground
from dbtools.platform.ownership import Ownership
from dbtools.postgres.connection import connect, is_pooled
from dbtools.postgres.programs import EMBEDDED_MAJOR, binaries, extensions
from dbtools.project import Project, database_url, revisions
from dbtools.pull.dump import program
from dbtools.report import counted

_LIMITS = b"set default_transaction_read_only = on; set lock_timeout = '2s'; set statement_timeout = '10s'"
_POOLER = "locks, settings and pg_dump's snapshot would end with each transaction"


def database(url: str | None, project: Project | None) -> list[Check]:
    """All that can be said of a database; of one that cannot be reached only why."""
    try:
        with connect(database_url(url), autocommit=True, application_name="dbtools-doctor") as connection:
            return list(_Patient(connection, project).checks())
    except (ConfigError, ConnectError) as error:
        hint = f"{_POOLER}; {error.hint}" if "pooler" in error.message else error.hint
        return [_check("connection", "missing", error.message, hint, "database")]
    except psycopg.Error as error:
        return [_check("connection", "missing", f"lost, or refused: {str(error).strip()}", need="database")]


def _check(name: str, state: State, found: str, hint: str = "", need: Need = "") -> Check:
    return Check("database", name, state, found, hint, need)


@dataclass
class _Patient:
    connection: psycopg.Connection
    project: Project | None

    def checks(self) -> Iterator[Check]:
        yield self._connection()
        yield self._encryption()
        facts = self._facts(Ownership.of(self._platform()))
        # After that: whether a role writes by default is to be seen.
        self.connection.execute(_LIMITS)
        yield from self._versions(facts.version)
        yield self._tried("catalog", lambda: catalog.read(self.connection))
        yield self._tried("platform", lambda: read_ground(self.connection, self._platform()))
        yield self._reads(facts)
        yield self._writes(facts, self._platform().owner)
        if facts.filtered and not facts.superuser:
            found = f"hides rows of {_few(facts.filtered)} from {facts.role}"
            yield _check("row security", "note", found, "what plan says of their rows is not complete")
        yield from self._extensions(facts)
        if self.project:
            yield self._revision(self.project)

    def _connection(self) -> Check:
        info = self.connection.info
        where = f"{info.user}@{info.host}:{info.port}/{info.dbname}"
        if is_pooled(self.connection):
            return _check("connection", "ok", f"{where}, through a pooler in session mode", need="database")
        return _check("connection", "ok", where, need="database")

    def _encryption(self) -> Check:
        host = self.connection.info.host
        if self.connection.pgconn.ssl_in_use:
            mode = self.connection.info.get_parameters().get("sslmode", "")
            if mode.startswith("verify-"):
                return _check("encryption", "ok", f"TLS, and the server's certificate is verified ({mode})")
            hint = "sslmode=verify-full with sslrootcert=FILE"
            return _check("encryption", "note", "TLS, but nobody has verified whose certificate it is", hint)
        if host.startswith(("/", "@", "127.")) or host in {"", "localhost", "::1"}:
            return _check("encryption", "ok", "none, and none is needed on this machine")
        return _check(
            "encryption", "note", "none: whoever is between sees the password and the rows", "sslmode=require"
        )

    def _platform(self) -> Facts:
        try:
            return of_project(self.project.migrations) if self.project else reference()
        except PlatformFileError:
            return reference()

    def _tried(self, need: Need, work: Callable[[], object]) -> Check:
        """Whether what the commands do first works for this role."""
        try:
            work()
        except psycopg.errors.InsufficientPrivilege as error:
            return _check(
                need, "missing", error.diag.message_primary or str(error), "read as the project's owner", need
            )
        return _check(need, "ok", "can be read", need=need)

    def _facts(self, ownership: Ownership) -> Any:
        query = (files("dbtools.doctor") / "rights.sql").read_bytes()
        schema = self.project.version_table_schema if self.project else "private"
        with self.connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(
                query, {"platform": list(ownership.schemas), "owner": ownership.owner, "version": schema}
            ).fetchone()

    def _versions(self, version: str) -> Iterator[Check]:
        major = self.connection.info.server_version // 10000
        try:
            binaries(major)
            yield _check("server", "ok", f"Postgres {version}; shadows run on {major} too")
        except ShadowError as error:
            found = f"Postgres {version}; shadows run on {EMBEDDED_MAJOR}, because there is no {major} here"
            yield _check("server", "note", found, error.hint)
        try:
            _, dumper = program(major)
            yield _check("pg_dump", "ok", str(dumper), need="pg_dump")
        except (PullError, ShadowError) as error:
            yield _check("pg_dump", "missing", error.message, error.hint, "pg_dump")

    def _reads(self, facts: Any) -> Check:
        who = f"{facts.role}, a superuser" if facts.superuser else facts.role
        if facts.unread:
            found = f"{who} may not read {_few(facts.unread)}"
            return _check("reads", "missing", found, "read as the project's owner, or grant select", "reads")
        return _check("reads", "ok", f"{who} may read all {counted(facts.tables, 'table')}", need="reads")

    def _writes(self, facts: Any, owner: str) -> Check:
        if facts.read_only:
            return _check("writes", "missing", "the server is a standby, or read-only for this role", "", "writes")
        if not (facts.superuser or facts.is_owner):
            found = f"{facts.role} is not {owner}, who owns what revisions change"
            return _check("writes", "missing", found, f"upgrade as {owner}", "writes")
        if not facts.may_create:
            hint = f"grant create on database {self.connection.info.dbname}"
            return _check("writes", "missing", f"{facts.role} may create nothing here", hint, "writes")
        return _check("writes", "ok", f"{facts.role} may run revisions", need="writes")

    def _extensions(self, facts: Any) -> Iterator[Check]:
        major = self.connection.info.server_version // 10000
        try:
            brought = extensions(major)
        except ShadowError:
            brought = extensions(EMBEDDED_MAJOR)
        played = {file.removesuffix(".control") for file in {**reference().stand_ins, **self._platform().stand_ins}}
        for kind, names in (
            ("which a shadow's server brings", [name for name in facts.extensions if name in brought]),
            ("played by stand-ins", [n for n in facts.extensions if n in played and n not in brought]),
        ):
            if names:
                yield _check("extensions", "ok", f"{', '.join(names)}: {kind}")
        if unknown := [name for name in facts.extensions if name not in brought and name not in played]:
            found = f"{', '.join(unknown)}: a shadow has neither it nor a stand-in"
            yield _check("extensions", "note", found, "dbtools pull writes stand-ins from the catalog")
        if not facts.checks_bodies:
            found = "is not offered: verify --level sound cannot check PL/pgSQL bodies"
            yield _check("plpgsql_check", "note", found)

    def _revision(self, project: Project) -> Check:
        try:
            at = set(revisions.recorded(self.connection, project))
            if not at:
                hint = "alembic stamp 0001, if it is what the baseline was pulled from"
                return _check("revision", "note", "none, by its own account", hint)
            heads = set(alembic_env.heads(project))
        except psycopg.Error as error:
            return _check("revision", "missing", f"cannot be read: {str(error).strip()}", "grant select on it", "reads")
        except Exception as error:
            return _check("revision", "note", f"cannot be compared: {_said(error)}")
        if at == heads:
            return _check("revision", "ok", f"{', '.join(sorted(at))}, which is head")
        return _check("revision", "note", f"{', '.join(sorted(at))}; head is {', '.join(sorted(heads))}")


def _said(error: Exception) -> str:
    return error.message if isinstance(error, DbtoolsError) else str(error).strip()


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
