"""Two snapshots in, the list of their differences out. Pure: no database, no output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dbtools.catalog import Object, Snapshot


@dataclass(frozen=True)
class Change:
    """One difference: an object that is missing, one that is extra, or one property that is different.

    `object` is the expected one, or the found one if it is extra. `property` is empty unless the change is `different`;
    then `expected` or `found` is None where that side does not have the property.
    """

    action: Literal["missing", "extra", "different"]
    object: Object
    property: str = ""
    expected: str | None = None
    found: str | None = None


def compare(expected: Snapshot, found: Snapshot) -> list[Change]:
    """What `found` lacks, has too much, or has otherwise than `expected`, sorted by the objects' identities.

    What hangs on an object that is itself missing or extra (its columns, grants, comment) is not listed again.
    """
    changes: list[Change] = []
    for identity in sorted(expected.objects.keys() | found.objects.keys()):
        wanted, got = expected.objects.get(identity), found.objects.get(identity)
        if wanted and got:
            changes += _properties(wanted, got)
        elif wanted:
            if not _implied(wanted, expected.objects, found.objects):
                changes.append(Change("missing", wanted))
        elif got and not _implied(got, found.objects, expected.objects):
            changes.append(Change("extra", got))
    return changes


def _implied(item: Object, here: Mapping[str, Object], there: Mapping[str, Object]) -> bool:
    return item.parent in here and item.parent not in there


def _properties(expected: Object, found: Object) -> list[Change]:
    names = sorted(expected.properties.keys() | found.properties.keys())
    pairs = ((name, expected.properties.get(name), found.properties.get(name)) for name in names)
    return [Change("different", expected, name, wanted, got) for name, wanted, got in pairs if wanted != got]
