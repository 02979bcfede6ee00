"""What an operator changes: a job through its owner's own functions, and whose nodes work for others."""

from __future__ import annotations

import json
import logging
from typing import Any, LiteralString

import psycopg

from loop.sentinel.database import Database
from loop.sentinel.errors import ApiError

log = logging.getLogger(__name__)

_CALLS: dict[str, LiteralString] = {
    "cancel": "select public.cancel_job(%(job)s) as answer",
    "retry": "select public.retry_job(%(job)s) as answer",
}
# There is no function for it; docs/trust.md has the operator write the table.
_BLOCK = """
insert into private.owner_trust as t (owner, blocked_until)
values (%(owner)s, 'infinity')
on conflict (owner) do update set blocked_until = 'infinity'
"""
# What waits may have somebody to compute it again.
_UNBLOCK = """
with freed as (
  update private.owner_trust as t set blocked_until = null where t.owner = %(owner)s returning t.owner
)
select pg_notify('pending_chunk', '') from freed
"""


class Actions:
    """One transaction each, on a connection of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change_job(self, what: str, job: str) -> dict[str, Any]:
        """Cancel or retry a job in its owner's name; what the function answers.

        Raises:
            ApiError: there is no such job, it is nobody's, or this login may not act for users.
            psycopg.Error: the function refuses it.
        """
        async with await self._database.connect() as conn, conn.transaction():
            found = await conn.execute("select j.user_id from public.jobs as j where j.id = %(job)s", {"job": job})
            row = await found.fetchone()
            if row is None:
                raise ApiError(404, "job_not_found", "there is no such job", "It may have been deleted meanwhile.")
            if row["user_id"] is None:
                raise ApiError(
                    409,
                    "job_is_a_copy",
                    "this job checks a chunk of another one",
                    "Cancel that one: its checks end too.",
                )
            claims = json.dumps({"sub": str(row["user_id"]), "role": "authenticated"})
            try:
                await conn.execute(
                    "select set_config('request.jwt.claims', %s, true), set_config('role', 'authenticated', true)",
                    [claims],
                )
            except psycopg.errors.InsufficientPrivilege:
                raise _not_allowed("act for users", "grant authenticated to it") from None
            answer = await (await conn.execute(_CALLS[what], {"job": job})).fetchone()
        log.info("operator: %s job %s", what, job)
        return dict(answer["answer"]) if answer else {}

    async def block(self, owner: str, blocked: bool) -> None:
        """Keep others' chunks from an owner's nodes, or no longer.

        Raises:
            ApiError: this login may not.
        """
        try:
            async with await self._database.connect() as conn:
                await conn.execute(_BLOCK if blocked else _UNBLOCK, {"owner": owner})
        except psycopg.errors.InsufficientPrivilege:
            raise _not_allowed("block owners", "give it that of the project's owner") from None
        log.info("operator: %s owner %s", "block" if blocked else "unblock", owner)


def _not_allowed(what: str, mend: str) -> ApiError:
    return ApiError(
        403, "login_may_not", f"the pages' login may not {what}", f"Set LOOP_OPERATOR_DATABASE_URL, or {mend}."
    )
