"""What is allowed: on the command line, and in the revision itself, where it must say why."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic.script import Script as Revision

from dbtools.errors import ConfigError
from dbtools.plan.hazards import SEVERITY, Finding
from dbtools.postgres.script import text_of

_LINE = re.compile(r"^\s*(?:--\s*)?dbtools:\s*allow\b(.*)$", re.MULTILINE)
_WORDS = "write it as: -- dbtools: allow CODE[:object] because REASON"


@dataclass(frozen=True)
class Allowance:
    """A hazard that is meant.

    Attributes:
        code: which.
        object: about what; empty for anything.
        reason: why.
        revision: in which it stands; empty for one of the command line's, which holds for all.
        said: where it stands, for people.
    """

    code: str
    object: str
    reason: str
    revision: str
    said: str

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is meant by it."""
        return (
            finding.code == self.code
            and self.object in {"", finding.object, finding.object.partition("(")[0]}
            and self.revision in {"", finding.revision}
        )


def of_command_line(values: Sequence[str]) -> list[Allowance]:
    """What `--allow CODE[:object]` names.

    Raises:
        ConfigError: there is no such hazard.
    """
    found = []
    for value in values:
        code, _, name = value.partition(":")
        found.append(Allowance(_known(code, f"--allow {value}"), name, "--allow", "", f"--allow {value}"))
    return found


def of_revision(revision: Revision) -> list[Allowance]:
    """What a revision allows itself: lines of its `.up.sql`, or of its `.py` file's docstring.

    Raises:
        ConfigError: such a line gives no reason, or names no hazard.
    """
    up = Path(revision.path).with_suffix(".up.sql")
    texts = [(Path(revision.path).name, revision.module.__doc__ or "")]
    if up.exists():
        texts.append((up.name, text_of(up)))
    return [_read(words.strip(), revision.revision, name) for name, text in texts for words in _LINE.findall(text)]


def _read(words: str, revision: str, name: str) -> Allowance:
    what, because, reason = (part.strip() for part in words.partition(" because "))
    if not because or not reason:
        raise ConfigError(f"{name}: `dbtools: allow {words}` gives no reason", hint=_WORDS)
    code, _, about = what.partition(":")
    return Allowance(_known(code, name), about, reason, revision, f"{name}: allow {what}")


def _known(code: str, where: str) -> str:
    if code not in SEVERITY:
        near = difflib.get_close_matches(code, SEVERITY, 1)
        raise ConfigError(
            f"{where}: there is no hazard {code!r}",
            hint=f"is it {near[0]}?" if near else "docs/reference/hazards has a page for each",
        )
    return code


def apply(findings: Iterable[Finding], allowances: Sequence[Allowance]) -> tuple[list[Finding], list[Allowance]]:
    """The findings, those that are allowed with the reason; and the allowances that allow nothing."""
    result, used = [], set()
    for finding in findings:
        found = next((one for one in allowances if one.covers(finding)), None)
        used.add(found)
        result.append(finding.allow(found.reason) if found else finding)
    return result, [one for one in allowances if one not in used]
