"""`dbtools audit`: what the code calls, compared with what there is.

Called but missing, there but unused: edge functions, database functions, tables, each with the places. All of it is
found by reading text (`calls`), so it is a hint where to look and no proof.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dbtools import catalog
from dbtools.audit import database, sources
from dbtools.audit.calls import Call, Kind
from dbtools.audit.database import Database
from dbtools.audit.sources import Sources
from dbtools.errors import AuditError
from dbtools.postgres.connection import connect

_BROUGHT = """
    select n.nspname from pg_namespace as n inner join pg_depend as d on d.classid = n.tableoid and d.objid = n.oid
    where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
"""

State = Literal["missing", "unused", "unresolved", "used"]

_STYLES = {"missing": "red", "unused": "yellow", "unresolved": "magenta", "used": "green"}
_SHOWN = 4
_NOTE = (
    "Found by searching text: a hint, no proof. A name that is put together at run time is listed as unresolved, and "
    "what calls from elsewhere (another repository, the dashboard, psql) is not seen."
)


@dataclass(frozen=True)
class Item:
    """One edge function, function or table, what became of it, and where it is used: `FILE:LINE`, or an object."""

    state: State
    kind: Kind
    name: str
    places: Sequence[str]


@dataclass(frozen=True)
class AuditReport:
    """What was found, and whether there were edge functions among the sources at all: if not, none can be missing."""

    items: Sequence[Item]
    files: int
    has_edge_functions: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is missing, and nothing unused."""
        return not any(item.state in {"missing", "unused"} for item in self.items)

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "ok": self.ok,
            "files": self.files,
            "edge_functions_read": self.has_edge_functions,
            "items": [
                {"state": item.state, "kind": item.kind, "name": item.name, "places": list(item.places)}
                for item in self.items
            ],
            "note": _NOTE,
        }

    def __rich__(self) -> RenderableType:
        """For people: a table, what the answer is worth, and a line that sums up."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("", "kind", "name", "used in"):
            table.add_column(heading, overflow="fold")
        for item in self.items:
            more = len(item.places) - _SHOWN
            places = [*item.places[:_SHOWN], *([f"… and {more} more"] if more > 0 else [])]
            table.add_row(Text(item.state, _STYLES[item.state]), item.kind, Text(item.name), Text("\n".join(places)))
        parts: list[RenderableType] = [table, Text(), Text(_NOTE, "dim")]
        if not self.has_edge_functions:
            parts.append(
                Text("No supabase/functions/ in the sources, so which edge functions there are is unknown.", "dim")
            )
        counts = {state: sum(item.state == state for item in self.items) for state in _STYLES}
        verdict = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
        parts.append(Text.assemble(f"{self.files} files: ", (verdict, "green" if self.ok else "red")))
        return Group(*parts)


def audit(url: str, folders: Collection[Path], *, say: Callable[[str], None] = lambda _: None) -> AuditReport:
    """Hold what the code in some folders calls against a database, which is only read.

    Args:
        url: the database.
        folders: where the code is; also where edge functions are, as `supabase/functions/NAME/`.
        say: told what is being done, line by line.

    Raises:
        ConnectError: the database cannot be reached.
        AuditError: a folder is not there, there is nothing to read, or the catalog may not be read.
    """
    say("reading the database")
    try:
        with connect(url) as connection:
            ownership = catalog.ownership_of(connection)
            with catalog.owned_by(ownership):
                found = database.read(catalog.read(connection))
            others = ownership.schemas | {name for (name,) in connection.execute(_BROUGHT)}
    except psycopg.Error as error:
        raise AuditError(f"the catalog cannot be read: {str(error).strip()}") from error
    say("reading the sources")
    return _held(found, sources.read(folders, found.known), others)


def _held(there: Database, code: Sources, others: Collection[str]) -> AuditReport:
    """What is called, compared with what there is; `others` are the schemas of the platform's and of extensions."""
    present = {Call(kind, name) for name, kind in there.known.items()}
    present |= {Call("edge function", name) for name in code.edge_functions}
    items: list[Item] = []
    for call in present | code.calls.keys() | there.users.keys():
        places = (*code.calls.get(call, ()), *there.users.get(call, ()))
        if call in present:
            state: State = "used" if places else "unused"
        elif call.dynamic or (call.kind == "edge function" and not code.edge_functions):
            state = "unresolved"
        elif call.kind != "edge function" and call.name.partition(".")[0] in others:
            continue  # the platform's own
        else:
            state = "missing"
        items.append(Item(state, call.kind, call.name, places))
    order = list(_STYLES)
    items.sort(key=lambda item: (order.index(item.state), item.kind, item.name))
    return AuditReport(items, code.files, bool(code.edge_functions))
