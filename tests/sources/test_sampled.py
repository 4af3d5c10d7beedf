"""What is stored becomes a schema that all of it is valid under, and a mapping that takes it."""

from __future__ import annotations

import random
from typing import Any

import jsonschema_rs
import pytest

from tests.schema.documents import documents
from tests.schema.topics import TOPICS, make_topical
from ucaudit.config import Reading
from ucaudit.mapping.compile import compile_fields
from ucaudit.schema.parsing import parse
from ucaudit.sources.sampled import Seen, sampled_call


def seen(*values: Any) -> dict[str, Any]:
    place = Seen()
    for value in values:
        place.add(value)
    return place.schema()


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (["a"], {"type": "string"}),
        ([1, 2.5], {"type": "number"}),
        ([1, 2], {"type": "integer"}),
        ([1.0], {"type": "number"}),
        ([True, None], {"type": ["boolean", "null"]}),
        ([None], {}),
        (["2026-01-31T10:00:00Z"], {"type": "string", "format": "date-time"}),
        (["2026-01-31T10:00:00Z", "soon"], {"type": "string"}),
        ([[1], ["a"]], {"type": "array", "items": {"type": ["integer", "string"]}}),
        ([[]], {"type": "array", "items": {}}),
        ([{"b": 1}, {"a": None}], {
            "type": "object", "properties": {"a": {}, "b": {"type": "integer"}},
        }),
        (["a", {"b": 1}], {
            "type": ["object", "string"], "properties": {"b": {"type": "integer"}},
        }),
    ],
)  # fmt: skip
def test_values(values: list[Any], wanted: dict[str, Any]) -> None:
    assert seen(*values) == wanted


def test_keys_that_are_data_make_a_map() -> None:
    values = [{f"user-{n}": n, f"user-{n + 1}": 1.5} for n in range(60)]
    assert seen(*values) == {"type": "object", "additionalProperties": {"type": "number"}}
    fields = [{f"field-{n}": n for n in range(30)} for _ in range(60)]
    assert len(seen(*fields)["properties"]) == 30


def test_what_no_sample_has_is_as_its_mapping_says() -> None:
    mapping = {
        "properties": {
            "requestJson": {
                "properties": {
                    "seen": {"type": "text", "fields": {"keyword": {"type": "keyword"}}},
                    "count": {"type": "long"},
                    "items": {"type": "nested", "properties": {"at": {"type": "date"}}},
                    "labels": {"type": "flattened"},
                    "odd": {"type": "vendor_thing"},
                }
            }
        }
    }
    call = sampled_call(
        "a.b",
        [mapping],
        [{"requestJson": {"seen": 5}}, {"requestJson": None}],
        request="requestJson",
        response="responseJson",
    )
    assert call.parts["audit"]["out"] == {
        "title": "a.b",
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "items": {
                "type": "object",
                "properties": {"at": {"type": "string"}},
                "x-audit": {"index": "nested"},
            },
            "labels": {"type": "object", "additionalProperties": {}},
            "odd": {},
            "seen": {"type": "integer"},
        },
    }
    assert not call.record_response


@pytest.mark.parametrize("topic", TOPICS)
def test_whatever_was_stored_is_valid(topic: str) -> None:
    reading: Reading = "ignored"
    for seed in range(12):
        rng = random.Random(f"{topic} {seed}")
        stored = list(documents(make_topical(rng, topic)[0], rng, 30, reading))
        schema = seen(*stored)
        judge = jsonschema_rs.validator_for(schema, validate_formats=True)
        assert [document for document in stored if not judge.is_valid(document)] == []
        assert compile_fields({"requestJson": parse(schema)})
