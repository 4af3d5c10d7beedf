"""What a mapping does to all that a schema allows, and the documents that prove it."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from ucaudit.mapping.acceptance import Acceptance, Writer, acceptance
from ucaudit.mapping.accepts import refusals
from ucaudit.schema.parsing import parse

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def listed(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def mapped(values: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


def held(live: Any, schema: Any) -> Acceptance:
    """How the mapping of ``live`` serves what is written under ``schema``."""
    return acceptance(Writer.of({"r": parse(live)}).properties, Writer.of({"r": parse(schema)}))


UNION = {
    "oneOf": [
        fields(k={"const": "a"}, v=STRING),
        {**fields(k={"const": "b"}, v=fields(w=STRING)), "required": ["k"]},
    ]
}
DEEP = {**fields(a=fields(), k=INTEGER), "required": ["k"]}
# mapping of, schema, path, refused, what is written there
TABLE: list[tuple[str, Any, Any, str, bool, Any]] = [
    ("object in a string", fields(a=STRING), fields(a=fields(b=STRING)), "r.a", True, {"a": {}}),
    ("string in an object", fields(a=fields(b=STRING)), fields(a=STRING), "r.a", True, {"a": "a"}),
    (
        "the whole way is there",
        fields(o=fields(a=STRING)),
        {
            **fields(o=DEEP, n=STRING),
            "required": ["n"],
        },
        "r.o.a",
        True,
        {"n": "a", "o": {"k": 1, "a": {}}},
    ),
    ("in a list", fields(a=listed(STRING)), fields(a=listed(fields())), "r.a", True, {"a": [{}]}),
    ("in a map", fields(a=mapped(STRING)), fields(a=STRING), "r.a", True, {"a": "a"}),
    ("one alternative", fields(v=STRING), UNION, "r.v", True, {"k": "b", "v": {}}),
    ("anything", fields(a=STRING), fields(a=True), "r.a", True, {"a": {}}),
    (
        "under a name that is free",
        fields(b=STRING),
        {**fields(a=STRING), "additionalProperties": mapped(STRING)},
        "r.b",
        True,
        {"b": {}},
    ),
    (
        "under a free name with a dot",
        fields(b=STRING),
        {**fields(a=STRING), "additionalProperties": STRING},
        "r.b",
        True,
        {"b.a": "a"},
    ),
    (
        "a null under such a name",
        fields(b=STRING),
        {**fields(a=STRING), "additionalProperties": {"type": "null"}},
        "r.b",
        True,
        {"b.a": None},
    ),
    ("a dot in a name", fields(a=STRING), fields(**{"a.b": STRING}), "r.a", True, {"a.b": "a"}),
    (
        "a dot that leads to a field",
        fields(a=fields(b=STRING)),
        fields(**{"a.b": fields(c=STRING)}),
        "r.a.b",
        True,
        {"a.b": {}},
    ),
    ("a large number", fields(a=NUMBER), fields(a=INTEGER), "r.a", False, {"a": 2**53 + 1}),
    ("a fraction", fields(a=INTEGER), fields(a=NUMBER), "r.a", False, {"a": 1}),
    ("nothing is found", fields(a=True), fields(a=STRING), "r.a", False, {"a": "a"}),
]


@pytest.mark.parametrize(
    ("live", "schema", "path", "refused", "document"),
    [case[1:] for case in TABLE],
    ids=[case[0] for case in TABLE],
)
def test_what_is_not_served(
    live: Any, schema: Any, path: str, refused: bool, document: Any
) -> None:
    result = held(live, schema)
    (found,) = result.unserved
    assert (found.path, found.refused, found.document) == (path, refused, {"r": document})
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(document)
    foretold = list(refusals(Writer.of({"r": parse(live)}).properties, {"r": document}))
    assert bool(foretold) == refused
    assert result.wider == set()


SERVED: list[tuple[str, Any, Any]] = [
    ("the same", fields(a=STRING), fields(a=STRING)),
    ("a field more than there is", fields(a=STRING), fields(a=STRING, b=fields(c=STRING))),
    ("a field less", fields(a=STRING, b=STRING), fields(a=STRING)),
    ("null", fields(a=fields(b=STRING)), fields(a={"type": "null"})),
    ("an empty list", fields(a=fields(b=STRING)), fields(a={"type": "array", "maxItems": 0})),
    ("a secret among plain values", fields(a=STRING), fields(a={**STRING, "writeOnly": True})),
    (
        "free names of another pattern",
        fields(b=STRING),
        {**fields(c=STRING), "patternProperties": {"^x-": {}}, "additionalProperties": False},
    ),
    (
        "free names that are listed",
        fields(b=STRING),
        {**fields(c=STRING), **mapped(True), "propertyNames": {"enum": ["c", "d"]}},
    ),
]


@pytest.mark.parametrize(("live", "schema"), [c[1:] for c in SERVED], ids=[c[0] for c in SERVED])
def test_what_is_served(live: Any, schema: Any) -> None:
    assert held(live, schema) == Acceptance()


def test_whole_numbers_that_a_double_holds() -> None:
    small = {"type": "integer", "format": "int32"}
    assert held(fields(a=NUMBER), fields(a=small)) == Acceptance(wider={"r.a"})


def test_a_document_that_cannot_be_made_is_said_to_be_refused() -> None:
    odd = {**STRING, "pattern": "^(?=x{400}$)x+y?$"}
    schema = {**fields(a=fields(), odd=odd), "required": ["odd"]}
    (found,) = held(fields(a=STRING), schema).unserved
    assert (found.refused, found.document) == (True, None)
