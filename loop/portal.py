"""What a portal does, with the Supabase client: sign in, claim a node, create a job and follow it to its result."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
from postgrest import APIError
from rich.console import Group, RenderableType
from rich.table import Table

from loop.backoff import Backoff
from loop.errors import ConfigError, LoopError
from loop.retries import PatientTransport
from supabase import AuthError, AuthRetryableError, Client, ClientOptions, SupabaseException, create_client

T = TypeVar("T")

# Seconds for which an API that does not answer is tried again; what is asked may all be asked twice.
PATIENCE = 60.0
# What PostgREST says of a token whose time is over, or, by its own clock, has not come.
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
        patience: seconds for which a call is repeated that a gateway or a broken connection stopped.

    Raises:
        ConfigError: the URL or the key cannot be one.
    """

    def __init__(self, url: str, key: str, token: str = "", patience: float = PATIENCE) -> None:
        self._patience = patience
        # Renewing the session goes by this, and not by the time at which it is said to end: clocks differ.
        self._refresh_token = ""
        self._http = httpx.Client(timeout=30, transport=PatientTransport(httpx.HTTPTransport(http2=True), patience))
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
        signed_in = self._call(lambda: self._client.auth.sign_in_with_password(credentials))  # type: ignore[arg-type]
        if signed_in.session is None:
            raise PortalError("not_signed_in", "the API signs nobody in", "has the e-mail address been confirmed?")
        self._refresh_token = signed_in.session.refresh_token

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

        def create() -> Job:
            made = _fields(self._client.rpc("create_job", parameters).execute())
            return Job(made["jobId"], "pending", 0, iterations)

        try:
            return self._call(create)
        except PortalError as error:
            if error.code == "api_unreachable":
                error.hint = "the job may have been made all the same: look for it before you submit it again"
            raise

    def job(self, job_id: str) -> Job:
        """One of the user's jobs.

        Raises:
            PortalError: there is none with this id.
        """
        columns = "id, status, completed_iterations, total_iterations, result, error"

        def read() -> Job | None:
            # Repeating is the transport's.
            asked = self._client.table("jobs").select(columns).eq("id", job_id).retry(False)
            found: Any = asked.execute().data
            return Job(*(found[0][column] for column in columns.split(", "))) if found else None

        if job := self._call(read):
            return job
        raise PortalError("job_not_found", f"you have no job {job_id}", "is this the user who submitted it?")

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
        parameters: dict[str, Any] = {"p_code": code}
        node = self._call(lambda: _node_of(_fields(self._client.rpc("verify_claim_code", parameters).execute())))
        if node is None:
            raise PortalError("claim_code_unknown", f"no node waits under the code {code}", "does the node still run?")
        chosen: dict[str, Any] = {"p_node_id": node, "p_name": name, "p_max_parallel": max_parallel}

        def claim() -> Claim | str:
            made = _fields(self._client.rpc("claim_node", chosen).execute())
            return Claim(made["nodeId"], made["name"], made["maxParallel"]) if made["success"] else str(made["error"])

        claimed = self._call(claim)
        if isinstance(claimed, str):
            raise PortalError("node_taken", claimed)
        return claimed

    def _call(self, call: Callable[[], T]) -> T:
        """What a call gives; once more with a new token where the API wants one.

        Raises:
            PortalError: the answer is no, makes no sense, or there is none.
        """
        deadline = time.monotonic() + self._patience
        backoff = Backoff()
        renewed = False
        while True:
            try:
                return call()
            except AuthRetryableError as error:
                raise _unreachable(error.message) from error
            except AuthError as error:
                raise PortalError(
                    error.code or "not_signed_in", error.message, "check the e-mail and password"
                ) from error
            except APIError as error:
                if error.code not in _EXPIRED or not self._refresh_token:
                    raise _refused(error) from error
                # A new token that is no better is too new for the API's clock: that passes, or is said.
                pause = backoff.pause() if renewed else 0.0
                if time.monotonic() + pause > deadline:
                    raise _refused(error) from error
                renewed = self._renew() or renewed
            except httpx.TransportError as error:
                raise _unreachable(str(error) or type(error).__name__) from error
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                raise PortalError(
                    "api_unintelligible", "the API gave another answer than was expected", "is this the right URL?"
                ) from error
            time.sleep(pause)

    def _renew(self) -> bool:
        """Whether there is a new session, with a new token for the next call.

        Raises:
            PortalError: the session is over.
        """
        try:
            session = self._client.auth.refresh_session(self._refresh_token).session
        except AuthRetryableError as error:
            raise _unreachable(error.message) from error
        except AuthError as error:
            raise PortalError("session_ended", f"the session has ended: {error.message}", "sign in again") from error
        if session is not None:
            self._refresh_token = session.refresh_token
        return session is not None


def _fields(answer: Any) -> dict[str, Any]:
    """The object that a function of the database gave."""
    return dict(answer.data)


def _node_of(found: dict[str, Any]) -> str | None:
    return str(found["nodeId"]) if found["valid"] else None


def _unreachable(reason: str) -> PortalError:
    return PortalError("api_unreachable", f"the API does not answer: {reason}", "check the URL")


def _refused(error: APIError) -> PortalError:
    """A refusal in words: those of the function called, of PostgREST, or of a gateway in between."""
    code, message, hint = str(error.code), error.message or "", error.hint or ""
    if code.startswith("PT") and error.details:
        # Functions of this project put their own code into `details`.
        return PortalError(str(error.details), message, hint)
    if code in _EXPIRED:
        if "future" in message or "not yet" in message:
            return PortalError(code, f"the API's clocks disagree: {message}", "try again in some minutes")
        return PortalError(code, f"the access token is not accepted: {message}", "sign in again, or get a new token")
    if code.isdigit() and len(code) == 3:
        # No JSON came; the page that came instead is for browsers.
        known = int(code) in {status.value for status in HTTPStatus}
        said = f"the API answered {code}" + (f" {HTTPStatus(int(code)).phrase}" if known else "")
        return PortalError("api_unreachable", said, "try again later, or check the URL")
    return PortalError(code, message or "the API refuses the call", hint)
