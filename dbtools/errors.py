"""Every error that a user can meet: a stable code, a message, and a hint that says what to do next.

DbtoolsError
  +-- ConfigError      a setting is missing or makes no sense
  +-- ConnectError     the database cannot be reached, or not in this way
  +-- ShadowError      the embedded server cannot be started
  +-- PlatformFileError  the platform's files cannot be read, or not be laid
  +-- PullError        the live schema cannot be captured
  +-- MigrationError   a revision cannot be applied
  +-- ReviseError      no revision can be written from what sql/ holds
  +-- SquashError      the revisions cannot become one
  +-- RenamesError     something looks renamed, and nobody says whether it was
  +-- DiffError        live and head cannot be compared
  +-- VerifyError      the check itself cannot be made
  +-- DocsError        the catalog cannot be read for its pages
  +-- AuditError       the sources or the catalog cannot be read
  +-- SignatureError   a request's signature is refused            (loop.signing)
  +-- RefusedError     the sentinel says no to a node              (loop.node.client)
  +-- UnreachableError the sentinel does not answer                (loop.node.client)
  +-- SimulationError  a simulation gives no result                (loop.node.program)
  +-- PortalError      the Supabase API refuses a user's call      (loop.portal)
"""

from __future__ import annotations


class DbtoolsError(Exception):
    """Base of all errors meant for a person; the command line prints it without a traceback.

    `code` is stable and meant for machines, `hint` says what to do next and may be empty.
    `exit_code` is 2 nearly everywhere: 1 is kept for "the answer is no" (a difference, something missing, a question).
    """

    code = "error"
    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(DbtoolsError):
    """A setting is missing or makes no sense."""

    code = "config"


class ConnectError(DbtoolsError):
    """The database cannot be reached, or not in the way that the work needs."""

    code = "connect"


class ShadowError(DbtoolsError):
    """The embedded server cannot be started."""

    code = "shadow"


class PlatformFileError(DbtoolsError):
    """A file of the platform's folder cannot be read, written or laid."""

    code = "platform"


class PullError(DbtoolsError):
    """The live schema cannot be captured."""

    code = "pull"


class MigrationError(DbtoolsError):
    """A revision cannot be applied; the database stays at the revision before it."""

    code = "migration"


class ReviseError(DbtoolsError):
    """No revision can be written that brings head to what `sql/` holds; nothing was written."""

    code = "revise"


class SquashError(DbtoolsError):
    """The revisions cannot become one baseline; nothing was written."""

    code = "squash"


class RenamesError(DbtoolsError):
    """Something looks renamed, and nobody says whether it was; nothing was written."""

    code = "renames"
    exit_code = 1


class DiffError(DbtoolsError):
    """Live and head cannot be compared, which says nothing about either."""

    code = "diff"


class VerifyError(DbtoolsError):
    """The check itself cannot be made, which says nothing about the database."""

    code = "verify"


class DocsError(DbtoolsError):
    """The catalog cannot be read, so that there is nothing to write pages about."""

    code = "docs"


class AuditError(DbtoolsError):
    """The sources or the catalog cannot be read, which says nothing of either."""

    code = "audit"
