"""Equality and equal digests are one answer, found in two ways."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.schema.respelling import respell
from tests.schema.strategies import make_pair, make_schema
from ucaudit.schema.equality import Equality
from ucaudit.schema.parsing import parse


def _both(old: Any, new: Any) -> tuple[bool, bool]:
    sides = parse(old), parse(new)
    return Equality().same(*sides), sides[0].hash == sides[1].hash


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**48))
def test_two_versions_are_equal_where_their_digests_are(seed: int) -> None:
    same, digest = _both(*make_pair(Random(seed)))
    assert same == digest


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**48))
def test_respelled_schemas_are_equal(seed: int) -> None:
    rng = Random(seed)
    schema = make_schema(rng)
    assert _both(schema, respell(schema, rng)) == (True, True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"const": True}, {"const": 1}),
        ({"enum": [False, 2]}, {"enum": [0, 2]}),
        ({"type": "string", "default": True}, {"type": "string", "default": 1}),
    ],
)
def test_true_is_not_one(old: Any, new: Any) -> None:
    assert _both(old, new) == (False, False)


def test_equal_text_is_not_equal_where_what_it_refers_to_differs() -> None:
    text = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}
    old, new = ({**text, "$defs": {"A": {"type": kind}}} for kind in ("string", "integer"))
    assert _both(old, new) == (False, False)


def test_a_reference_in_a_value_is_none() -> None:
    schema = {"type": "object", "default": {"$ref": "#/$defs/Nowhere"}, "$defs": {"A": True}}
    assert _both(schema, dict(schema)) == (True, True)
