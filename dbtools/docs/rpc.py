"""The reference of what can be called through the API, written from the functions' own comments and signatures.

`python -m dbtools.docs.rpc > docs/reference/rpc.md` reads a shadow at head. A function's comment says what it does and
ends with its errors, if it has any of its own, in one fixed form (status and explanation may be missing):

    Errors (code in DETAIL): 401 not_signed_in, 404 job_not_found (it may be somebody else's), ….
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import dict_row

from dbtools.errors import DbtoolsError
from dbtools.postgres.connection import connect
from dbtools.project import Project
from dbtools.runner.head import at_head

ROLES = {"anon": "anybody", "authenticated": "a signed-in user", "service_role": "the service role"}

HEADER = """\
# Functions of the API

Written by `make docs` from the comments in `sql/functions/`; change those.

Call them with named arguments, as here with the Supabase client; one with a default may be left out. A refusal has an
HTTP status, a stable code in `error.details`, a message for people and a hint in `error.hint`. Whoever may not call a
function gets 42501, with status 401 if nobody is signed in and 403 otherwise.
"""

_FUNCTIONS = """
select
  p.proname as name,
  coalesce(obj_description(p.oid, 'pg_proc'), '') as comment,
  pg_get_function_result(p.oid) as returns,
  array(
    select r.name from unnest(%(roles)s::text[]) with ordinality as r (name, place)
    where has_function_privilege(r.name, p.oid, 'execute') order by r.place
  ) as roles,
  array(
    select jsonb_build_object(
      'name', coalesce(p.proargnames[a.place], '$' || a.place), 'type', format_type(a.type, null),
      'default', pg_get_function_arg_default(p.oid, a.place::integer)
    )
    from unnest(p.proargtypes) with ordinality as a (type, place) order by a.place
  ) as arguments
from pg_proc as p
where p.pronamespace = %(schema)s::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
order by p.proname, p.oid
"""

# What stands in parentheses may have a dot in it.
_ERRORS = re.compile(r"\s*Errors?(?: \(code in DETAIL\))?:\s*(?P<list>(?:[^.(]|\([^)]*\))*)\.")
_ERROR = re.compile(r"(?:(?P<status>\d{3}) )?(?P<code>[a-z][a-z0-9_]*)(?: \((?P<when>[^)]*)\))?")


@dataclass(frozen=True)
class Argument:
    """An argument of a function; `default` is SQL, None where there is none."""

    name: str
    type: str
    default: str | None


@dataclass(frozen=True)
class Refusal:
    """An error of a function's own: HTTP status and explanation are empty where its comment does not say."""

    code: str
    status: str
    when: str


@dataclass(frozen=True)
class Function:
    """A function that at least one API role may call."""

    name: str
    description: str
    arguments: tuple[Argument, ...]
    returns: str
    roles: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def functions(connection: psycopg.Connection, *, schema: str = "public") -> list[Function]:
    """What the API roles may execute in an exposed schema, sorted: what users may call first, then by name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_FUNCTIONS.encode(), {"schema": schema, "roles": list(ROLES)}).fetchall()
    made = []
    for row in found:
        if row["roles"]:
            description, refusals = read_comment(row["comment"])
            arguments = tuple(Argument(**argument) for argument in row["arguments"])
            made.append(Function(row["name"], description, arguments, row["returns"], tuple(row["roles"]), refusals))
    return sorted(made, key=lambda function: (function.roles == ("service_role",), function.name))


def read_comment(comment: str) -> tuple[str, tuple[Refusal, ...]]:
    """What a comment says, without its errors, and the errors."""
    text = " ".join(comment.split())
    listed = _ERRORS.search(text)
    if listed is None:
        return text, ()
    refusals = tuple(
        Refusal(error["code"], error["status"] or "", error["when"] or "") for error in _ERROR.finditer(listed["list"])
    )
    return (text[: listed.start()] + text[listed.end() :]).strip(), refusals


def render(listed: Sequence[Function]) -> str:
    """The page, as Markdown."""
    return "\n".join([HEADER, *(_section(function) for function in listed)])


def _section(function: Function) -> str:
    who = " and ".join(ROLES[role] for role in function.roles)
    parts = [f"## {function.name}", function.description, f"May be called by {who}. Returns `{function.returns}`."]
    if function.arguments:
        rows = [(f"`{a.name}`", f"`{a.type}`", f"`{a.default}`" if a.default else "") for a in function.arguments]
        parts.append(_table(("argument", "type", "default"), rows))
    if function.refusals:
        columns = [("error", [f"`{refusal.code}`" for refusal in function.refusals])]
        columns.append(("status", [refusal.status for refusal in function.refusals]))
        columns.append(("when", [refusal.when for refusal in function.refusals]))
        told = [(title, cells) for title, cells in columns if any(cells)]
        parts.append(_table([title for title, _ in told], list(zip(*(cells for _, cells in told), strict=True))))
    parts.append(_example(function))
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _example(function: Function) -> str:
    """A call that leaves out what may be left out, which stands in a comment."""
    lines = []
    for argument in function.arguments:
        words = argument.name.removeprefix("p_").split("_")
        variable = words[0] + "".join(word.capitalize() for word in words[1:])
        lines.append(f"  {'// ' if argument.default else ''}{argument.name}: {variable},")
    arguments = ", {\n" + "\n".join(lines) + "\n}" if lines else ""
    return f"```js\nconst {{ data, error }} = await supabase.rpc('{function.name}'{arguments})\n```"


def print_page(write: Callable[[psycopg.Connection], str]) -> int:
    """Print what is written of a shadow at head of the current folder's project; returns the exit code."""
    try:
        project = Project.find()
        with at_head(project) as url, connect(url) as connection:
            page = write(connection)
    except DbtoolsError as error:
        sys.stderr.write(f"error: {error.message}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return error.exit_code
    sys.stdout.write(page)
    return 0


def main() -> int:
    """Print the page of the project that the current folder belongs to."""
    return print_page(lambda connection: render(functions(connection)))


if __name__ == "__main__":
    sys.exit(main())
