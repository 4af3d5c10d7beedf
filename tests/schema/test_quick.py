"""What is told at a glance is what the long way says."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.schema.strategies import make_schema, number, string
from ucaudit.schema.document import walk
from ucaudit.schema.graph import Graph
from ucaudit.schema.parsing import parse
from ucaudit.schema.quick import leaf, surely_allows
from ucaudit.schema.shapes import _NO_INTEGER, _of_branch

ANNOTATED = {"description": "About it.", "title": "It", "deprecated": True, "x-audit": {}}


def _long_way(schema: dict[str, Any]) -> tuple[Any, ...]:
    graph: Graph = parse(schema).graph
    return tuple(_of_branch(graph, ("",), "", _NO_INTEGER))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**48))
def test_a_leaf_is_what_the_long_way_says(seed: int) -> None:
    rng = Random(seed)
    schema = rng.choice([string, number, lambda _: {"type": "boolean"}])(rng)
    if rng.random() < 0.5:
        schema = {**schema, **ANNOTATED}
    found = leaf(schema, "")
    assert found is None or (found,) == _long_way(schema)


def test_leaves_are_told_at_a_glance() -> None:
    for schema in (
        {"type": "string"},
        {"type": "string", "maxLength": 3, "minLength": 1},
        {"type": "string", "enum": ["b", "a", "b"]},
        {"type": "string", "format": "date", "pattern": "^2"},
        {"type": "integer", **ANNOTATED},
        {"type": "number"},
        {"type": "boolean"},
    ):
        assert (leaf(schema, ""),) == _long_way(schema)


def test_what_is_no_leaf_is_left_to_the_long_way() -> None:
    for schema in (
        {"type": ["string", "null"]},
        {"type": "string", "minLength": 3, "maxLength": 1},
        {"type": "string", "enum": ["a", 1]},
        {"type": "string", "enum": ["a"], "maxLength": 0},
        {"type": "integer", "format": "int32"},
        {"type": "string", "not": {"const": "a"}},
        {"enum": ["a"]},
    ):
        assert leaf(schema, "") is None


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**48))
def test_what_surely_allows_a_value_is_not_nothing(seed: int) -> None:
    root = parse(make_schema(Random(seed)))
    graph = root.graph
    for pointer, schema in walk(graph.document.root):
        if surely_allows(schema, lambda ref: graph.document.at(graph.document.target(ref, ""))):
            assert graph.node((pointer,)).shapes, pointer


def test_a_required_field_may_be_forbidden_by_a_pattern() -> None:
    forbidden = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}},
        "patternProperties": {"^a": False},
    }
    assert not surely_allows(forbidden, lambda _: False)
    assert parse(forbidden).is_never
