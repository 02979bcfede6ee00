"""A database full of other people's rows, and everybody who could ask for them."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from dbtools.postgres.connection import acting_as

PROJECT_SCHEMAS = """
  select oid from pg_namespace
  where nspname in ('public', 'private') or pg_get_userbyid(nspowner) = 'postgres' and nspname <> 'extensions'
"""


# A role, and the user that is signed in.
Caller = tuple[str, str | None]
NOBODY: Caller = ("authenticated", "00000000-0000-4000-8000-00000000dead")


@dataclass
class World:
    """A database at head with the stand-in's data: one session as the superuser, one that plays the roles."""

    admin: psycopg.Connection
    player: psycopg.Connection

    def relations(self, kinds: str = "rpvmfS") -> list[str]:
        rows = self.admin.execute(
            f"""
            select format('%%I.%%I', relnamespace::regnamespace, relname) from pg_class
            where relnamespace in ({PROJECT_SCHEMAS}) and relkind = any(%s) order by 1
            """.encode(),
            [list(kinds)],
        ).fetchall()
        return [name for (name,) in rows]

    def users(self) -> list[str]:
        """Everybody there is, and somebody who owns nothing."""
        rows = self.admin.execute("select id::text from auth.users order by 1").fetchall()
        return [*(user for (user,) in rows), "00000000-0000-4000-8000-00000000dead"]

    def request(self, caller: Caller, query: str, values: list[object] | None = None) -> tuple[int, set[str]]:
        """One request as PostgREST would make it, undone afterwards: how many rows it touched, and what it returned.

        Raises:
            psycopg.Error: what the caller would see.
        """
        role, user = caller
        claims = {"sub": user} if user else {}
        with self.player.transaction(force_rollback=True), acting_as(self.player, role, claims):
            cursor = self.player.execute(query.encode(), values)
            return cursor.rowcount, {row for (row,) in cursor.fetchall()} if cursor.description else set()

    def text(self, relation: str, role: str) -> str:
        """An expression for a row `r` as text, of those of its columns that the role may read, if any."""
        query = """
          select quote_ident(attname) from pg_attribute
          where attrelid = %s::regclass and attnum > 0 and not attisdropped
            and (
              has_column_privilege(%s, attrelid, attnum, 'select')
              or not has_any_column_privilege(%s, attrelid, 'select')
            )
          order by attnum
        """
        names = [name for (name,) in self.admin.execute(query, [relation, role, role]).fetchall()]
        return f"row({', '.join(f'r.{name}' for name in names)})::text"

    def rows(self, relation: str, condition: str, user: str | None, role: str = "authenticated") -> set[str]:
        """The rows that fulfil a condition, as text that the role may read, as the superuser sees them."""
        query = f"select {self.text(relation, role)} from {relation} as r where {condition}"
        return {row for (row,) in self.admin.execute(query.encode(), {"me": user}).fetchall()}


def callers(world: World) -> list[Caller]:
    return [("anon", None), *(("authenticated", user) for user in world.users())]


def columns(world: World, relation: str) -> list[str]:
    query = """
      select quote_ident(attname) from pg_attribute
      where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    """
    return [sql_name for (sql_name,) in world.admin.execute(query, [relation]).fetchall()]
