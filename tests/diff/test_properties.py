"""What holds for every pair of schemas; run longer with UCAUDIT_EXAMPLES=20000."""

from __future__ import annotations

import os
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.documents import documents, validator
from tests.schema.strategies import pairs, reordered, respelled, schemas
from ucaudit import diff_schemas
from ucaudit.diff.model import Diff
from ucaudit.schema.graph import parse

EXAMPLES = int(os.environ.get("UCAUDIT_EXAMPLES", "150"))
DOCUMENTS = 12
checked = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=EXAMPLES <= 1000,
    database=None,
)
Pair = tuple[dict[str, Any], dict[str, Any]]
# Direction of a request to (sender, reader), as places in the pair.
DIRECTIONS = {"backward": (0, 1), "forward": (1, 0)}


def findings(diff: Diff) -> list[tuple[str, ...]]:
    """What a diff says but for the witnesses, in an order that means nothing."""
    return sorted(
        (
            f.rule,
            f.owner,
            f.effects.backward,
            f.effects.forward,
            *sorted(o.path for o in f.occurrences),
        )
        for f in diff.findings
    )


@checked
@given(schemas())
def test_nothing_differs_from_itself(schema: dict[str, Any]) -> None:
    assert diff_schemas(schema, schema).findings == []


@checked
@given(schemas(), st.integers(0, 2**32))
def test_another_spelling_is_no_difference(schema: dict[str, Any], seed: int) -> None:
    other = respelled(schema, random.Random(seed))
    assert diff_schemas(schema, other).findings == []
    assert parse(schema).hash == parse(other).hash


@checked
@given(pairs())
def test_each_break_has_a_witness(pair: Pair) -> None:
    for finding in diff_schemas(*pair).findings:
        for direction, (sender, reader) in DIRECTIONS.items():
            if getattr(finding.effects, direction) != "breaks":
                assert direction not in finding.witnesses
                continue
            witness = finding.witnesses[direction]
            assert validator(pair[sender], lenient=False).is_valid(witness.document)
            assert not validator(pair[reader]).is_valid(witness.document)


@checked
@given(pairs(), st.integers(0, 2**32))
def test_each_ok_survives_documents(pair: Pair, seed: int) -> None:
    effects = diff_schemas(*pair).effects
    rng = random.Random(seed)
    for direction, (sender, reader) in DIRECTIONS.items():
        if getattr(effects, direction) == "ok":
            judge = validator(pair[reader])
            for document in documents(pair[sender], rng, DOCUMENTS):
                assert judge.is_valid(document), (direction, document)


@checked
@given(pairs())
def test_swapped_sides_swap_directions(pair: Pair) -> None:
    there, back = diff_schemas(*pair).effects, diff_schemas(pair[1], pair[0]).effects
    assert (there.backward, there.forward) == (back.forward, back.backward)


@checked
@given(pairs())
def test_a_response_swaps_directions(pair: Pair) -> None:
    request, response = diff_schemas(*pair).effects, diff_schemas(*pair, part="response").effects
    assert (request.backward, request.forward) == (response.forward, response.backward)


@checked
@given(pairs(), st.integers(0, 2**32))
def test_the_order_of_keys_says_nothing(pair: Pair, seed: int) -> None:
    rng = random.Random(seed)
    other = reordered(pair[0], rng), reordered(pair[1], rng)
    assert findings(diff_schemas(*pair)) == findings(diff_schemas(*other))


@checked
@given(pairs())
def test_the_same_question_has_the_same_answer(pair: Pair) -> None:
    assert diff_schemas(*pair).to_dict() == diff_schemas(*pair).to_dict()
