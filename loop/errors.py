"""Every error that a user can meet: a stable code, a message, and a hint that says what to do next.

LoopError
  +-- ConfigError       a setting is missing or makes no sense
  +-- ConnectError      the database cannot be reached, or not in this way
  +-- SignatureError    a request's signature is refused            (loop.signing)
  +-- RefusedError      the sentinel says no to a node              (loop.node.client)
  +-- UnreachableError  the sentinel does not answer                (loop.node.client)
  +-- SimulationError   a simulation gives no result                (loop.node.process)
  +-- PortalError       the Supabase API refuses a user's call      (loop.portal)
"""

from __future__ import annotations


class LoopError(Exception):
    """Base of all errors meant for a person; the command line prints it without a traceback.

    `code` is stable and meant for machines, `hint` says what to do next and may be empty.
    `exit_code` is 2: 1 is kept for "the answer is no" (a job that failed).
    """

    code = "error"
    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(LoopError):
    """A setting is missing or makes no sense."""

    code = "config"


class ConnectError(LoopError):
    """The database cannot be reached, or not in the way that the sentinel needs."""

    code = "connect"
