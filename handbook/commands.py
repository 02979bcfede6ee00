"""The page of the commands, from what the command lines say of themselves."""

from __future__ import annotations

import inspect
import re
from typing import Any

import typer

from dbtools.cli import app as dbtools
from loop.cli import app as loop


def page() -> str:
    """Every command of both products with its arguments and options, as Markdown."""
    parts = ["# Commands\n", "Written from the command lines' own help, which `--help` shows too.\n"]
    for product in (dbtools, loop):
        group: Any = typer.main.get_command(product)
        parts.append(f"## {group.name}\n\n{group.help}\n")
        parts += [_command(group.name, name, command) for name, command in group.commands.items()]
    return "\n".join(parts)


def _command(product: str, name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    words = [product, name, *(one.name.upper() for one in arguments)]
    rows = [f"| {_names(one)} | {_cell(one.help or '')} | {_default(one)} |" for one in (*arguments, *options)]
    table = ["| option | | default |", "|---|---|---|", *rows] if rows else []
    return "\n".join(
        (f"### {product} {name}\n", f"```console\n$ {' '.join(words)}\n```\n", _text(command), "", *table, "")
    )


def _text(command: Any) -> str:
    # Typer marks with a form feed where the help of a terminal ends.
    text = inspect.cleandoc(command.help or "").partition("\f")[0]
    return _prose("\n\n".join(part for part in (text, inspect.cleandoc(command.epilog or "")) if part))


def _prose(text: str) -> str:
    return re.sub(r"([<*_])", r"\\\1", text)


def _names(one: Any) -> str:
    if one.param_type_name == "argument":
        return f"`{one.name.upper()}`"
    return ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))


def _default(one: Any) -> str:
    if one.required:
        return "required"
    value = getattr(one.default, "value", one.default)
    variable = f"`${one.envvar}`" if isinstance(one.envvar, str) else ""
    shown = f"`{value}`" if isinstance(value, str | int | float) and value not in ("", False, True) else ""
    return " or ".join(part for part in (variable, shown) if part)


def _cell(text: str) -> str:
    return _prose(" ".join(text.split())).replace("|", "\\|")
