"""What a portal does, with the Supabase client: sign in, claim a node, create a job and follow it to its result."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import httpx
from postgrest import APIError
from rich.console import Group, RenderableType
from rich.table import Table

from loop.errors import ConfigError, LoopError
from supabase import AuthError, Client, ClientOptions, SupabaseException, create_client

T = TypeVar("T")

# Seconds for which an API that does not answer is tried again; what is asked may all be asked twice.
PATIENCE = 60.0
# What PostgREST says of a token that has expired.
_EXPIRED = {"PGRST301", "PGRST303"}


class PortalError(LoopError):
    """The API refuses a call, or does not answer; `code` is the function's own where it has one."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


@dataclass(frozen=True)
class Job:
    """A job as its owner sees it.

    Attributes:
        status: pending, running, completed, failed or cancelled.
        completed: iterations whose results are there.
        total: iterations that were asked for.
        result: the aggregate `{"meanDps", "stdDps", "minDps", "maxDps", "totalIterations", "chunksCompleted"}`, once
            the job has ended, or None.
        error: why it failed, or None.
    """

    id: str
    status: str
    completed: int
    total: int
    result: dict[str, Any] | None = None
    error: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.status not in {"pending", "running"}

    @property
    def ok(self) -> bool:
        """Whether it has its result, or may still get it."""
        return self.status not in {"failed", "cancelled"}

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)

    def __rich__(self) -> RenderableType:
        """For people."""
        table = Table(show_header=False, box=None)
        for name, value in (self.result or {}).items():
            table.add_row(name, f"{value:,.6g}" if isinstance(value, float) else f"{value:,}")
        lines: list[RenderableType] = [f"job {self.id}: {self.status}, {self.completed:,} of {self.total:,} iterations"]
        return Group(*lines, *([self.error] if self.error else []), *([table] if self.result else []))


@dataclass(frozen=True)
class Claim:
    """A node that has found its owner."""

    node: str
    name: str
    max_parallel: int
    ok: bool = True

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {"nodeId": self.node, "name": self.name, "maxParallel": self.max_parallel}

    def __rich__(self) -> RenderableType:
        """For people."""
        return f"node {self.name} is yours, {self.max_parallel} chunks at a time"


class Portal:
    """The calls of one user; use it in a `with` block.

    Args:
        url: the Supabase API's URL.
        key: its anon or publishable key.
        token: the user's access token; without it, sign in.

    Raises:
        ConfigError: the URL or the key cannot be one.
    """

    def __init__(self, url: str, key: str, token: str = "") -> None:
        self._http = httpx.Client(timeout=30, http2=True)
        try:
            # One session for one command: nothing kept on disk, no timer that would outlive it.
            self._client: Client = create_client(
                url,
                key,
                ClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=self._http),
            )
        except SupabaseException as error:
            self._http.close()
            raise ConfigError(str(error), hint="the URL looks like https://PROJECT_REF.supabase.co") from error
        if token:
            self._client.postgrest.auth(token)

    def __enter__(self) -> Portal:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def sign_in(self, email: str, password: str) -> None:
        """Become the user with this password.

        Raises:
            PortalError: no such user, or another password.
        """
        credentials = {"email": email, "password": password}
        self._call(lambda: self._client.auth.sign_in_with_password(credentials))  # type: ignore[arg-type]

    def create_job(
        self,
        config: dict[str, Any],
        iterations: int,
        access_type: str = "private",
        discord_server_id: str | None = None,
    ) -> Job:
        """Create a job with all its chunks; a call that was cut off is repeated and makes no second one.

        Raises:
            PortalError: create_job refuses it; the codes are in docs/reference/rpc.md.
        """
        parameters = {
            "p_config": config,
            "p_iterations": iterations,
            "p_access_type": access_type,
            "p_discord_server_id": discord_server_id,
            "p_request_id": str(uuid.uuid4()),
        }
        made: Any = self._call(lambda: self._client.rpc("create_job", parameters).execute()).data
        return Job(made["jobId"], "pending", 0, iterations)

    def job(self, job_id: str) -> Job:
        """One of the user's jobs.

        Raises:
            PortalError: there is none with this id.
        """
        columns = "id, status, completed_iterations, total_iterations, result, error"
        found: list[Any] = self._call(
            lambda: self._client.table("jobs").select(columns).eq("id", job_id).execute()
        ).data
        if not found:
            raise PortalError("job_not_found", f"you have no job {job_id}", "is this the user who submitted it?")
        [row] = found
        return Job(
            row["id"], row["status"], row["completed_iterations"], row["total_iterations"], row["result"], row["error"]
        )

    def follow(self, job_id: str, every: float = 1.0) -> Iterator[Job]:
        """The job now, then every so many seconds, until it has ended.

        Raises:
            PortalError: there is no such job, or the API does not answer for long.
        """
        while True:
            job = self.job(job_id)
            yield job
            if job.ended:
                return
            time.sleep(every)

    def claim(self, code: str, name: str | None = None, max_parallel: int | None = None) -> Claim:
        """Become the owner of the node that shows this claim code.

        Raises:
            PortalError: no node waits under this code.
        """
        found: Any = self._call(lambda: self._client.rpc("verify_claim_code", {"p_code": code}).execute()).data
        if not found["valid"]:
            raise PortalError("claim_code_unknown", f"no node waits under the code {code}", "does the node still run?")
        parameters = {"p_node_id": found["nodeId"], "p_name": name, "p_max_parallel": max_parallel}
        made: Any = self._call(lambda: self._client.rpc("claim_node", parameters).execute()).data
        if not made["success"]:
            raise PortalError("node_taken", str(made["error"]))
        return Claim(made["nodeId"], made["name"], made["maxParallel"])

    def _call(self, call: Callable[[], T]) -> T:
        deadline = time.monotonic() + PATIENCE
        pause = 0.5
        while True:
            try:
                return call()
            except AuthError as error:
                raise PortalError(
                    error.code or "not_signed_in", error.message, "check the e-mail and password"
                ) from error
            except APIError as error:
                if error.code in _EXPIRED and self._renewed():
                    continue
                # Functions of this project put their own code into `details`.
                code = str(error.details or error.code) if str(error.code).startswith("PT") else str(error.code)
                raise PortalError(code, error.message or "the API refuses the call", error.hint or "") from error
            except httpx.TransportError as error:
                if time.monotonic() + pause > deadline:
                    message = f"the API does not answer: {error or type(error).__name__}"
                    raise PortalError("api_unreachable", message, "check the URL") from error
            time.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _renewed(self) -> bool:
        try:
            return self._client.auth.refresh_session().session is not None
        except AuthError:
            return False
