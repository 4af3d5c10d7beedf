"""Promise 1 (design, section 6): a compiled mapping serves its schema.

Every document that a producer of the schema may write is accepted, and each value that its field's
type can hold is found again.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import jsonschema_rs
import pytest
from elasticsearch import Elasticsearch

from tests.engine.asking import create, missed, write
from tests.engine.batching import SETTINGS, for_all
from tests.engine.leaves import leaves
from tests.engine.strategies import cases
from ucaudit.mapping.compile import compile_fields
from ucaudit.schema.parsing import parse

Case = tuple[Any, list[Any]]


def check(es: Elasticsearch, index: str, batch: list[Case]) -> int:
    """Compiles, indexes and asks; gives how many values were looked for."""
    properties: dict[str, Any] = {}
    documents: dict[str, Any] = {}
    for number, (schema, values) in enumerate(batch):
        name = f"s{number}"
        properties |= compile_fields({name: parse(schema)}).properties
        documents |= {f"{name}-{i}": {name: value} for i, value in enumerate(values)}
    try:
        create(es, index, properties, SETTINGS)
        refused = write(es, index, documents)
        wanted = {key: list(leaves(properties, value)) for key, value in documents.items()}
        lost = missed(es, index, wanted)
    finally:
        es.options(ignore_status=404).indices.delete(index=index)
    wrong = list(refused.items())
    wrong += [(key, f"{leaf} is not found") for key, leaf in lost if key not in refused]
    assert not wrong, "\n".join(
        f"{why}\n  schema {batch[int(key[1:].partition('-')[0])][0]}\n  {documents[key]}"[:4000]
        for key, why in wrong
    )
    return sum(map(len, wanted.values()))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_every_document_is_accepted_and_found(es: Elasticsearch, engine_prefix: str) -> None:
    numbers = count()
    schemas = documents = values = 0

    def run(batch: list[Case]) -> None:
        nonlocal schemas, documents, values
        for schema, found in batch:
            validator = jsonschema_rs.Draft202012Validator(schema)
            for value in found:
                assert validator.is_valid(value), f"{value!r:.300} is no document of {schema!r}"
        schemas += len(batch)
        documents += sum(len(found) for _, found in batch)
        values += check(es, f"{engine_prefix}{next(numbers)}", batch)

    for_all(cases(), run, most=400)
    print(f"{schemas} schemas, {documents} documents, {values} values")
