"""The index effect stands on the finding that caused it, and on no other."""

from __future__ import annotations

from typing import Any

import pytest

from ucaudit import diff_schemas


def index_effects(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    return {f.rule: f.effects.index for f in diff_schemas(_root(old), _root(new)).findings}


def _root(schema: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("x-required", False)
    field = {key: value for key, value in schema.items() if key != "x-required"}
    fields: dict[str, Any] = {"type": "object", "properties": {"port": field}}
    return {**fields, "required": ["port"]} if required else fields


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (
            {"type": "string", "default": "80"},
            {"type": "integer", "x-required": True},
            {"type-changed": "reindex", "field-became-required": "none"},
        ),
        (
            {"type": "integer", "x-required": True},
            {"type": "string"},
            {"type-changed": "reindex", "field-became-optional": "none"},
        ),
        ({"type": "string"}, {"type": "string", "x-required": True}, {
            "field-became-required": "none",
        }),
    ],
)  # fmt: skip
def test_presence_and_defaults_ask_nothing_of_the_index(
    old: dict[str, Any], new: dict[str, Any], wanted: dict[str, str]
) -> None:
    assert index_effects(old, new) == wanted
