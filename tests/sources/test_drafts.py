"""JSON Schemas of all drafts, in JSON and YAML, over several files."""

from __future__ import annotations

import pytest

from ucaudit.diff.calls import diff_calls
from ucaudit.errors import InputError
from ucaudit.history.sources import load_pair, load_source
from ucaudit.schema.parsing import parse
from ucaudit.sources.folder import load_schema

D4 = "http://json-schema.org/draft-04/schema#"
D7 = "http://json-schema.org/draft-07/schema#"
D19 = "https://json-schema.org/draft/2019-09/schema"
D20 = "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            {"$schema": D4, "id": "http://example.org/x", "minimum": 1, "exclusiveMinimum": True},
            {"exclusiveMinimum": 1},
        ),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"$schema": D20, "exclusiveMinimum": 1}, {"exclusiveMinimum": 1}),
        (
            {"$schema": D7, "items": [{"type": "null"}], "additionalItems": {"type": "string"}},
            {"prefixItems": [{"type": "null"}], "items": {"type": "string"}},
        ),
        ({"$schema": D19, "items": {}, "additionalItems": False}, {"items": {}}),
        (
            {"dependencies": {"a": ["b"], "c": {"required": ["d"]}}},
            {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"required": ["d"]}}},
        ),
        (
            {"$schema": D7, "definitions": {"A": {}}, "$ref": "#/definitions/A", "type": "null"},
            {"definitions": {"A": {}}, "$ref": "#/definitions/A"},
        ),
        (
            {"$schema": D20, "$defs": {"A": {}}, "$ref": "#/$defs/A", "type": "null"},
            {"$defs": {"A": {}}, "$ref": "#/$defs/A", "type": "null"},
        ),
        (
            {"properties": {"a": {"$id": "#a"}, "b": {"$ref": "#a"}}},
            {"properties": {"a": {}, "b": {"$ref": "#/properties/a"}}},
        ),
        (
            {"properties": {"a": {"$anchor": "a"}, "id": {"$ref": "#a"}}},
            {"properties": {"a": {}, "id": {"$ref": "#/properties/a"}}},
        ),
        (
            {"$defs": {"T": {"$id": "t", "items": {"$ref": "#/$defs/I"}, "$defs": {"I": {}}}}},
            {"$defs": {"T": {"items": {"$ref": "#/$defs/T/$defs/I"}, "$defs": {"I": {}}}}},
        ),
        (
            {"items": [{"title": "a"}], "additionalItems": {"$ref": "#/items/0"}},
            {"prefixItems": [{"title": "a"}], "items": {"$ref": "#/prefixItems/0"}},
        ),
        (
            {"properties": {"items": {}, "dependencies": {"$ref": "#/properties/items"}}},
            {"properties": {"items": {}, "dependencies": {"$ref": "#/properties/items"}}},
        ),
        (
            {"$dynamicAnchor": "n", "properties": {"next": {"$dynamicRef": "#n"}}},
            {"properties": {"next": {"$ref": "#"}}},
        ),
        ({"default": {"$ref": "x"}}, {"default": {"$ref": "x"}}),
        (True, True),
    ],
)  # fmt: skip
def test_a_schema_is_respelled_in_2020_12(write, written, read):
    schema = load_schema(write("a.json", written))
    assert schema == read
    parse(schema)


def test_drafts_of_one_meaning_are_equal(write, tmp_path):
    write("old.json", {"$schema": D4, "type": "number", "minimum": 0, "exclusiveMinimum": True})
    write("new.yaml", f"$schema: {D20}\ntype: number\nexclusiveMinimum: 0\n")
    old, new = load_pair("old.json", "new.yaml", tmp_path)
    assert new.calls[0].name == "new"
    assert not diff_calls(old.calls, new.calls).findings


def test_definitions_of_other_files_have_their_own_names(write):
    write("b.json", {"$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$id": "q", "title": "b"}}})
    write("c.json", {"$id": "https://example.org/c", "items": {"$ref": "#"}})
    schema = load_schema(
        write(
            "a.json",
            {"$defs": {"A": {}}, "allOf": [{"$ref": "b.json#/$defs/A"}, {"$ref": "./c.json"}]},
        )
    )
    assert schema == {
        "allOf": [{"$ref": "#/$defs/b.A"}, {"$ref": "#/$defs/c"}],
        "$defs": {
            "A": {},
            "b.A": {"$ref": "#/$defs/B"},
            "B": {"title": "b"},
            "c": {"items": {"$ref": "#/$defs/c"}},
        },
    }


def test_a_folder_may_hold_yaml(write, tmp_path):
    write("s/a.call/request.yaml", "type: object\n")
    write("s/a.call/audit.yml", "type: string\n")
    (call,) = load_source("s", tmp_path).calls
    assert set(call.parts) == {"request", "audit"}
    write("s/a.call/request.json", {})
    with pytest.raises(InputError) as caught:
        load_source("s", tmp_path)
    assert caught.value.name == "source-ambiguous"


@pytest.mark.parametrize(
    ("schema", "name", "where"),
    [
        ({"$schema": "http://json-schema.org/draft-03/schema#"}, "dialect-unknown", "#/$schema"),
        ({"$recursiveRef": "#"}, "ref-dynamic", "a.json#"),
        ({"items": {"$dynamicRef": "b.json#n"}}, "ref-dynamic", "#/items"),
        (
            {"$dynamicRef": "#n", "$defs": {i: {"$dynamicAnchor": "n"} for i in "AB"}},
            "ref-dynamic",
            "a.json#",
        ),
        ({"items": {"$ref": "#gone"}}, "ref-unresolvable", "#/items/$ref"),
        ({"items": {"$ref": "b.json"}}, "ref-unresolvable", "#/items/$ref"),
        ({"items": {"$ref": "//example.org/b"}}, "ref-remote", "#/items/$ref"),
        ({"items": {"$ref": "file:///b.json"}}, "ref-remote", "#/items/$ref"),
    ],
)  # fmt: skip
def test_bad_schemas_are_one_clear_error(write, schema, name, where):
    with pytest.raises(InputError) as caught:
        load_schema(write("a.json", schema))
    assert caught.value.name == name
    assert where in str(caught.value.where)
    assert caught.value.fix
