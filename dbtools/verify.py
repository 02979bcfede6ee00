"""Is what `sql/` declares there, and as declared?

What is expected is built, not described: a shadow is upgraded to head, `sql/` is applied on top, and its catalog is
read back. The database in question gets one transaction that only reads. Then both are cut down to what is asked for,
and compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql
from rich.console import Group, RenderableType
from rich.text import Text

from dbtools import alembic_env, catalog, objects, render
from dbtools.catalog import Object, Snapshot
from dbtools.compare import Change, compare
from dbtools.config import URL_VARIABLE, Project
from dbtools.connection import connect
from dbtools.errors import MigrationError, VerifyError
from dbtools.objects import RELATIONS, ROUTINES, Declared, held
from dbtools.shadow import Shadow

# What `dbtools verify NAME` finds by its name.
NAMED = (*ROUTINES, *RELATIONS, "trigger", "policy", "sequence", "type", "domain", "index", "cron job", "event trigger")


@dataclass(frozen=True)
class Finding:
    """What was found of one object: nothing to say, or what is wrong with it, and how to mend it.

    `facts` are the properties that were found, given for objects that were asked for by name; `mend` is the command to
    run. An object that is not `declared` was only looked for.
    """

    object: Object
    changes: Sequence[Change] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    mend: str = ""
    declared: bool = True

    @property
    def ok(self) -> bool:
        """Whether the object is there, and as declared if it is."""
        return not self.changes


@dataclass(frozen=True)
class VerifyReport:
    """The findings, one for each object that was asked for, and the names that nothing bears."""

    findings: Sequence[Finding]
    unknown: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that was asked for is there, and as declared if it is."""
        return not self.unknown and all(finding.ok for finding in self.findings)

    @property
    def changes(self) -> list[Change]:
        """Everything that is wrong, in the findings' order."""
        return [change for finding in self.findings for change in finding.changes]

    def __rich__(self) -> RenderableType:
        """For people: what was asked for by name, what is wrong and how to mend it, and a line that sums up."""
        parts: list[RenderableType] = [_described(finding) for finding in self.findings if finding.facts]
        if self.changes:
            parts += [render.table(self.changes), Text()]
            parts += [Text(f"to mend: {mend}", "dim") for mend in dict.fromkeys(f.mend for f in self.findings) if mend]
        parts += [Text.assemble(("missing ", "red"), name) for name in self.unknown]
        wrong = len(self.unknown) + sum(not finding.ok for finding in self.findings)
        counted = Counter(finding.object.kind for finding in self.findings)
        summary = ", ".join(f"{number} {kind}{'s' * (number > 1)}" for kind, number in sorted(counted.items()))
        fine = "all as declared" if all(finding.declared for finding in self.findings) else "all there"
        verdict = Text(f"{wrong} missing or different", "red") if wrong else Text(fine, "green")
        parts.append(Text.assemble(f"checked {summary}: " if summary else "", verdict))
        return Group(*parts)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "missing": list(self.unknown),
            "objects": [
                {
                    "object": finding.object.identity,
                    "kind": finding.object.kind,
                    "ok": finding.ok,
                    "declared": finding.declared,
                    "differences": render.as_dicts(finding.changes),
                    **({"found": dict(finding.facts)} if finding.facts else {}),
                    **({"mend": finding.mend} if finding.mend else {}),
                }
                for finding in self.findings
            ],
        }


def verify(
    url: str,
    project: Project | None,
    names: Sequence[str] = (),
    *,
    expected: Snapshot | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> VerifyReport:
    """Hold what `sql/` declares against a database: all of it, or what bears one of `names`.

    A name (`create_job`, `public.create_job`) is also looked for among what `sql/` does not declare, in any database.

    Args:
        url: the database; it is only read.
        project: where `sql/` and the revisions are; None where there is no project, which takes names.
        names: what to look for; nothing stands for all that `sql/` declares.
        expected: what `expectation` built; by default it is built now.
        say: told what is being done, line by line.

    Raises:
        ConnectError: the database cannot be reached.
        VerifyError: there is nothing to expect, or the expectation cannot be built.
    """
    declared = [item for item in objects.declared(project) if not names or _bears(item, names)] if project else []
    if not declared and not names:
        raise VerifyError(
            "there is no sql/ that declares anything", hint="name what to look for: dbtools verify NAME …"
        )
    say("reading the database")
    found, revisions = _read(url, project)
    findings: list[Finding] = []
    if project and declared:
        if expected is None:
            say("building what is expected: a shadow at head, with sql/ on top")
            expected = expectation(project)
        behind = revisions != set(alembic_env.heads(project))
        for item in declared:
            root, changes = _held(item, expected, found, project)
            there = found.objects.get(root.identity) if names else None
            again = f'psql "${URL_VARIABLE}" -f {item.path.relative_to(project.root)}'
            mend = ("alembic upgrade head" if behind else again) if changes else ""
            findings.append(Finding(root, changes, facts=_facts(there, found) if there else {}, mend=mend))
    covered = {finding.object.identity for finding in findings}
    others = [item for item in found.of(*NAMED) if _bears(item, names) and item.identity not in covered]
    findings += [Finding(item, facts=_facts(item, found), declared=False) for item in others]
    return VerifyReport(findings, [name for name in names if not any(_bears(f.object, [name]) for f in findings)])


def _described(finding: Finding) -> Text:
    text = Text(finding.object.identity + "\n", "bold")
    for key, value in finding.facts.items():
        # What is long, or is as it nearly always is, stands in --json.
        if "\n" not in value and value != "false" and key not in {"body", "cost", "rows", "parallel"}:
            text.append(f"  {key:23} ", "dim").append(value + "\n")
    return text


def _read(url: str, project: Project | None) -> tuple[Snapshot, set[str]]:
    """The catalog, and the revisions that Alembic has recorded; none where it has no table yet."""
    try:
        with connect(url) as connection:
            snapshot = catalog.read(connection)
            table = sql.Identifier(project.version_table_schema if project else "private", "alembic_version")
            query = sql.SQL("select version_num from {}").format(table)
            there = connection.execute("select to_regclass(%s)", [table.as_string(connection)]).fetchone()
            return snapshot, {row[0] for row in connection.execute(query)} if there != (None,) else set()
    except psycopg.Error as error:
        raise VerifyError(f"the catalog cannot be read: {str(error).strip()}") from error


def expectation(project: Project) -> Snapshot:
    """The catalog of a shadow that is upgraded to head and has `sql/` applied on top.

    Raises:
        VerifyError: a revision or a file of `sql/` does not load.
    """
    try:
        with Shadow() as shadow:
            alembic_env.upgrade(project, shadow.url())
            with connect(shadow.url()) as connection:
                objects.apply(connection, project)
                return catalog.read(connection)
    except MigrationError as error:
        raise VerifyError(f"what is expected cannot be built: {error.message}", hint=error.hint) from error


def _held(item: Declared, expected: Snapshot, found: Snapshot, project: Project) -> tuple[Object, list[Change]]:
    wanted = held(expected, item)
    root = next((one for one in wanted.objects.values() if not one.parent or one.kind == "trigger"), None)
    if root is None:
        path = item.path.relative_to(project.root)
        raise VerifyError(f"{path} does not create {item.schema}.{item.name}", hint="a file bears its object's name")
    return root, compare(wanted, held(found, item))


def _facts(item: Object, snapshot: Snapshot) -> dict[str, str]:
    """The properties of an object, and its grants as `grant to ROLE`."""
    grants = {
        one.identity.partition(" on ")[0]: one.properties["privileges"]
        for one in snapshot.of("grant")
        if one.parent == item.identity
    }
    return {**item.properties, **grants}


def _bears(item: Declared | Object, names: Sequence[str]) -> bool:
    return item.name in names or f"{item.schema}.{item.name}" in names
