"""Names of arguments that became keywords: a server before 17 prints `json json`, which a newer one does not read."""

from __future__ import annotations

import re

SINCE = 17
_NEW = (
    "json|json_array|json_arrayagg|json_exists|json_object|json_objectagg|json_query|json_scalar|json_serialize|json_table"
    "|json_value|merge_action|system_user"
)
# A name stands before its type; a type without a name has a default behind it, or nothing.
_ARGUMENT = re.compile(rf"(?<=[(,])(\s*(?:(?:VARIADIC|INOUT|OUT|IN) )?)({_NEW})(?= (?!DEFAULT\b)\S)")
_LISTS = re.compile(
    r"^(?:CREATE|ALTER|GRANT|REVOKE|COMMENT) [^'\n]*?\b(?:FUNCTION|PROCEDURE|AGGREGATE) .*", re.MULTILINE
)


def quoted(arguments: str) -> str:
    """A list of arguments, or `TABLE(…)`, with those names in quotes, as newer servers print it."""
    return _ARGUMENT.sub(r'\1"\2"', f"({arguments}")[1:]


def quoted_in_statements(text: str) -> str:
    """The same in each line of SQL that makes or names a routine."""
    return _LISTS.sub(lambda line: quoted(line[0]), text)
