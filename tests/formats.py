"""Documents held against the JSON Schemas that ``ucaudit schema`` gives."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema_rs

from ucaudit.report.formats import schema_of


def closed(schema: Any) -> Any:
    """The schema without room for anything that it does not describe."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made["additionalProperties"] = False
    return made


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(closed(schema_of(name)), validate_formats=True)


def validate(text: str | bytes, name: str) -> Any:
    """The document in ``text``; it must be of that format and hold nothing undescribed.

    Raises:
        jsonschema_rs.ValidationError: If it is not.
    """
    document = json.loads(text)
    assert document["format"] == f"ucaudit.{name}/1"
    _validator(name).validate(document)
    return document
