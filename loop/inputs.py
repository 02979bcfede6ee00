"""What the command line reads beside its options: a config as JSON, a password."""

from __future__ import annotations

import getpass
import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from loop.errors import ConfigError


def json_object(file: str) -> dict[str, Any]:
    """The JSON object in a file, or in standard input for `-`.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        value = json.loads(text, parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{file} holds no JSON object", hint='a config looks like {"baseDps": 1200}')
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def password(variable: str, prompt: str) -> str:
    """A password from the environment, or from whoever sits at the terminal; never from an option, which others see.

    Raises:
        ConfigError: it is not in the environment, and there is no terminal.
    """
    if value := os.environ.get(variable, ""):
        return value
    if not sys.stdin.isatty():
        raise ConfigError("no password given", hint=f"set {variable}")
    return getpass.getpass(prompt)
