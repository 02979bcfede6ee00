"""The platform as data: what a project stands on, one JSON object a line, in a folder that is reviewed and committed.

`platform.jsonl` begins with a header; every further line is a fact of one kind, named by the keys in `KINDS`. Beside it
lie `extensions/NAME--VERSION.sql` and `NAME.control`, stand-ins for extensions that a shadow's server may lack. No
date, no host, no password: two readings of one database give the same bytes. Each kind is explained in
`docs/reference/platform-file.md`.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from dbtools.errors import PlatformFileError

FILE = "platform.jsonl"
FORMAT = 1

# What every line of a kind must have: first the keys that name it, then, after a bar, the others.
KINDS: Mapping[str, str] = {
    "database": "| owner acl encoding",
    "role": "name | n super inherit createrole createdb login replication bypassrls",
    "membership": "role member grantor | admin",
    "setting": "role in_database | config",
    "server_setting": "name | value",
    "schema": "name | owner acl",
    "extension": "name | schema version owner",
    "type": "name | owner typtype",
    "sequence": "name | type start increment min max cache cycle owned_by",
    "relation": "name | relkind owner acl rls",
    "column": "table n | name type notnull default identity generated acl",
    "constraint": "table name | def",
    "index": "name | table def",
    "function": "name | args result owner acl language volatility secdef config body",
    "trigger": "table name | def enabled",
    "policy": "table name | cmd permissive roles qual with_check",
    "rule": "table name | def enabled",
    "publication": "name | owner tables publish all_tables",
    "event_trigger": "name | event owner function tags",
    "default_acl": "role schema objtype | acl",
    "builtin_acl": "on | acl",
    "member_acl": "extension on | acl",
    "initial_acl": "on | acl",
    "auth_migration": "version |",
    "storage_migration": "id | name hash",
    "realtime_migration": "version |",
    "not_read": "what |",
}
_NAMES = {kind: tuple(keys.partition("|")[0].split()) for kind, keys in KINDS.items()}
_REQUIRED = {kind: tuple(keys.replace("|", " ").split()) for kind, keys in KINDS.items()}
_ORDER = {kind: n for n, kind in enumerate(KINDS)}

Fact = Mapping[str, Any]
Key = tuple[Any, ...]


def key(fact: Fact) -> Key:
    """What names a fact among all others: its kind, and the keys that its kind is named by."""
    return (fact["kind"], *(fact[name] for name in _NAMES[fact["kind"]]))


def required(kind: str) -> tuple[str, ...]:
    """The keys that every fact of a kind has; any other is left out where it says nothing."""
    return _REQUIRED[kind]


def line(fact: Fact) -> str:
    """The fact as its line in the file: what names it first, the rest in alphabetical order."""
    first = ("kind", *_NAMES[fact["kind"]])
    ordered = {name: fact[name] for name in (*first, *sorted(fact.keys() - set(first)))}
    return json.dumps(ordered, ensure_ascii=False)


@dataclass(frozen=True)
class Facts:
    """A platform: its facts, sorted by kind and name, and the text of the stand-ins for its extensions by file name.

    `header` has the `format`, the major version of `postgres`, and what else its writer wanted to say.
    """

    header: Mapping[str, Any]
    rows: tuple[Fact, ...]
    stand_ins: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_rows(cls, rows: Iterable[Fact], *, major: int, stand_ins: Mapping[str, str] | None = None) -> Facts:
        """Sort facts, and number the roles among them from 1, in the order in which they were made."""
        by_kind: dict[str, list[Fact]] = defaultdict(list)
        for row in rows:
            by_kind[row["kind"]].append(row)
        roles = sorted(by_kind["role"], key=lambda row: row["n"])
        by_kind["role"] = [{**row, "n": n} for n, row in enumerate(roles, 1)]
        ordered = (row for kind in KINDS for row in sorted(by_kind[kind], key=_sorting))
        return cls({"kind": "header", "format": FORMAT, "postgres": major}, tuple(ordered), dict(stand_ins or {}))

    @classmethod
    def load(cls, folder: Path) -> Facts:
        """Read a platform's folder.

        Raises:
            PlatformFileError: the file is missing, of a newer version, or was edited into something else; says where.
        """
        path = folder / FILE
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            raise PlatformFileError(f"{path} is missing", hint="dbtools pull writes it") from None
        except (OSError, UnicodeDecodeError) as error:
            raise PlatformFileError(f"{path} cannot be read: {error}") from None
        first, *others = text.removesuffix("\n").split("\n")
        header = _header(path, first)
        rows = [_fact(path, number, text) for number, text in enumerate(others, 2)]
        seen: dict[Key, int] = {}
        for number, row in enumerate(rows, 2):
            if (before := seen.setdefault(key(row), number)) != number:
                raise _broken(path, number, f"it says again what line {before} says of the same {row['kind']}")
        return replace(
            cls.of_rows(rows, major=header["postgres"], stand_ins=_stand_ins(folder / "extensions")), header=header
        )

    def write(self, folder: Path) -> None:
        """Write the folder; a file that is there is replaced whole, and stand-ins that are no longer wanted go."""
        text = "".join(f"{entry}\n" for entry in (json.dumps(self.header), *map(line, self.rows)))
        extensions = folder / "extensions"
        (extensions if self.stand_ins else folder).mkdir(parents=True, exist_ok=True)
        for path in extensions.glob("*"):
            if path.suffix in {".sql", ".control"} and path.name not in self.stand_ins:
                path.unlink()
        for name, content in self.stand_ins.items():
            _replace(extensions / name, content)
        _replace(folder / FILE, text)

    def of(self, *kinds: str) -> tuple[Fact, ...]:
        """The facts of one kind or of several, in their order."""
        return tuple(row for kind in kinds for row in self._by_kind.get(kind, ()))

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[Fact, ...]]:
        found: dict[str, list[Fact]] = defaultdict(list)
        for row in self.rows:
            found[row["kind"]].append(row)
        return {kind: tuple(rows) for kind, rows in found.items()}

    @cached_property
    def by_key(self) -> Mapping[Key, Fact]:
        """Every fact by what names it."""
        return {key(row): row for row in self.rows}

    @property
    def major(self) -> int:
        """The major version of the Postgres that the facts were read from."""
        return int(self.header["postgres"])

    @property
    def admin(self) -> str:
        """The bootstrap superuser: the first of all roles."""
        return self.roles[0]

    @property
    def owner(self) -> str:
        """The role that owns the database, and with it the project."""
        return str(self.of("database")[0]["owner"])

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of the roles, in the order in which they were made."""
        return tuple(row["name"] for row in sorted(self.of("role"), key=lambda row: int(row["n"])))

    @property
    def schemas(self) -> tuple[str, ...]:
        """The names of the schemas, as Postgres quotes them."""
        return tuple(row["name"] for row in self.of("schema"))

    @property
    def publications(self) -> tuple[str, ...]:
        """The names of the publications."""
        return tuple(row["name"] for row in self.of("publication"))

    def with_rows(self, rows: Iterable[Fact]) -> Facts:
        """The same platform with other facts."""
        return replace(Facts.of_rows(rows, major=self.major, stand_ins=self.stand_ins), header=self.header)


@cache
def reference() -> Facts:
    """The packaged platform of a hosted Supabase project, before the project puts anything into it."""
    return Facts.load(Path(str(files("dbtools.platform"))) / "reference/supabase-15")


def _sorting(row: Fact) -> tuple[tuple[bool, bool, Any], ...]:
    # Numbers by size, names by letters, nothing first: a key never compares one sort of value with another.
    return tuple((value is not None, isinstance(value, str), value if value is not None else 0) for value in key(row))


def _header(path: Path, text: str) -> dict[str, Any]:
    header = _json(path, 1, text)
    if header.get("kind") != "header":
        raise _broken(path, 1, "it is no header")
    if not isinstance(header.get("format"), int) or not isinstance(header.get("postgres"), int):
        raise _broken(path, 1, "the header must have the numbers format and postgres")
    if header["format"] > FORMAT:
        raise PlatformFileError(
            f"{path} has format {header['format']}, and this dbtools reads none newer than {FORMAT}",
            hint="update dbtools, or pull again with this one",
        )
    return header


def _fact(path: Path, number: int, text: str) -> Fact:
    fact = _json(path, number, text)
    kind = str(fact.get("kind"))
    if kind not in KINDS:
        raise _broken(path, number, f"there is no kind {kind!r}")
    if missing := [name for name in _REQUIRED[kind] if name not in fact]:
        raise _broken(path, number, f"the {kind} has no {' and no '.join(missing)}")
    if wrong := [name for name in _NAMES[kind] if isinstance(fact[name], (list, dict, float))]:
        raise _broken(path, number, f"{wrong[0]} must be a name or a number")
    return fact


def _json(path: Path, number: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _broken(path, number, f"it is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise _broken(path, number, "it is no JSON object")
    return found


def _broken(path: Path, number: int, why: str) -> PlatformFileError:
    return PlatformFileError(
        f"{path}, line {number}: {why}",
        hint="take the file back as it was committed, or let dbtools pull write it anew",
    )


def _stand_ins(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.glob("*") if path.suffix in {".sql", ".control"})
    return {path.name: path.read_text("utf-8") for path in paths}


def _replace(path: Path, content: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(content, "utf-8")
        os.replace(beside, path)  # noqa: PTH105
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise PlatformFileError(f"{path} cannot be written: {error}") from None
