"""What may be hazardous about a revision: each has a code, which stays, and a page in docs/reference/hazards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning", "note"]

# Codes by severity: an error stops the upgrade, loses something or keeps others waiting for long; a warning may break
# somebody; a note is advice, and leaves the exit code 0.
_BY_SEVERITY: dict[Severity, str] = {
    "error": """
        check-fails check-scan column-dropped-with-values concurrently-in-transaction domain-constraint-scan
        enum-value-used-too-early exclusion-constraint-builds-index foreign-key-fails foreign-key-scan-locks-both
        function-body-breaks generated-column-rewrite in-use index-blocks-writes index-rebuild-blocks
        lock-held-during-work not-null-fails not-null-scan partition-scan policy-dropped-by-cascade policy-none-left
        refresh-blocks-reads replica-identity-lost required-column-added revision-fails rls-disabled set-logged-rewrite
        table-dropped-with-rows table-open-to-api table-rewrite truncate type-change-rewrite type-narrowed
        unique-constraint-builds-index unique-fails view-dropped-by-cascade volatile-default-rewrite
    """,
    "warning": """
        bulk-change column-dropped-under-readers column-renamed-under-readers constraint-dropped
        default-dropped-under-writers enum-value-renamed extension-dropped function-dropped function-overloaded
        function-result-changed function-signature-changed grant-to-anon grant-to-public index-dropped-under-queries
        lock-order name-truncated owner-changed partition-detach-locks-parent policy-open-to-all
        publication-table-removed relation-dropped-under-readers relation-renamed-under-readers revoke-breaks-api
        rls-enabled-without-policy schema-renamed-under-readers
        security-definer-without-search-path table-locked transaction-ended-early
        trigger-disabled trigger-dropped-by-cascade view-bypasses-row-security view-column-dropped
    """,
    "note": """
        integer-key json-without-equality not-null-dropped padded-char timestamp-without-zone
    """,
}
SEVERITY: dict[str, Severity] = {code: severity for severity, codes in _BY_SEVERITY.items() for code in codes.split()}


@dataclass(frozen=True)
class Finding:
    """One hazard of one revision.

    Attributes:
        code: which.
        object: what it is about, as `schema.table`, `schema.table.column`, `schema.function(arguments)` …
        reason: what was seen, with the figure from the target.
        statement: the first line of the statement that does it; empty where it is the revision as a whole.
        where: that statement's file and line.
        revision: the revision's identifier.
        allowed: the reason for which it is allowed; empty where it is not.
    """

    code: str
    object: str
    reason: str
    statement: str = ""
    where: str = ""
    revision: str = ""
    allowed: str = ""

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return SEVERITY[self.code]

    @property
    def stops(self) -> bool:
        """Whether the plan's answer is no because of it."""
        return not self.allowed and self.severity != "note"

    def allow(self, reason: str) -> Finding:
        """The same, allowed."""
        return replace(self, allowed=reason)
