"""Two schemas to what the index of the call needs."""

from __future__ import annotations

from typing import Any

import pytest

from ucaudit import index_verdict
from ucaudit.mapping.acceptance import Writer
from ucaudit.mapping.api import call_fields
from ucaudit.mapping.verdict import IndexEffect, Verdict, judge, worst
from ucaudit.schema.parsing import parse

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
SECRET = {"type": "string", "writeOnly": True}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def opened(schema: dict[str, Any], values: Any = True) -> dict[str, Any]:
    return {**schema, "additionalProperties": values}


def listed(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def mapped(values: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


NODE = fields(v=STRING, t=listed({"$ref": "#/$defs/T"}))
TREE = {"$ref": "#/$defs/T", "$defs": {"T": NODE}}

SMALL = {"type": "integer", "minimum": -5, "maximum": 2**53}
LARGE = {**SMALL, "maximum": 2**53 + 1}
MEMBER, OTHER = fields(b=STRING), fields(b=fields(c=STRING))
PATTERNED = {"patternProperties": {"^x": mapped(STRING)}, "additionalProperties": False}
OPEN_BELOW = fields(o=opened(fields(a=STRING)))

TABLE: list[tuple[str, Any, Any, IndexEffect]] = [
    ("nothing changed", fields(a=STRING), fields(a=STRING), "none"),
    ("a field more", fields(a=STRING), fields(a=STRING, b=INTEGER), "put_mapping"),
    ("a field less", fields(a=STRING, b=INTEGER), fields(a=STRING), "none"),
    ("another name", fields(a=STRING), fields(b=STRING), "put_mapping"),
    ("a required field", fields(a=STRING), {**fields(a=STRING), "required": ["a"]}, "none"),
    ("string to integer", fields(a=STRING), fields(a=INTEGER), "reindex"),
    ("integer to string", fields(a=INTEGER), fields(a=STRING), "reindex"),
    ("integer to number", fields(a=INTEGER), fields(a=NUMBER), "reindex"),
    ("32 bits to 64", {"type": "integer", "format": "int32"}, INTEGER, "none"),
    ("enum to string", fields(a={"enum": ["A"]}), fields(a=STRING), "none"),
    ("enum value more", fields(a={"enum": ["A"]}), fields(a={"enum": ["A", "B"]}), "none"),
    ("string to moment", fields(a=STRING), fields(a={**STRING, "format": "date"}), "reindex"),
    ("uuid to string", fields(a={**STRING, "format": "uuid"}), fields(a=STRING), "none"),
    ("to null too", fields(a=STRING), fields(a={"type": ["string", "null"]}), "none"),
    ("single to list", fields(a=STRING), fields(a=listed(STRING)), "none"),
    ("list to single", fields(a=listed(STRING)), fields(a=STRING), "none"),
    ("string to object", fields(a=STRING), fields(a=fields(b=STRING)), "reindex"),
    ("object to string", fields(a=fields(b=STRING)), fields(a=STRING), "reindex"),
    ("string to either", fields(a=STRING), fields(a={"type": ["string", "object"]}), "reindex"),
    ("object to map", fields(a=fields(b=STRING)), fields(a=mapped(STRING)), "reindex"),
    ("map to object", fields(a=mapped(STRING)), fields(a=fields(b=STRING)), "reindex"),
    ("values of a map", fields(a=mapped(STRING)), fields(a=mapped(INTEGER)), "none"),
    ("to anything", fields(a=STRING), fields(a=True), "reindex"),
    ("recursion begins", fields(v=STRING), TREE, "put_mapping"),
    ("recursion, written out once", TREE, {**NODE, "$defs": {"T": NODE}}, "none"),
    ("a field with a dot", fields(a=STRING), fields(**{"a": STRING, "b.c": STRING}), "put_mapping"),
    ("a dot instead of an object", fields(a=fields(b=STRING)), fields(**{"a.b": STRING}), "none"),
    ("no longer kept out", fields(a=SECRET), fields(a=STRING), "put_mapping"),
    # free fields: documents of one side may hold anything under the names of the other
    ("opened", fields(a=STRING), opened(fields(a=STRING)), "none"),
    ("closed", opened(fields(a=STRING)), fields(a=STRING), "none"),
    ("opened, a field less", fields(a=STRING), opened(fields(b=STRING)), "reindex"),
    ("opened, a field more", fields(a=STRING), opened(fields(a=STRING, b=STRING)), "put_mapping"),
    ("open, a field more", opened(fields(a=STRING)), fields(a=STRING, b=STRING), "reindex"),
    (
        "open, a field for anything",
        opened(fields(a=STRING)),
        fields(a=STRING, b=True),
        "put_mapping",
    ),
    ("open below, a field less", fields(o=fields(a=STRING, b=STRING)), OPEN_BELOW, "reindex"),
    ("only extras", opened(fields()), mapped(True), "none"),
    ("others have other names", fields(a=STRING), {**fields(c=STRING), **PATTERNED}, "put_mapping"),
    ("others may have its name", fields(xa=STRING), {**fields(b=STRING), **PATTERNED}, "reindex"),
    (
        "others fit into it",
        fields(a=fields(b=STRING)),
        opened(fields(c=STRING), MEMBER),
        "put_mapping",
    ),
    ("others do not", fields(a=fields(b=STRING)), opened(fields(c=STRING), OTHER), "reindex"),
    # what the mapping does not index is written all the same
    ("a secret for an object", fields(a=fields(b=STRING)), fields(a=SECRET), "reindex"),
    ("an object for a secret", fields(a=SECRET), fields(a=fields(b=STRING)), "reindex"),
    ("a secret for a number", fields(a=INTEGER), fields(a=SECRET), "none"),
    # whole numbers that a double holds exactly
    ("number to small integer", fields(a=NUMBER), fields(a=SMALL), "none"),
    ("number to enum", fields(a=NUMBER), fields(a={"enum": [1, 2]}), "none"),
    (
        "number to large integer",
        fields(a=NUMBER),
        fields(a=LARGE),
        "reindex",
    ),
    ("small integer to number", fields(a=SMALL), fields(a=NUMBER), "reindex"),
]


@pytest.mark.parametrize(
    ("old", "new", "verdict"), [c[1:] for c in TABLE], ids=[c[0] for c in TABLE]
)
def test_table(old: Any, new: Any, verdict: IndexEffect) -> None:
    assert index_verdict(old, new) == verdict


def run(*schemas: Any, known: bool = True) -> list[Verdict]:
    """The verdicts of versions one after another, as ``lock`` has them; else of mappings alone."""
    mapping: dict[str, Any] = {}
    writers: list[Writer] = []
    verdicts = []
    for schema in schemas:
        wanted = {"properties": call_fields(parse(schema), None).properties}
        writer = Writer.of({"requestJson": parse(schema)}) if known else None
        verdict = judge(mapping, wanted, writer, writers)
        mapping = verdict.mapping
        writers = [*(writers if verdict.index != "reindex" else ()), *([writer] if writer else ())]
        verdicts.append(verdict)
    return verdicts


def test_a_dropped_field_clashes_when_it_is_back() -> None:
    verdicts = run(
        fields(a=STRING, b=INTEGER), fields(a=STRING), fields(a=STRING, b=STRING), fields(b=STRING)
    )
    assert [verdict.index for verdict in verdicts[1:]] == ["none", "reindex", "none"]
    (change,) = verdicts[2].changes
    assert change.path == "requestJson.b"
    assert change.reason == "a long field cannot become a keyword field in place"


def test_a_new_generation_forgets() -> None:
    verdicts = run(fields(a=STRING, b=STRING), fields(a=INTEGER), fields(a=INTEGER, b=INTEGER))
    assert [verdict.index for verdict in verdicts[1:]] == ["reindex", "put_mapping"]


def test_an_earlier_version_may_have_sent_anything() -> None:
    schemas = (opened(fields(a=STRING)), fields(a=STRING), fields(a=STRING, b=STRING))
    for known in (True, False):
        verdicts = run(*schemas, known=known)
        assert [verdict.index for verdict in verdicts[1:]] == ["none", "reindex"]
        (change,) = verdicts[2].changes
        assert (change.path, change.kind) == ("requestJson.b", "refused")
        if known:
            assert change.reason == "a keyword field takes no objects, which may be written there"
            assert (change.written_by, change.witness) == ("old", {"requestJson": {"b": {}}})
        else:
            assert change.reason == "a keyword field where free fields may hold other values"


def test_what_is_refused_is_not_put() -> None:
    (_, verdict) = run(fields(a=STRING), fields(a=INTEGER, b=STRING))
    assert verdict.index == "reindex"
    properties = verdict.mapping["properties"]["requestJson"]["properties"]
    assert {name: each["type"] for name, each in properties.items()} == {
        "a": "long",
        "b": "keyword",
    }


def test_worst() -> None:
    assert worst([]) == "none"
    assert worst(["none", "put_mapping"]) == "put_mapping"
    assert worst(["reindex", "put_mapping"]) == "reindex"
