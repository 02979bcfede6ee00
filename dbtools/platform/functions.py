"""The statements that make functions; a body that cannot be had here is stood in for by one that says so."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from dbtools.model.quoting import dollar_quoted, identifier
from dbtools.platform.facts import Fact, Facts
from dbtools.platform.read import STANDS_IN, usual_cost
from dbtools.platform.statements import Statement, comment

_VOLATILITY = {"i": "immutable", "s": "stable", "v": "volatile"}
_PARALLEL = {"s": "safe", "r": "restricted", "u": "unsafe"}

# In place of a function that cannot be had here. While a baseline is replayed it gives nothing, because Postgres runs
# some functions to make an index; otherwise it says what it is.
_BODY = """{mark}
begin
  if current_setting('dbtools.standin', true) = 'quiet' then
    {nothing}
  end if;
  raise exception 'the function {name} of the platform does nothing in a shadow' using errcode = '0A000';
end"""
_BODIES = {"trigger": "{mark}\nbegin\n  return coalesce(new, old);\nend", "event_trigger": "{mark}\nbegin\nend"}


def functions(facts: Facts, languages: Collection[str]) -> Iterator[Statement]:
    """The functions; one whose body is not known, or not for this server, gets one that says so."""
    for row in facts.of("function"):
        name = row["name"]
        kind = "procedure" if row.get("fkind") == "p" else "function"
        returns = f" returns {row['result']}" if row["result"] else ""
        yield f"create {kind} {name_alone(name)}({row['args']}){returns} {_properties_and_body(row, languages)}", row
        yield f"alter {kind} {name} owner to {identifier(row['owner'])}", row
        yield from comment(f"{kind} {name}", row)


def name_alone(signature: str) -> str:
    """A function's name without its arguments, quoted as it is."""
    found = re.match(r'(?:"(?:[^"]|"")*"|[^"(])+(?=\()', signature)
    return found[0] if found else signature


def _properties_and_body(row: Fact, languages: Collection[str]) -> str:
    known = row["language"] in languages and (row["body"] is not None or "sql_body" in row)
    words = [f"language {row['language'] if known else 'plpgsql'}"]
    if row.get("fkind") != "p":
        cost = row.get("cost", usual_cost(row["language"]))
        words += [_VOLATILITY[row["volatility"]], "strict" if row.get("strict") else "called on null input"]
        words += ["leakproof"] if row.get("leakproof") else []
        words += [f"parallel {_PARALLEL[row.get('parallel', 'u')]}", f"cost {cost}"]
        words += [f"rows {row['rows']}"] if "rows" in row else []
    words += ["security definer"] if row["secdef"] else []
    if known and "sql_body" in row:
        return " ".join([*words, row["sql_body"]])
    return " ".join([*words, "as", dollar_quoted(row["body"] if known else stand_in(row))])


def stand_in(row: Fact) -> str:
    """The body in PL/pgSQL of a function that cannot be had here."""
    mark, result = STANDS_IN.format(row["language"]), row["result"] or "void"
    nothing = "return null;" if not re.match(r"TABLE\(|SETOF |void$|record$", result) else "return;"
    # Arguments that are given back are its result, and are set, not returned.
    nothing = "return;" if re.search(r"(^|, )(IN)?OUT ", row["args"]) else nothing
    name = row["name"].replace("'", "''").replace("%", "%%")
    return _BODIES.get(result, _BODY).format(mark=mark, nothing=nothing, name=name)
