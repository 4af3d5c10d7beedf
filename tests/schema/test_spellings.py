"""What says the same compares equal, says the independent validator too; what nearly does, not."""

from __future__ import annotations

import itertools
from functools import cache
from random import Random
from typing import Any

import jsonschema_rs
import pytest

from tests.schema.documents import documents, lowered
from tests.schema.spellings import NEAR, SAME
from ucaudit import diff_schemas
from ucaudit.jsontypes import canonical
from ucaudit.schema.parsing import parse

PAIRS = [
    pytest.param(one, other, id=f"{topic} {number}")
    for topic, pairs in SAME.items()
    for number, (one, other) in enumerate(pairs)
]
SCALARS: list[Any] = [None, True, False, "", "a", "b", "aa", "cc", "x" * 7]
SCALARS += [0, 1, 1.5, 2, 3, 4, 5, 6, 7, 9, 10, 12, -1, 2**31, -(2**31) - 1]
ITEMS: list[Any] = ["a", "bb", 1, 2, None, []]
FIELDS: list[Any] = ["a", "bb", 1, None, {}, {"n": {}}]


@cache
def _pool() -> list[Any]:
    """Documents of every type: all short lists, and objects with up to three fields."""
    lists = [[*items] for size in range(4) for items in itertools.product(ITEMS, repeat=size)]
    names = ["a", "b", "c", "n", "x-1", "y-1", ""]
    objects = [
        dict(zip(keys, values, strict=True))
        for size in range(3)
        for keys in itertools.combinations(names, size)
        for values in itertools.product(FIELDS, repeat=size)
    ]
    rng = Random(7)
    objects += [{key: rng.choice(FIELDS) for key in rng.sample(names, 3)} for _ in range(100)]
    return [*SCALARS, *lists, *objects]


def _judge(schema: Any) -> Any:
    return jsonschema_rs.validator_for(_once(lowered(schema, lenient=False)), offline=True)


def _once(schema: Any) -> Any:
    """``schema`` without repetitions in lists of words, which the validator refuses."""
    if isinstance(schema, dict):
        return {key: _once(value) for key, value in schema.items()}
    if not isinstance(schema, list):
        return schema
    if all(isinstance(item, str) for item in schema):
        return [*dict.fromkeys(schema)]
    return [_once(item) for item in schema]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_another_spelling_has_the_same_digest(one: Any, other: Any) -> None:
    assert parse(one).hash == parse(other).hash


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_another_spelling_is_no_difference(one: Any, other: Any) -> None:
    for old, new in ((one, other), (other, one)):
        assert diff_schemas(old, new).findings == []


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_the_validator_finds_the_spellings_equivalent(one: Any, other: Any) -> None:
    judges = _judge(one), _judge(other)
    made = documents(one, Random(1), 40) if isinstance(one, dict) else ()
    for document in [*_pool(), *made]:
        assert judges[0].is_valid(document) == judges[1].is_valid(document), document


@pytest.mark.parametrize(("old", "new", "rule"), NEAR)
def test_a_near_miss_is_a_difference(old: Any, new: Any, rule: str) -> None:
    assert parse(old).hash != parse(new).hash
    assert [finding.rule for finding in diff_schemas(old, new).findings] == [rule]


def test_every_pair_is_there_once() -> None:
    written = [canonical([one, other]) for pairs in SAME.values() for one, other in pairs]
    assert len(written) == len(set(written))
