"""A report in SARIF 2.1.0, which code scanners and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from dbtools import __version__
from dbtools.report import Entry, Summary

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
# Code scanning on GitHub takes no result without a file. What is in none is shown at the project's settings.
_NOWHERE = "pyproject.toml"


def sarif(summary: Summary) -> dict[str, object]:
    """One run of one command, as plain values for JSON."""
    entries = summary.entries
    codes = list(dict.fromkeys(entry.code for entry in entries))
    rules = [_rule(code, summary.pages) for code in codes]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "dbtools", "version": __version__, "rules": rules}},
                "automationDetails": {"id": f"{summary.command}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": summary.exit_code < 2,
                        "exitCode": summary.exit_code,
                        "toolExecutionNotifications": [
                            {"level": "note", "message": {"text": line}} for line in (summary.verdict, *_lines(summary))
                        ],
                    }
                ],
                "results": [_result(entry, codes.index(entry.code)) for entry in entries],
            }
        ],
    }


def _lines(summary: Summary) -> list[str]:
    return [*summary.lines, *(f"{part.title}: {line}" for part in summary.sections for line in part.lines)]


def _rule(code: str, pages: str) -> dict[str, object]:
    rule: dict[str, object] = {"id": code, "shortDescription": {"text": code.replace("-", " ")}}
    if pages:
        page = f"{pages}/{code}.md"
        rule["help"] = {"text": f"What it means, and the safe way: {page}"}
    return rule


def _result(entry: Entry, rule: int) -> dict[str, object]:
    path, _, line = entry.source.partition(":")
    physical: dict[str, object] = {"artifactLocation": {"uri": quote(path or _NOWHERE)}}
    if line.isdecimal() and int(line):
        physical["region"] = {"startLine": int(line)}
    # The same finding of the next run has the same one, whatever its figures are by then.
    mark = hashlib.sha256("\0".join((entry.code, entry.object, path)).encode()).hexdigest()
    result: dict[str, object] = {
        "ruleId": entry.code,
        "ruleIndex": rule,
        "level": "error" if entry.level == "allowed" else entry.level,
        "message": {"text": "\n".join(filter(None, (f"{entry.object}: {entry.text}", entry.detail)))},
        "locations": [
            {"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": entry.object or entry.code}]}
        ],
        "partialFingerprints": {"dbtools/v1": mark},
    }
    if entry.level == "allowed":
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": entry.reason}]
    return result
