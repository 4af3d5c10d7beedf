"""Schema to mapping, one line a construct: the table that says what is indexed how."""

from __future__ import annotations

from typing import Any

import pytest

from ucaudit import compile_mapping
from ucaudit.errors import InputError
from ucaudit.mapping.api import call_fields, whole_mapping
from ucaudit.mapping.compile import MOST_DEPTH, MOST_FIELDS, Compiled, compile_fields
from ucaudit.mapping.envelope import ENVELOPE
from ucaudit.schema.parsing import parse

KEYWORD = {"type": "keyword", "ignore_above": 8191}
LONG = {"type": "long", "ignore_malformed": True}
DOUBLE = {"type": "double", "ignore_malformed": True}
BOOLEAN = {"type": "boolean", "ignore_malformed": True}
DATE = {"type": "date", "ignore_malformed": True}
IP = {"type": "ip", "ignore_malformed": True}
MAP = {"type": "flattened", "ignore_above": 4096, "depth_limit": 1000}
OPAQUE = {"type": "object", "enabled": False}

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
SECRET = {"type": "string", "format": "password"}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def objects(**properties: Any) -> dict[str, Any]:
    return {"properties": properties}


def listed(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def mapped(values: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


def union(*members: Any) -> dict[str, Any]:
    return {"anyOf": [*members]}


def formatted(name: str) -> dict[str, Any]:
    return {"type": "string", "format": name}


def hinted(schema: dict[str, Any], index: str) -> dict[str, Any]:
    return {**schema, "x-audit": {"index": index}}


def compiled(schema: Any) -> Compiled:
    return compile_fields({"x": parse(schema)})


TABLE: dict[str, tuple[Any, dict[str, Any] | None]] = {
    # scalars
    "string": (STRING, KEYWORD),
    "integer": (INTEGER, LONG),
    "integer of any width": ({"type": "integer", "format": "int32"}, LONG),
    "number": ({"type": "number"}, DOUBLE),
    "integer or number": (union(INTEGER, {"type": "number"}), DOUBLE),
    "boolean": ({"type": "boolean"}, BOOLEAN),
    "null": ({"type": "null"}, None),
    "nullable": ({"type": ["string", "null"]}, KEYWORD),
    "nullable by union": (union(INTEGER, {"type": "null"}), LONG),
    "enum": ({"enum": ["A", "B"]}, KEYWORD),
    "enum of numbers": ({"enum": [1, 2]}, LONG),
    "constant": ({"const": "A"}, KEYWORD),
    "string or number": ({"type": ["string", "integer"]}, KEYWORD),
    "boolean or number": ({"type": ["boolean", "number"]}, KEYWORD),
    "no value at all": (False, None),
    # formats
    "date-time": (formatted("date-time"), DATE),
    "date": (formatted("date"), DATE),
    "date or date-time": (union(formatted("date"), formatted("date-time")), DATE),
    "date or any string": (union(formatted("date"), STRING), KEYWORD),
    "ipv4": (formatted("ipv4"), IP),
    "ipv4 or ipv6": (union(formatted("ipv4"), formatted("ipv6")), IP),
    "time": (formatted("time"), KEYWORD),
    "duration": (formatted("duration"), KEYWORD),
    "uuid": (formatted("uuid"), KEYWORD),
    "format that is not known": (formatted("colour"), KEYWORD),
    # lists: to the engine a list is its elements
    "list": (listed(STRING), KEYWORD),
    "list of lists": (listed(listed(INTEGER)), LONG),
    "single or list": (union(STRING, listed(STRING)), KEYWORD),
    "list of mixed scalars": (listed({"type": ["string", "integer"]}), KEYWORD),
    "tuple": (
        {"type": "array", "prefixItems": [INTEGER, {"type": "number"}], "items": False},
        DOUBLE,
    ),
    "tuple of pydantic": ({"type": "array", "prefixItems": [STRING], "maxItems": 1}, KEYWORD),
    "tuple whose further places are free": ({"type": "array", "prefixItems": [STRING]}, OPAQUE),
    "list of anything": ({"type": "array"}, OPAQUE),
    # objects
    "object": (fields(a=STRING, b=fields(c=INTEGER)), objects(a=KEYWORD, b=objects(c=LONG))),
    "object without fields": (fields(), objects()),
    "list of objects": (listed(fields(a=STRING)), objects(a=KEYWORD)),
    "nullable object": (union(fields(a=STRING), {"type": "null"}), objects(a=KEYWORD)),
    "objects in a union": (union(fields(a=STRING), fields(b=INTEGER)), objects(a=KEYWORD, b=LONG)),
    "the same name with two types": (
        union(fields(a=STRING), fields(a=INTEGER)),
        objects(a=KEYWORD),
    ),
    "the same name plain and object": (
        union(fields(a=STRING), fields(a=fields(b=STRING))),
        objects(a=OPAQUE),
    ),
    "allOf": ({"allOf": [fields(a=STRING), fields(b=INTEGER)]}, objects(a=KEYWORD, b=LONG)),
    "closed object": ({**fields(a=STRING), "additionalProperties": False}, objects(a=KEYWORD)),
    "object with free fields beside": (
        {**fields(a=STRING), "additionalProperties": True},
        {"dynamic": False, "properties": {"a": KEYWORD}},
    ),
    "one alternative's free fields may be another's": (
        union({**fields(a=STRING), "additionalProperties": STRING}, fields(b=INTEGER)),
        {"dynamic": False, "properties": {"a": KEYWORD, "b": KEYWORD}},
    ),
    "fields by pattern may be another's too": (
        union(
            {**fields(a=STRING), "patternProperties": {"^b": STRING}}, fields(b=INTEGER, c=INTEGER)
        ),
        {"dynamic": False, "properties": {"a": KEYWORD, "b": KEYWORD, "c": LONG}},
    ),
    # maps and free-form JSON
    "map": (mapped(STRING), MAP),
    "map of objects": (mapped(fields(a=STRING)), MAP),
    "map by pattern": ({"type": "object", "patternProperties": {"^x": STRING}}, MAP),
    "any object": ({"type": "object"}, MAP),
    "extra fields only": ({**fields(), "additionalProperties": True}, MAP),
    "map or object": (union(mapped(STRING), fields(a=STRING)), MAP),
    "list of maps": (listed(mapped(STRING)), MAP),
    "constant object": ({"const": {"a": 1}}, MAP),
    "anything": ({}, OPAQUE),
    "anything, said so": (True, OPAQUE),
    "plain or object": (union(STRING, fields(a=STRING)), OPAQUE),
    "plain or map": (union(STRING, mapped(STRING)), OPAQUE),
    "type is not said": ({"properties": {"a": STRING}}, OPAQUE),
    # recursion: what contains itself ends there, however it is referred to
    "list of itself": (
        {
            "$ref": "#/$defs/T",
            "$defs": {"T": fields(v=STRING, below=listed({"$ref": "#/$defs/T"}))},
        },
        objects(v=KEYWORD, below=OPAQUE),
    ),
    "itself through another": (
        {
            "$ref": "#/$defs/A",
            "$defs": {
                "A": fields(b={"$ref": "#/$defs/B"}),
                "B": fields(n=INTEGER, a=union({"$ref": "#/$defs/A"}, {"type": "null"})),
            },
        },
        objects(b=objects(n=LONG, a=OPAQUE)),
    ),
    "nullable list of itself, written out once": (
        {
            **fields(v=STRING, below=union(listed({"$ref": "#/$defs/T"}), {"type": "null"})),
            "$defs": {
                "T": fields(v=STRING, below=union(listed({"$ref": "#/$defs/T"}), {"type": "null"}))
            },
        },
        objects(v=KEYWORD, below=OPAQUE),
    ),
    "twice is not recursion": (
        {
            **fields(a={"$ref": "#/$defs/T"}, b={"$ref": "#/$defs/T"}),
            "$defs": {"T": fields(v=STRING)},
        },
        objects(a=objects(v=KEYWORD), b=objects(v=KEYWORD)),
    ),
    # names
    "a name with a dot": (fields(**{"a.b": STRING}), objects(a=objects(b=KEYWORD))),
    "names with dots together": (
        fields(**{"a.b": STRING, "a.c": INTEGER}),
        objects(a=objects(b=KEYWORD, c=LONG)),
    ),
    "a name with a dot beside its first part": (fields(**{"a.b": STRING, "a": STRING}), OPAQUE),
    "a name with a dot beside free fields": (
        {**fields(**{"a.b": STRING}), "additionalProperties": True},
        OPAQUE,
    ),
    "an empty name": (fields(a=STRING, **{"": STRING}), OPAQUE),
    "an empty part of a name": (fields(**{"a..b": STRING}), OPAQUE),
    "a blank name": (fields(**{" ": STRING}), OPAQUE),
    "the engine's own name": (fields(_id=STRING), objects(_id=KEYWORD)),
    "a name like a keyword of mappings": (
        fields(properties=STRING, type=INTEGER),
        objects(properties=KEYWORD, type=LONG),
    ),
    # hints
    "hint text": (
        hinted(STRING, "text"),
        {"type": "text", "fields": {"keyword": KEYWORD}},
    ),
    "hint keyword": (hinted(INTEGER, "keyword"), KEYWORD),
    "hint none": (hinted(fields(a=STRING), "none"), OPAQUE),
    "hint date on numbers": (hinted(INTEGER, "date"), DATE),
    "hint nested": (hinted(fields(a=STRING), "nested"), {"type": "nested", **objects(a=KEYWORD)}),
    "hint nested on the items": (
        listed(hinted(fields(a=STRING), "nested")),
        {"type": "nested", **objects(a=KEYWORD)},
    ),
    "hint flattened": (hinted(fields(a=STRING), "flattened"), MAP),
    "hint in a nullable union": (union(hinted(INTEGER, "keyword"), {"type": "null"}), KEYWORD),
    "hint beside a reference": (
        {"$ref": "#/$defs/T", "x-audit": {"index": "keyword"}, "$defs": {"T": INTEGER}},
        KEYWORD,
    ),
    # redaction: the field is absent, so that its values stay out of the index
    "password": (SECRET, None),
    "write-only": ({"type": "string", "writeOnly": True}, None),
    "redacted by hint": ({"type": "object", "x-audit": {"redact": True}}, None),
    "redacted field": (fields(a=SECRET, b=STRING), objects(b=KEYWORD)),
    "redacted items": (fields(a=listed(SECRET)), objects()),
    "redacted items by hint": (
        fields(a=listed({**STRING, "x-audit": {"redact": True}})),
        objects(),
    ),
    "redacted and nullable": (
        fields(a=union({**STRING, "x-audit": {"redact": True}}, {"type": "null"})),
        objects(),
    ),
    "redacted in one alternative": (
        union(fields(a=SECRET, b=STRING), fields(a=STRING)),
        objects(b=KEYWORD),
    ),
    "redacted in allOf": (
        fields(a={"allOf": [STRING, {"x-audit": {"redact": True}}]}),
        objects(),
    ),
    "redacted by reference": (
        {**fields(a={"$ref": "#/$defs/S"}), "$defs": {"S": {**STRING, "writeOnly": True}}},
        objects(),
    ),
    "redacted below free keys": (mapped(fields(pin=SECRET)), OPAQUE),
    "redacted below a flattened hint": (hinted(fields(a=fields(pin=SECRET)), "flattened"), OPAQUE),
}


@pytest.mark.parametrize("name", TABLE)
def test_table(name: str) -> None:
    schema, expected = TABLE[name]
    assert compiled(schema).properties == ({} if expected is None else {"x": expected})


@pytest.mark.parametrize(
    ("schema", "notice"),
    [
        ({}, "x is kept but not indexed: it may hold any JSON value"),
        (
            union(STRING, fields()),
            "x is kept but not indexed: it holds objects beside plain values",
        ),
        (
            fields(o=fields(**{"": STRING})),
            "x.o is kept but not indexed: the engine cannot hold a field named ''",
        ),
        (
            mapped(SECRET),
            "x is kept but not indexed: free keys lead to values that must not be found",
        ),
        (
            mapped(fields(**{"\0": STRING})),
            r"x is kept but not indexed: the engine cannot hold a key named '\x00'",
        ),
    ],
    ids=str,
)
def test_what_is_not_indexed_is_said(schema: Any, notice: str) -> None:
    assert compiled(schema).notices == [notice]


def test_what_needs_no_notice() -> None:
    assert compiled(hinted({}, "none")).notices == []
    assert compiled(fields(a=SECRET)).notices == []


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = STRING
    for _ in range(levels):
        schema = fields(k=schema)
    return schema


def test_depth_is_bounded() -> None:
    result = compiled(deep(100))
    definition, depth = result.properties["x"], 1
    while "properties" in definition:
        definition, depth = definition["properties"]["k"], depth + 1
    assert definition == OPAQUE
    assert depth == MOST_DEPTH
    assert len(result.notices) == 1
    assert result.settings == {"index.mapping.depth.limit": MOST_DEPTH + 5}


def test_fields_are_bounded() -> None:
    wide = fields(**{f"f{i}": fields(**{f"g{j}": STRING for j in range(100)}) for i in range(90)})
    result = compiled(wide)
    inner = result.properties["x"]["properties"]
    kept = [each for each in inner.values() if each != OPAQUE]
    assert MOST_FIELDS - 200 < 100 * len(kept) + len(inner) <= MOST_FIELDS
    assert len(result.notices) == 90 - len(kept)
    limit = result.settings["index.mapping.total_fields.limit"]
    assert limit > 100 * len(kept) + len(inner)


def test_one_object_with_too_many_fields() -> None:
    many = fields(**{f"f{i}": STRING for i in range(MOST_FIELDS + 1)})
    assert compiled(fields(a=STRING, b=many)).properties["x"] == objects(a=KEYWORD, b=OPAQUE)


@pytest.mark.parametrize(
    ("schema", "settings"),
    [
        (fields(a=STRING), {}),
        (fields(**{f"f{i}": STRING for i in range(700)}), {}),
        (
            fields(**{f"f{i}": STRING for i in range(900)}),
            {"index.mapping.total_fields.limit": 1901},
        ),
        (deep(15), {}),
        (deep(24), {"index.mapping.depth.limit": 30}),
        (hinted(fields(a=STRING), "nested"), {"index.mapping.nested_objects.limit": 100_000}),
        (
            fields(**{f"n{i}": hinted(fields(), "nested") for i in range(51)}),
            {
                "index.mapping.nested_objects.limit": 100_000,
                "index.mapping.nested_fields.limit": 51,
            },
        ),
    ],
    ids=["small", "700", "900", "15 deep", "24 deep", "nested", "51 nested"],
)
def test_settings(schema: Any, settings: dict[str, Any]) -> None:
    assert compiled(schema).settings == settings


def test_a_whole_document_has_the_envelope_around_the_request() -> None:
    document, notices = whole_mapping(parse(fields(a=STRING)), parse(INTEGER), ENVELOPE)
    properties = document["mappings"]["properties"]
    assert document["mappings"]["dynamic"] is False
    assert properties["requestJson"] == objects(a=KEYWORD)
    assert properties["responseJson"] == LONG
    assert properties["@timestamp"] == DATE
    assert properties["expiry"] == DATE
    assert properties["token"]["properties"]["principal"]["properties"]["username"] == KEYWORD
    assert notices == []


def test_a_call_that_logs_nothing() -> None:
    assert call_fields(None, None) == Compiled({})
    assert call_fields(parse({"type": "null"}), None) == Compiled({})


BARE: dict[str, tuple[Any, dict[str, Any]]] = {
    "object": (fields(a=STRING), {"dynamic": False, "properties": {"a": KEYWORD}}),
    "object without fields": (fields(), {"dynamic": False}),
    "map": (mapped(STRING), {"dynamic": False, "enabled": False}),
    "anything": (True, {"dynamic": False, "enabled": False}),
    "scalar": (STRING, {"dynamic": False, "enabled": False}),
    "nullable object": (
        union(fields(a=STRING), {"type": "null"}),
        {"dynamic": False, "properties": {"a": KEYWORD}},
    ),
    "redacted": ({**fields(a=STRING), "writeOnly": True}, {"dynamic": False, "enabled": False}),
    "the engine's own name": (fields(_id=STRING), {"dynamic": False, "enabled": False}),
    "a name that the engine leaves": (
        fields(_links=STRING),
        {"dynamic": False, "properties": {"_links": KEYWORD}},
    ),
}


@pytest.mark.parametrize("name", BARE)
def test_bare(name: str) -> None:
    schema, mappings = BARE[name]
    assert compile_mapping(schema, bare=True) == {"mappings": mappings, "settings": {}}


def test_compiling_twice_gives_the_same() -> None:
    schema = union(*(fields(**{f"f{i}": STRING, f"g{i}": mapped(INTEGER)}) for i in range(20)))
    assert compile_mapping(schema) == compile_mapping(schema)


def test_bad_schema() -> None:
    with pytest.raises(InputError):
        compile_mapping({"type": "strnig"})


def test_an_index_hint_that_nobody_knows_is_refused():
    schema = {"properties": {"a": {"type": "string", "x-audit": {"index": "keywrod"}}}}
    with pytest.raises(InputError, match="keywrod") as caught:
        compile_mapping({"type": "object", **schema})
    assert "keyword" in str(caught.value.fix)
    assert "/properties/a" in str(caught.value.where)
