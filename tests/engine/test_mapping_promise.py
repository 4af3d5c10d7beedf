"""Promise 1 (design, section 6): a compiled mapping serves its schema.

Every document that a producer of the schema may write is accepted, and each value that its field's
type can hold is found again. ``UCAUDIT_CHECKS`` asks for more batches than CI has time for. A
failure names its schema and document; ``UCAUDIT_SHRINK=1`` finds the smallest (one case a batch).
"""

from __future__ import annotations

import os
from itertools import count
from typing import Any

import jsonschema_rs
import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine.asking import create, missed, write
from tests.engine.leaves import leaves
from tests.engine.strategies import cases
from ucaudit.mapping.compile import compile_fields
from ucaudit.schema.graph import parse

_BATCHES = int(os.environ.get("UCAUDIT_CHECKS", "20"))
_SHRINK = bool(os.environ.get("UCAUDIT_SHRINK"))
_IN_A_BATCH = 1 if _SHRINK else 12
_SETTINGS = {
    "index.mapping.total_fields.limit": 200_000,
    "index.mapping.depth.limit": 60,
    "index.mapping.nested_fields.limit": 1000,
}

_PHASES = (Phase.explicit, Phase.reuse, Phase.generate)

_batches = settings(
    max_examples=_BATCHES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[*_PHASES, Phase.shrink] if _SHRINK else _PHASES,
)


def check(es: Elasticsearch, index: str, batch: list[tuple[Any, list[Any]]]) -> int:
    """Compiles, indexes and asks; gives how many values were looked for."""
    properties: dict[str, Any] = {}
    documents: dict[str, Any] = {}
    for number, (schema, values) in enumerate(batch):
        name = f"s{number}"
        properties |= compile_fields({name: parse(schema)}).properties
        documents |= {f"{name}-{i}": {name: value} for i, value in enumerate(values)}
    try:
        create(es, index, properties, _SETTINGS)
        refused = write(es, index, documents)
        wanted = {key: list(leaves(properties, value)) for key, value in documents.items()}
        lost = missed(es, index, wanted)
        wrong = list(refused.items())
        wrong += [(key, f"{leaf} is not found") for key, leaf in lost if key not in refused]
        assert not wrong, "\n".join(
            f"{why}\n  schema {batch[int(key[1:].partition('-')[0])][0]}\n  {documents[key]}"[:4000]
            for key, why in wrong
        )
    finally:
        es.options(ignore_status=404).indices.delete(index=index)
    return sum(map(len, wanted.values()))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_every_document_is_accepted_and_found(es: Elasticsearch, engine_prefix: str) -> None:
    numbers = count()
    checked = [0, 0]

    @_batches
    @given(st.lists(cases(), min_size=_IN_A_BATCH, max_size=_IN_A_BATCH))
    def run(batch: list[tuple[Any, list[Any]]]) -> None:
        for schema, values in batch:
            validator = jsonschema_rs.Draft202012Validator(schema)
            for value in values:
                assert validator.is_valid(value), f"not a document: {value!r:.300} of {schema!r}"
        checked[0] += sum(len(values) for _, values in batch)
        checked[1] += check(es, f"{engine_prefix}{next(numbers)}", batch)

    run()
    print(f"{checked[0]} documents, {checked[1]} values")
