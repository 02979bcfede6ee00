"""Level *there*: what is expected, compared with the catalog that was found.

Everything is expected that the revisions and `sql/` make. What a database has beyond that counts where it hangs on
something expected: a grant, a policy, a second overload, a column. A table that nobody declared is none of our
business.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dbtools.errors import VerifyError
from dbtools.model.compare import Change, comparable, compare
from dbtools.model.declared import ROUTINES, ROW_SECURITY, Declared, declared_part, is_row_security_only
from dbtools.model.snapshot import Object, Snapshot
from dbtools.project import URL_VARIABLE, Project
from dbtools.verify.expectation import Expectation
from dbtools.verify.report import Finding


class There:
    """The comparison of what is expected with what was found, cut up by the files that are responsible."""

    def __init__(
        self,
        project: Project,
        declared: Sequence[Declared],
        expected: Expectation,
        found: Snapshot,
        revisions: set[str],
    ) -> None:
        self.project = project
        self.expected = expected
        self.revisions = revisions
        self._wanted, self._found = comparable(expected.snapshot, found)
        self._wanted_by = {item: declared_part(self._wanted, item) for item in declared}
        self._found_by = {item: declared_part(self._found, item) for item in declared}

    def findings(self) -> list[Finding]:
        """One finding for each file of `sql/`, and one for each other object that the revisions make."""
        return [self._of_file(item) for item in self._wanted_by] + self._of_revisions()

    def _of_file(self, item: Declared) -> Finding:
        wanted = self._wanted_by[item]
        root = next((one for one in wanted.objects.values() if not one.parent or one.kind == "trigger"), None)
        path = item.path.relative_to(self.project.root)
        if root is None:
            raise VerifyError(
                f"{path} does not create {item.schema}.{item.name}", hint="a file bears its object's name"
            )
        changes = compare(wanted, self._found_by[item])
        if item.kind == "policies" and root.identity not in self._found.objects:
            # Said of the table, which a revision makes.
            changes = []
        mend = self._behind() or _mend(changes, path)
        return Finding(root, changes, mend=mend if changes else "", source=str(path))

    def _of_revisions(self) -> list[Finding]:
        wanted, got = _rest(self._wanted, self._wanted_by), _rest(self._found, self._found_by)
        changes: dict[str, list[Change]] = {_root(item, wanted): [] for item in wanted.objects.values()}
        for change in compare(wanted, got):
            if change.action != "extra" or self._counts(change.object, wanted):
                changes.setdefault(_root(change.object, wanted), []).append(change)
        both = {**got.objects, **wanted.objects}
        return [self._of_root(both[root], changes[root]) for root in sorted(changes)]

    def _counts(self, extra: Object, wanted: Snapshot) -> bool:
        """Whether it hangs on something expected, or opens what comes next; a table may also be the platform's."""
        if extra.kind in {"policy", "trigger"} and any(one.kind == extra.kind for one in self._wanted.on(extra.parent)):
            return True
        return extra.parent in wanted.objects or extra.kind == "default privileges"

    def _of_root(self, root: Object, changes: Sequence[Change]) -> Finding:
        by_hand = "a new revision that puts it right, or that makes what was found the rule"
        mend = self._behind() or (_mend(changes) if all(map(_is_superfluous, changes)) else by_hand)
        return Finding(root, changes, mend=mend if changes else "")

    def _behind(self) -> str:
        if self.revisions == set(self.expected.heads):
            return ""
        upgrade = "alembic upgrade head"
        born_before = not self.revisions and any(item.kind == "table" for item in self._found.objects.values())
        return f"alembic stamp {self.expected.base} && {upgrade}" if born_before else upgrade


def _mend(changes: Sequence[Change], path: Path | None = None) -> str:
    """The command that makes the objects of a file again, in one transaction."""
    # What stands in the file's way: what is not in it, what cannot be replaced, what is somebody else's.
    first = set()
    for change in changes:
        identity = change.object.identity
        if change.property == "owner":
            first.add(f"alter {identity} owner to {change.expected}")
        elif _is_superfluous(change) or change.property in {"arguments", "returns"}:
            first.add(f"drop {identity}")
    # Sorted, so that an object has its owner before it goes.
    words = [f"-c {shlex.quote(statement)}" for statement in sorted(first)]
    if path and not all(map(_is_superfluous, changes)):
        words.append(f"-f {path}")
    return " ".join([f'psql "${URL_VARIABLE}" -1', *words])


def _is_superfluous(change: Change) -> bool:
    """Whether something is there that should not be, and can be dropped without losing anybody's data."""
    return change.action == "extra" and change.object.kind in {*ROUTINES, "trigger", "policy", "view", "rule"}


def _rest(snapshot: Snapshot, cuts: Mapping[Declared, Snapshot]) -> Snapshot:
    """What of a snapshot no file is responsible for; of a table with a policies file, all but its row security."""
    rest = dict(snapshot.objects)
    for item, cut in cuts.items():
        for identity, one in cut.objects.items():
            if not is_row_security_only(item, one):
                rest.pop(identity, None)
            elif identity in rest:
                properties = {
                    name: text for name, text in rest[identity].properties.items() if name not in ROW_SECURITY
                }
                rest[identity] = replace(rest[identity], properties=properties)
    return replace(snapshot, objects=rest)


def bears(item: Declared | Object, names: Sequence[str]) -> bool:
    """Whether something is called by one of the names, with its schema or without."""
    return item.name in names or f"{item.schema}.{item.name}" in names


def _root(item: Object, snapshot: Snapshot) -> str:
    """The identity of what an object hangs on at last: of a column's comment, the table."""
    while item.parent in snapshot.objects:
        item = snapshot.objects[item.parent]
    return item.identity
