"""Sample documents of a schema: valid, few, and with the values of every field among them."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

from tests.schema.strategies import schemas
from ucaudit.diff.documents import documents
from ucaudit.schema.parsing import parse
from ucaudit.schema.validators import lower


def of(schema: Any) -> list[Any]:
    found = documents(parse(schema))
    # As writers are read: oneOf says that a value is of some member.
    validator = jsonschema_rs.validator_for(lower(schema, lenient=True), validate_formats=True)
    assert all(validator.is_valid(value) for value in found)
    assert len(found) <= 24
    return found


def test_every_field_has_each_of_its_values() -> None:
    words, numbers = [f"w{i}" for i in range(9)], list(range(14))
    fields = {f"f{i:02}": {"enum": words} for i in range(40)} | {"n": {"enum": numbers}}
    found = of({"type": "object", "properties": fields})
    assert found[0] == {}
    for name in fields:
        seen = {value[name] for value in found if name in value}
        assert seen == set(words if name != "n" else numbers)


def test_alternatives_take_turns() -> None:
    alternatives = [
        {"type": "object", "properties": {"kind": {"const": kind}, "x": {"type": "string"}},
         "required": ["kind"]} for kind in "abcde"
    ]  # fmt: skip
    found = of({"oneOf": [*alternatives, {"type": "null"}]})
    assert {value["kind"] for value in found if value} == set("abcde")
    assert None in found


def test_defaults_are_always_there() -> None:
    fields = {"kind": {"const": "a", "default": "a"}, "note": {"type": "string"}}
    assert of({"type": "object", "properties": fields})[0] == {"kind": "a"}


def test_lists_and_maps_hold_what_they_may() -> None:
    item = {"type": "object", "properties": {"id": {"enum": [1, 2, 3]}}, "required": ["id"]}
    found = of({"type": "array", "items": item, "minItems": 2, "uniqueItems": True})
    assert {part["id"] for value in found for part in value} == {1, 2, 3}
    found = of({"type": "object", "additionalProperties": {"enum": ["x", "y"]}})
    assert {part for value in found for part in value.values()} == {"x", "y"}
    found = of({"type": "object", "patternProperties": {"^k-": {"type": "integer"}},
                "additionalProperties": False, "minProperties": 1})  # fmt: skip
    assert any(found)


def test_recursion_ends() -> None:
    node = {"type": "object", "required": ["name"],
            "properties": {"name": {"type": "string"}, "left": {"$ref": "#/$defs/N"},
                           "right": {"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]},
                           "all": {"type": "array", "items": {"$ref": "#/$defs/N"}}}}  # fmt: skip
    found = of({"$defs": {"N": node}, "$ref": "#/$defs/N"})
    assert found[0] == {"name": "a"}
    assert any("left" in value.get("left", {}) for value in found)


@pytest.mark.parametrize("schema", [False, {"type": "string", "pattern": "^(?=x)y$"}])
def test_where_nothing_can_be_made_there_is_nothing(schema: Any) -> None:
    assert documents(parse(schema)) == []


@settings(max_examples=60, deadline=None)
@given(schemas())
def test_all_are_valid(schema: Any) -> None:
    of(schema)
