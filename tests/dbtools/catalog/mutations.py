"""One database that has a thing of every kind, and statements of which each changes one property of one thing in it.

Where SQL has no statement for it, the catalog itself is written to, which a superuser may. The statements are in files:

    statements/setup.sql       the database, as any Postgres can have it
    statements/more.sql        what only a hosted platform has, or no baseline captures
    statements/properties.txt  an object, and under it its properties: `PROPERTY [SINCE-UNTIL]: STATEMENT`
    statements/comments.txt    what a comment is on, and, where it is called otherwise by us, how
    statements/others.txt      a statement, and under it the lines of the comparison; none, where nothing is changed
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FILES = Path(__file__).parent / "statements"
SETUP, MORE = (FILES / "setup.sql").read_text(), (FILES / "more.sql").read_text()


class Mutation(NamedTuple):
    """A statement, the lines of a comparison that it must cause, and the major versions that know it."""

    statement: str
    lines: tuple[str, ...]
    since: int = 14
    until: int = 18


def _properties() -> Iterator[Mutation]:
    identity = ""
    for line in (FILES / "properties.txt").read_text().splitlines():
        if not line.startswith(" "):
            identity = line
            continue
        head, _, statement = line.strip().partition(": ")
        name, _, majors = head.removesuffix("]").partition(" [")
        since, _, until = majors.partition("-")
        yield Mutation(statement, (f"different {identity}: {name}",), int(since or 14), int(until or 18))


def _comments() -> Iterator[Mutation]:
    for line in (FILES / "comments.txt").read_text().splitlines():
        what, _, identity = line.partition(" = ")
        yield Mutation(f"comment on {what} is 'two'", (f"different comment on {identity or what}: text",))


def _others() -> Iterator[Mutation]:
    statement, lines = "", []
    for line in [*(FILES / "others.txt").read_text().splitlines(), ""]:
        if line.startswith("  "):
            lines.append(line.strip())
            continue
        if statement:
            yield Mutation(statement, tuple(lines))
        statement, lines = line, []


MUTATIONS = [*_properties(), *_comments(), *_others()]

# A new owner shows in the owner's own grant, too.
MUTATIONS += [
    Mutation(
        f"alter {what} owner to mut_super",
        (
            f"different {identity}: owner",
            f"extra grant to mut_super on {granted}",
            f"missing grant to postgres on {granted}",
        ),
    )
    for what, identity, granted in (
        ("table un", "table m.un", "table m.un"),
        ("view v", "view m.v", "view m.v"),
        ("materialized view mv", "materialized view m.mv", "materialized view m.mv"),
        ("sequence sq", "sequence m.sq", "sequence m.sq"),
        ("foreign table f", "foreign table m.f", "foreign table m.f"),
        ("type state", "type m.state", "type m.state"),
        ("domain amount", "domain m.amount", "domain m.amount"),
        ("function f2(int)", "function m.f2(integer)", "function m.f2(integer)"),
        ("procedure pr(int)", "procedure m.pr(integer)", "procedure m.pr(integer)"),
        ("aggregate agg(int)", "aggregate m.agg(integer)", "aggregate m.agg(integer)"),
        ("schema m2", "schema m2", "schema m2"),
        ("server s", "server s", "foreign server s"),
        ("foreign data wrapper w", "foreign-data wrapper w", "foreign data wrapper w"),
    )
]

_AGGREGATE = {
    "aggkind": "'o'", "aggnumdirectargs": "1", "aggtransfn": "'f4'::regproc", "aggtranstype": "'bigint'::regtype",
    "aggtransspace": "7", "agginitval": "'1'", "aggfinalfn": "'f3'::regproc", "aggfinalextra": "true",
    "aggfinalmodify": "'w'", "aggcombinefn": "'f4'::regproc", "aggserialfn": "'f3'::regproc",
    "aggdeserialfn": "'f3'::regproc", "aggmtransfn": "'f4'::regproc", "aggminvtransfn": "'f4'::regproc",
    "aggmfinalfn": "'f3'::regproc", "aggmfinalextra": "true", "aggmfinalmodify": "'w'",
    "aggmtranstype": "'bigint'::regtype", "aggmtransspace": "7", "aggminitval": "'1'",
    "aggsortop": "'<<<(comp,comp)'::regoperator",
}  # fmt: skip
MUTATIONS += [
    Mutation(
        f"update pg_aggregate set {column} = {value} where aggfnoid = 'agg'::regproc",
        ("different aggregate m.agg(integer): aggregate",)
        + (("different aggregate m.agg(integer): arguments",) if column == "aggkind" else ()),
    )
    for column, value in _AGGREGATE.items()
]
