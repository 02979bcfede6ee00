"""What the command line reads beside its options: a config as JSON, a password."""

from __future__ import annotations

import getpass
import json
import os
import sys
from pathlib import Path
from typing import Any

from loop.errors import ConfigError
from loop.strict_json import cut, finite, no_number

# Bytes of a config's file: the most that the database can be set to take (settings.max_config_bytes). What is over its
# setting it refuses by itself.
LARGEST = 16_777_216


def json_object(file: str) -> dict[str, Any]:
    """The JSON object in a file, or in standard input for `-`.

    Raises:
        ConfigError: the file cannot be read, or holds something else: another kind of value, or what the database would
            refuse or read differently (a key twice, NaN, half of a surrogate pair, more than `LARGEST` bytes).
    """
    name = "standard input" if file == "-" else file
    try:
        if file == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror or error}") from error
    if len(data) > LARGEST:
        raise ConfigError(f"{name} has more than {LARGEST:,} bytes", hint="a config holds settings, not their results")
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            parse_constant=no_number,
            parse_float=finite,
            parse_int=_short,
            object_pairs_hook=_no_key_twice,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise ConfigError(f"{name} has half a character in it: {half} without its other half") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} is no UTF-8: byte {error.start + 1:,} is {data[error.start]:#04x}") from error
    except RecursionError as error:
        raise ConfigError(f"{name} is nested too deeply") from error
    except ValueError as error:
        raise ConfigError(f"{name} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{name} holds no JSON object", hint='a config looks like {"baseDps": 1200}')
    return value


def _short(text: str) -> int:
    # Python refuses longer ones itself, in words about Python.
    if len(text) > 1000:
        raise ValueError(f"{cut(text)} has {len(text):,} digits")
    return int(text)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {cut(repr(key))} stands twice in one object")
        found[key] = value
    return found


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
