"""What `verify` found, for people, for scripts, for CI: a table, JSON, GitHub annotations, JUnit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from dbtools.catalog.ledger import not_compared
from dbtools.model.compare import Change
from dbtools.model.snapshot import Object

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from dbtools.report import Entry, Summary

Level = Literal["there", "sound", "live"]


@dataclass(frozen=True)
class Finding:
    """What was found of one object at one level: nothing to say, or what is wrong with it, and how to mend it.

    `unchecked` is why it could not be looked at. `facts` are the properties that were found, given for objects that
    were asked for by name; `mend` is what to run. `source` is where the object is declared: a path in the repository,
    and a line behind a colon where that is known. An object that is not `declared` was only looked for.
    """

    object: Object
    changes: Sequence[Change] = ()
    unchecked: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    mend: str = ""
    source: str = ""
    declared: bool = True
    level: Level = "there"

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it, as far as it was checked."""
        return not self.changes


@dataclass(frozen=True)
class VerifyReport:
    """The findings, and the names that nothing bears."""

    findings: Sequence[Finding]
    unknown: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is missing or wrong, as far as it was checked."""
        return not self.unknown and all(finding.ok for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """0: all is well; 1: something is missing or wrong; 2: nothing is, but not everything could be checked."""
        return 1 if not self.ok else 2 if self.unchecked else 0

    @property
    def changes(self) -> list[Change]:
        """Everything that is wrong, in the findings' order."""
        return [change for finding in self.findings for change in finding.changes]

    @property
    def unchecked(self) -> list[Finding]:
        """What could not be checked."""
        return [finding for finding in self.findings if finding.unchecked]

    def __rich__(self) -> RenderableType:
        """For people: what was asked for by name, what is wrong and how to mend it, and a line that sums up."""
        from rich.console import Group  # noqa: PLC0415  (other formats do without)
        from rich.text import Text  # noqa: PLC0415

        from dbtools.model import render  # noqa: PLC0415

        parts: list[RenderableType] = [_described(finding) for finding in self.findings if finding.facts]
        for number, (mend, changes) in enumerate(self._by_mend().items()):
            parts += [render.table(changes, header=number == 0), Text(f"to mend: {mend}", "dim"), Text()]
        for reason, count in Counter(finding.unchecked for finding in self.unchecked).items():
            first = next(f.object.identity for f in self.unchecked if f.unchecked == reason)
            which = first if count == 1 else f"{first} and {count - 1} more"
            parts.append(Text.assemble(("not checked ", "yellow"), f"{which}: {reason}"))
        parts += [Text.assemble(("missing ", "red"), name) for name in self.unknown]
        parts.append(self._verdict())
        if any(finding.declared for finding in self.findings):
            parts.append(Text(f"not compared: {'; '.join(not_compared())}", "dim"))
        return Group(*parts)

    def _by_mend(self) -> dict[str, list[Change]]:
        by_mend: dict[str, list[Change]] = {}
        for finding in self.findings:
            if finding.changes:
                by_mend.setdefault(finding.mend, []).extend(finding.changes)
        return by_mend

    def _verdict(self) -> Text:
        from rich.text import Text  # noqa: PLC0415

        checked = {(f.object.kind, f.object.identity) for f in self.findings if not f.unchecked}
        counted = Counter(kind for kind, _ in checked)
        summary = ", ".join(f"{number} {_plural(kind, number)}" for kind, number in sorted(counted.items()))
        wrong = len(self.unknown) + len({f.object.identity for f in self.findings if not f.ok})
        if wrong:
            verdict = Text(f"{wrong} missing or wrong", "red")
        elif all(finding.declared for finding in self.findings):
            deep = {f.level for f in self.findings}
            words = ["as declared", *(level for level in ("sound", "live") if level in deep)]
            verdict = Text("all " + ", ".join(words), "green")
        else:
            verdict = Text("all there", "green")
        if self.unchecked:
            verdict.append(f"; {len(self.unchecked)} not checked", "yellow")
        return Text.assemble(f"checked {summary}: " if summary else "", verdict)

    def summary(self) -> Summary:
        """For people who review: what is wrong, with what mends it; what was not checked; what nothing bears."""
        from dbtools.report import Entry, Section, Summary, filled  # noqa: PLC0415  (other formats do without)

        wrong = [entry for finding in self.findings if finding.changes for entry in _entries(finding)]
        wrong += [Entry("error", "missing", name, "nothing bears this name") for name in self.unknown]
        unchecked = [
            Entry("warning", "not-checked", finding.object.identity, finding.unchecked, source=finding.source)
            for finding in self.unchecked
        ]
        sections = filled(Section("Missing or wrong", wrong), Section("Not checked", unchecked))
        return Summary("dbtools verify", self._verdict().plain, self.exit_code, sections)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        from dbtools.model import render  # noqa: PLC0415

        return {
            "ok": self.ok,
            "complete": not self.unchecked,
            "missing": list(self.unknown),
            "not_compared": list(not_compared()),
            "objects": [
                {
                    "object": finding.object.identity,
                    "kind": finding.object.kind,
                    "level": finding.level,
                    "ok": finding.ok,
                    "declared": finding.declared,
                    "differences": render.as_dicts(finding.changes),
                    **({"notChecked": finding.unchecked} if finding.unchecked else {}),
                    **({"found": dict(finding.facts)} if finding.facts else {}),
                    **({"mend": finding.mend} if finding.mend else {}),
                    **({"source": finding.source} if finding.source else {}),
                }
                for finding in self.findings
            ],
        }

    def as_github(self) -> str:
        """Workflow commands that annotate a run: an error for what is wrong, a warning for what was not checked.

        https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
        """
        lines = [f"::error title=missing::{_escaped(name)}" for name in self.unknown]
        for finding in self.findings:
            path, _, line = finding.source.partition(":")
            where = f"file={_escaped(path, property=True)}," if path else ""
            where += f"line={line}," if line else ""
            title = f"title={_escaped(finding.object.identity, property=True)}"
            for change in finding.changes:
                text = in_words(change) + (f"\nto mend: {finding.mend}" if finding.mend else "")
                lines.append(f"::error {where}{title}::{_escaped(text)}")
            if finding.unchecked:
                lines.append(f"::warning {where}{title}::{_escaped('not checked: ' + finding.unchecked)}")
        return "\n".join(lines)

    def as_junit(self) -> str:
        """A JUnit report: one test case for each object and level; what was not checked is skipped."""
        from xml.etree import ElementTree as Xml  # noqa: PLC0415

        suite = Xml.Element("testsuite", name="dbtools verify")
        for finding in self.findings:
            case = Xml.SubElement(suite, "testcase", classname=finding.level, name=_printable(finding.object.identity))
            if finding.source:
                case.set("file", finding.source.partition(":")[0])
            if finding.changes:
                text = "\n".join(in_words(change) for change in finding.changes)
                message = f"to mend: {finding.mend}" if finding.mend else "wrong"
                Xml.SubElement(case, "failure", message=_printable(message)).text = _printable(text)
            elif finding.unchecked:
                Xml.SubElement(case, "skipped", message=_printable(finding.unchecked))
        for name in self.unknown:
            case = Xml.SubElement(suite, "testcase", classname="there", name=_printable(name))
            Xml.SubElement(case, "failure", message="missing")
        suite.set("tests", str(len(suite)))
        suite.set("failures", str(len(suite.findall("*/failure"))))
        suite.set("skipped", str(len(suite.findall("*/skipped"))))
        return Xml.tostring(suite, encoding="unicode", xml_declaration=True)


def _entries(finding: Finding) -> list[Entry]:
    from dbtools.report import of_changes  # noqa: PLC0415  (as above)

    entries = of_changes(finding.changes, expected="sql/", found="the database")
    mend = f"; to mend: {finding.mend}" if finding.mend else ""
    return [replace(entry, text=entry.text + mend, source=finding.source) for entry in entries]


def in_words(change: Change) -> str:
    """One change in words."""
    if change.action != "different":
        return f"{change.action}: {change.object.identity}"
    sides = f"expected: {_or_none(change.expected)}\nfound: {_or_none(change.found)}"
    return f"{change.object.identity}, {change.property}\n{sides}"


def _described(finding: Finding) -> Text:
    from rich.text import Text  # noqa: PLC0415

    text = Text(finding.object.identity + "\n", "bold")
    for key, value in finding.facts.items():
        # What is long, or is as it nearly always is, stands in --json.
        if "\n" not in value and value != "false" and key not in {"body", "cost", "rows", "parallel"}:
            text.append(f"  {key:23} ", "dim").append(value + "\n")
    return text


def _plural(kind: str, number: int) -> str:
    if number == 1 or kind == "default privileges":
        return kind
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}es" if kind.endswith("x") else f"{kind}s"


def _or_none(value: str | None) -> str:
    return "(none)" if value is None else value


def _escaped(text: str, *, property: bool = False) -> str:  # noqa: A002  (GitHub's word)
    """As the runner's own toolkit escapes: data, or the value of a property, which may hold no `:` and `,` either."""
    escapes = {"%": "%25", "\r": "%0D", "\n": "%0A"} | ({":": "%3A", ",": "%2C"} if property else {})
    return "".join(escapes.get(character, character) for character in text)


def _printable(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r")
