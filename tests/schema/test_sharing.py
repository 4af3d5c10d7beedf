"""Schemas with one and the same ``$defs`` object share their nodes, where that is safe."""

from __future__ import annotations

import pytest

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject
from ucaudit.schema.parsing import Parser, parse

DEFINITIONS: JsonObject = {
    "A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}, "n": {"type": "integer"}}},
    "B": {"type": "array", "items": {"$ref": "#/$defs/A"}},
}


def call(**fields: JsonObject) -> JsonObject:
    return {"type": "object", "properties": fields, "$defs": DEFINITIONS}


def test_the_same_definition_is_the_same_node() -> None:
    parser = Parser()
    one = parser.parse(call(a={"$ref": "#/$defs/B"})).shapes[0].properties["a"]
    two = parser.parse(call(x={"$ref": "#/$defs/B"})).shapes[0].properties["x"]
    assert one.shapes[0].items is two.shapes[0].items


@pytest.mark.parametrize(
    "schema",
    [
        call(a={"$ref": "#/$defs/A"}),
        call(a={"$ref": "#/$defs/B"}, c={"$ref": "#/properties/a"}, d={"$ref": "#"}),
        {"$ref": "#/$defs/A", "$defs": DEFINITIONS},
        {"allOf": [{"$ref": "#/$defs/A"}, {"required": ["n"]}], "$defs": DEFINITIONS},
    ],
)
def test_sharing_does_not_show(schema: JsonObject) -> None:
    parser = Parser()
    parser.parse(call(first={"$ref": "#/$defs/B"}))
    assert parser.parse(schema).hash == parse(schema).hash


def test_definitions_that_lead_to_the_root_are_not_shared() -> None:
    definitions = {"Root": {"$ref": "#/properties/own"}}
    parser = Parser()
    hashes = {
        parser.parse(
            {
                "type": "object",
                "properties": {"own": {"type": kind}, "same": {"$ref": "#/$defs/Root"}},
                "$defs": definitions,
            }
        ).hash
        for kind in ("string", "integer")
    }
    assert len(hashes) == 2


def test_a_missing_definition_is_named() -> None:
    with pytest.raises(InputError) as caught:
        Parser().parse({"$ref": "#/$defs/Missing", "$defs": DEFINITIONS}, "files.browse")
    assert (caught.value.name, caught.value.where) == ("ref-unresolvable", "files.browse#/$ref")
