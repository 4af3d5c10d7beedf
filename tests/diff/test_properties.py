"""What holds for every pair of schemas, in both readings of unknown fields.

``UCAUDIT_EXAMPLES=200000`` checks so many pairs instead, from another seed each time; the figures
are printed by ``scripts/properties 200000``.
"""

from __future__ import annotations

import os
import random
import secrets
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.diff.properties import Tally, check_topical
from tests.schema.strategies import pairs, respelled, schemas
from tests.schema.topics import TOPICS, make_topical
from ucaudit import diff_schemas
from ucaudit.config import Reading
from ucaudit.schema.parsing import Parser

DEFAULT = 2_040
EXAMPLES = int(os.environ.get("UCAUDIT_EXAMPLES", DEFAULT))
SEED = 0 if EXAMPLES <= DEFAULT else secrets.randbelow(10**9)
READINGS = get_args(Reading)
checked = settings(
    max_examples=EXAMPLES // 12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=EXAMPLES <= DEFAULT,
    database=None,
)
Pair = tuple[dict[str, Any], dict[str, Any]]


@pytest.mark.parametrize("topic", TOPICS)
def test_pairs_about(topic: str) -> None:
    """Breaks are proven, what is harmless is taken, and no order of anything matters."""
    tally, count = Tally(), EXAMPLES // len(TOPICS)
    for seed in range(SEED, SEED + count):
        check_topical(topic, seed, tally)
    assert tally.failures == []
    assert tally.unproven < 0.05, tally.counts
    assert tally.counts["pairs"] == tally.counts["about"] == count
    # Both readings count; an edit may happen to change nothing.
    assert tally.counts["differ"] > 0.8 * 2 * count
    assert tally.counts["breaks"] > count
    assert tally.counts["documents"] > 50 * count


@pytest.mark.parametrize(
    ("topic", "seed"),
    [
        ("unions", 20012599),
        ("unions", 20008168),
        ("unions", 20001107),
        ("patterns", 20011680),
        ("recursion", 10001757),
        ("unions", 30009388),
        ("unions", 40003997),
        ("unions", 40010574),
        ("unions", 40014870),
        ("unions", 30016525),
    ],
)
def test_pairs_that_were_wrong_once(topic: str, seed: int) -> None:
    """Found by long runs: an ok that was not, a witness that nobody sends, a judge that erred."""
    tally = Tally()
    check_topical(topic, seed, tally)
    assert tally.failures == []
    assert tally.counts["findings"] > 0


def _schema(seed: int) -> dict[str, Any]:
    return make_topical(random.Random(seed), TOPICS[seed % len(TOPICS)])[0]


anything = schemas() | st.integers(0, 2**48).map(_schema)


@pytest.mark.parametrize("reading", READINGS)
@checked
@given(schema=anything)
def test_nothing_differs_from_itself(reading: Reading, schema: dict[str, Any]) -> None:
    assert diff_schemas(schema, schema, unknown_fields=reading).findings == []


@pytest.mark.parametrize("reading", READINGS)
@checked
@given(schema=anything, seed=st.integers(0, 2**32))
def test_another_spelling_is_no_difference(
    reading: Reading, schema: dict[str, Any], seed: int
) -> None:
    other = respelled(schema, random.Random(seed))
    assert diff_schemas(schema, other, unknown_fields=reading).findings == []
    hashes = [Parser(reading=reading).parse(spelling).hash for spelling in (schema, other)]
    assert hashes[0] == hashes[1]


@checked
@given(pairs())
def test_a_response_swaps_directions(pair: Pair) -> None:
    request, response = diff_schemas(*pair).effects, diff_schemas(*pair, part="response").effects
    assert (request.backward, request.forward) == (response.forward, response.backward)


@checked
@given(pairs())
def test_the_same_question_has_the_same_answer(pair: Pair) -> None:
    assert diff_schemas(*pair).to_dict() == diff_schemas(*pair).to_dict()
