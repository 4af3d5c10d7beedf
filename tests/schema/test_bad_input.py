"""What is no schema is said to be none, at its place; nothing else comes out of the parser."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.strategies import make_schema
from ucaudit import diff_schemas
from ucaudit.errors import InputError
from ucaudit.schema.document import walk
from ucaudit.schema.parsing import parse

REAL = [
    json.loads(path.read_text())["before"]
    for path in sorted((Path(__file__).parents[1] / "data" / "ucloud").glob("*.json"))
]
WEIRD: list[Any] = [None, [], {}, "", "x", 0, -1, 1.5, True, False, [[]], [None], [1], {"a": 1}]
WEIRD += [{"$ref": 1}, {"$ref": "#/nowhere"}, {"$ref": "x.json"}, {"$ref": "#"}, "[", 10**30]


@pytest.mark.parametrize(
    ("schema", "name", "where"),
    [
        (None, "not-a-schema", "s#"),
        ([], "not-a-schema", "s#"),
        ("string", "not-a-schema", "s#"),
        ({"type": []}, "not-a-schema", "s#/type"),
        ({"type": "text"}, "not-a-schema", "s#/type"),
        ({"enum": []}, "not-a-schema", "s#/enum"),
        ({"required": True}, "not-a-schema", "s#/required"),
        ({"required": [1]}, "not-a-schema", "s#/required"),
        ({"properties": None}, "not-a-schema", "s#/properties"),
        ({"properties": {"a/b": 1}}, "not-a-schema", "s#/properties/a~1b"),
        ({"items": None}, "not-a-schema", "s#/items"),
        ({"anyOf": []}, "not-a-schema", "s#/anyOf"),
        ({"anyOf": {}}, "not-a-schema", "s#/anyOf"),
        ({"minLength": "1"}, "not-a-schema", "s#/minLength"),
        ({"maximum": True}, "not-a-schema", "s#/maximum"),
        ({"multipleOf": 0}, "not-a-schema", "s#/multipleOf"),
        ({"pattern": "["}, "not-a-schema", "s#/pattern"),
        ({"patternProperties": {"(": {}}}, "not-a-schema", "s#/patternProperties"),
        ({"x-audit": {"renamed_from": []}}, "not-a-schema", "s#/x-audit"),
        ({"$schema": "http://example.org/mine"}, "dialect-unknown", "s#/$schema"),
        ({"$schema": 7}, "dialect-unknown", "s#/$schema"),
        ({"$ref": "#/$defs/X"}, "ref-unresolvable", "s#/$ref"),
        ({"$ref": "#here"}, "ref-unresolvable", "s#/$ref"),
        ({"items": {"$ref": "#/$defs/X"}}, "ref-unresolvable", "s#/items/$ref"),
        ({"$ref": "#/title", "title": "T"}, "not-a-schema", "s#/title"),
        ({"$ref": "#/x/y", "x": {"y": {"type": 1}}}, "not-a-schema", "s#/x/y/type"),
        ({"$ref": "https://example.org/s.json"}, "ref-remote", "s#"),
        ({"$ref": "other.json#/a"}, "ref-remote", "s#"),
        ({"$ref": "#"}, "ref-cycle", "s#"),
        (
            {
                "$ref": "#/$defs/A",
                "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}},
            },
            "ref-cycle",
            "s#/$defs/A",
        ),
        ({"allOf": [{"$ref": "#"}]}, "ref-cycle", "s#"),
    ],
)
def test_what_is_no_schema_is_refused(schema: Any, name: str, where: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(schema, "s")
    assert caught.value.name == name
    assert caught.value.where == where
    assert caught.value.fix


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        ({"const": "\ud800"}, "old)#/const"),
        ({"properties": {"\udfff": {}}}, "old)#/properties"),
        ({"properties": {"a/b": {"enum": [1, float("nan")]}}}, "old)#/properties/a~1b/enum/1"),
        ({"maximum": float("inf")}, "old)#/maximum"),
        ({1: 2}, "old)#"),
        ({"properties": {None: {}}}, "old)#/properties"),
        ({"const": b"bytes"}, "old)#/const"),
    ],
)
def test_what_json_cannot_say_is_refused(schema: Any, where: str) -> None:
    with pytest.raises(InputError) as caught:
        diff_schemas(schema, True)
    assert caught.value.name == "not-json"
    assert str(caught.value.where).endswith(where)


def _nested(depth: int, kind: str = "string") -> Any:
    schema: Any = {"type": kind}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    return schema


def test_a_hundredfold_nesting_is_compared() -> None:
    (finding,) = diff_schemas(_nested(100), _nested(100, "integer")).findings
    assert finding.occurrences[0].path == "$" + ".a" * 100


@pytest.mark.parametrize("depth", [2_000, 20_000])
def test_a_nesting_beyond_any_parser_is_refused(depth: int) -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        diff_schemas(_nested(depth), _nested(1))


@pytest.mark.parametrize("keyword", ["anyOf", "allOf"])
def test_deeply_nested_unions_are_refused(keyword: str) -> None:
    schema: Any = {"type": "string"}
    for _ in range(2_000):
        schema = {keyword: [schema]}
    with pytest.raises(InputError, match="nested too deeply"):
        parse(schema)


def _chain(length: int, kind: str, link: Any) -> Any:
    names = {f"D{i}": link(f"#/$defs/D{i + 1}") for i in range(length)}
    return {"$ref": "#/$defs/D0", "$defs": {**names, f"D{length}": {"type": kind}}}


def test_a_long_chain_of_definitions_is_compared() -> None:
    def link(ref: str) -> Any:
        return {"type": "object", "properties": {"a": {"$ref": ref}}}

    old, new = _chain(1_000, "string", link), _chain(1_000, "integer", link)
    (finding,) = diff_schemas(old, new).findings
    assert finding.rule == "type-changed"
    assert finding.effects.backward in ("breaks", "unknown")


def test_a_long_chain_of_lists_is_described() -> None:
    old = _chain(500, "string", lambda ref: {"type": "array", "items": {"$ref": ref}})
    assert diff_schemas(old, {"type": "integer"}).findings


def test_a_list_of_itself_is_described() -> None:
    old = {"$ref": "#/$defs/L", "$defs": {"L": {"type": "array", "items": {"$ref": "#/$defs/L"}}}}
    (finding,) = diff_schemas(old, {"type": "integer"}).findings
    assert finding.message == "the value changes from list of list of list of list to integer"


def test_a_long_chain_of_pure_references_is_refused() -> None:
    with pytest.raises(InputError, match="too far"):
        parse(_chain(1_000, "string", lambda ref: {"$ref": ref}))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}},
        {"$ref": "#/$defs/a~0b", "$defs": {"a~b": {"type": "string"}}},
        {"$ref": "#/$defs/a%25b", "$defs": {"a%b": {"type": "string"}}},
        {"$ref": "#/definitions/X", "definitions": {"X": {"type": "string"}}},
        {"$ref": "#here", "$defs": {"X": {"$anchor": "here", "type": "string"}}},
        {"$ref": "#here", "definitions": {"X": {"$id": "#here", "type": "string"}}},
        {
            "$id": "https://example.org/s.json",
            "$ref": "https://example.org/s.json#/$defs/X",
            "$defs": {"X": {"type": "string"}},
        },
        {
            "$id": "https://example.org/s.json",
            "$ref": "inner.json",
            "$defs": {
                "I": {"$id": "inner.json", "$ref": "#/$defs/X", "$defs": {"X": {"type": "string"}}}
            },
        },
        {"$ref": "#/components/X", "components": {"X": {"type": "string"}}},
        {"allOf": [{"type": ["string", "null"]}, {"type": "string"}]},
        {"anyOf": [{"type": "string"}, {"type": "string"}, False]},
    ],
)
def test_ways_of_saying_string(schema: Any) -> None:
    assert parse(schema).hash == parse({"type": "string"}).hash


def test_boolean_schemas() -> None:
    assert parse(True).is_any
    assert parse({}).is_any
    assert parse(False).is_never
    assert parse({"allOf": [True, False]}).is_never


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1.0}),
    ],
)
def test_draft_4_limits_are_those_of_today(old: Any, new: Any) -> None:
    assert diff_schemas({"type": "number", **old}, {"type": "number", **new}).findings == []


def test_a_break_of_draft_4_limits_is_proven() -> None:
    old = {"type": "number", "minimum": 1, "exclusiveMinimum": True}
    (finding,) = diff_schemas(old, {"type": "number", "minimum": 5}).findings
    assert finding.effects.backward == "breaks"


def test_huge_and_tiny_numbers_are_compared() -> None:
    old = {"type": "number", "minimum": 10**30, "multipleOf": 1e-7}
    (finding,) = diff_schemas(old, {"type": "number", "minimum": 0, "multipleOf": 1e-7}).findings
    assert (finding.rule, finding.effects.forward) == ("minimum-lowered", "breaks")


def test_tuples_of_draft_7_are_those_of_today() -> None:
    old = {"type": "array", "items": [{"type": "string"}], "additionalItems": False}
    new = {"type": "array", "prefixItems": [{"type": "string"}], "items": False}
    assert diff_schemas(old, new).findings == []


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(0, 2**48))
def test_mutated_schemas_are_read_or_refused(seed: int) -> None:
    rng = Random(seed)
    schema = copy.deepcopy(rng.choice(REAL)) if rng.random() < 0.7 else make_schema(rng)
    places = [place for _, place in walk(schema) if isinstance(place, dict)]
    for _ in range(rng.randint(1, 3)):
        place = rng.choice(places)
        keyword = rng.choice([*place, "type", "items", "$ref", "required", "x-audit", "properties"])
        place[keyword] = copy.deepcopy(rng.choice([*WEIRD, *places[:5]]))
    with contextlib.suppress(InputError):
        diff_schemas(schema, rng.choice([schema, REAL[0]]))
