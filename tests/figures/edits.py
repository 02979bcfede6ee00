"""Edits of the files in `sql/`, each valid whatever the others are; text in, text out, None where it does not apply."""

from __future__ import annotations

import re
from collections.abc import Callable

Edit = Callable[[str], str | None]

_SIGNATURE = re.compile(r"create or replace function (\S+?)\((.*?)\)\nreturns (\w+)", re.DOTALL)
_ARGUMENT = "p_added integer default 0"


def body(text: str) -> str | None:
    return text.replace("as $$", "as $$ /* edited */", 1) if "as $$" in text else None


def argument(text: str) -> str | None:
    """One more, with a default; the comment, the revokes and the grants follow."""
    found = _SIGNATURE.search(text)
    if found is None or found[3] == "trigger":
        return None
    name, arguments = found[1], found[2]
    comma = ", " if arguments.strip() else ""
    made = text[: found.end(2)].rstrip() + f"{comma}{_ARGUMENT}" + text[found.end(2) :]
    return re.sub(
        rf"(?<=function ){re.escape(name)}\(([^()]*)\)(?!\nreturns)", lambda m: f"{name}({m[1]}{comma}integer)", made
    )


def default(text: str) -> str | None:
    """The last argument gets one: the way back must take it away, which `create or replace` refuses."""
    found = _SIGNATURE.search(text)
    if found is None or not found[2].strip() or " default " in found[2]:
        return None
    return text[: found.end(2)].rstrip() + " default null" + text[found.end(2) :]


def name_of_argument(text: str) -> str | None:
    """The first one's, in the body too."""
    found = re.search(r"\(\s*(p_\w+) ", text)
    return re.sub(rf"\b{found[1]}\b", f"{found[1]}_renamed", text) if found and "=> " not in text else None


def return_type(text: str) -> str | None:
    """Of the thin functions in public."""
    found = re.search(r"^  select (private\.\w+\([^()]*\));$", text, re.MULTILINE)
    if found is None or "\nreturns jsonb\n" not in text:
        return None
    return text.replace("returns jsonb", "returns json").replace(found[0], f"  select {found[1]}::json;")


def volatility(text: str) -> str | None:
    if "language" not in text or "\nreturns trigger" in text:
        return None
    if re.search(r"\n(stable|immutable)\n", text):
        return re.sub(r"\n(stable|immutable)\n", "\nvolatile\n", text, count=1)
    # A wrong promise, but one that is kept: nothing is executed.
    return re.sub(r"\n(language \w+)\n", r"\n\1\nstable\n", text, count=1)


def security(text: str) -> str | None:
    if "language" not in text:
        return None
    if "security definer\n" in text:
        return text.replace("security definer\n", "security invoker\n")
    return re.sub(r"\n(language \w+)\n", r"\n\1\nsecurity definer\n", text, count=1)


def comment(text: str) -> str | None:
    """Taken out."""
    made = re.sub(r"comment on function .*? is\s'.*?[^']';\n\n", "", text, flags=re.DOTALL)
    return made if made != text else None


def policy(text: str) -> str | None:
    made = re.sub(r"using \(", "using (current_date > '2020-01-01' and ", text, count=1)
    return made if made != text else None


def name_of_policy(text: str) -> str | None:
    found = re.search(r"create policy (\w+)", text)
    return text.replace(found[1], f"{found[1]}_renamed") if found else None


def timing(text: str) -> str | None:
    return text.replace(" after insert ", " after insert or update ") if "referencing" not in text else None


def grant(text: str) -> str | None:
    """To one role more, or to one less."""
    if "to authenticated;" in text:
        return text.replace("to authenticated;", "to authenticated, service_role;", 1)
    made = re.sub(r"\ngrant [^;]* to service_role;", "", text, count=1)
    return made if made != text else None


ALL: tuple[Edit, ...] = (
    body,
    argument,
    default,
    name_of_argument,
    return_type,
    volatility,
    security,
    comment,
    policy,
    name_of_policy,
    timing,
    grant,
)
