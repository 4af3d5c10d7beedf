"""Several respellings at random places are no difference; more with UCAUDIT_EXAMPLES=20000."""

from __future__ import annotations

import os
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.documents import documents, validator
from tests.schema.respelling import respell
from tests.schema.strategies import make_schema
from ucaudit import diff_schemas
from ucaudit.schema.parsing import parse

EXAMPLES = int(os.environ.get("UCAUDIT_EXAMPLES", "300"))
checked = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=EXAMPLES <= 1000,
    database=None,
)


@checked
@given(st.integers(0, 2**48))
def test_respelled_schemas_compare_equal(seed: int) -> None:
    rng = Random(seed)
    schema = make_schema(rng)
    other = respell(schema, rng)
    assert parse(schema).hash == parse(other).hash
    assert diff_schemas(schema, other).findings == []


@checked
@given(st.integers(0, 2**48))
def test_respelled_schemas_take_the_same_documents(seed: int) -> None:
    rng = Random(seed)
    schema = make_schema(rng)
    judge = validator(respell(schema, rng), lenient=False)
    for document in documents(schema, rng, 12):
        assert judge.is_valid(document)
