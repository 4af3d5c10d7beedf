"""Two versions of what a call logs, with documents of each; every pair is told by its seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import jsonschema_rs

from tests.engine.producers import document_producer, two_versions
from tests.schema.documents import documents
from tests.schema.one_edit import one_edit
from tests.schema.topics import TOPICS, make_topical


@dataclass(frozen=True)
class Pair:
    """Two schemas and what producers of them write.

    Attributes:
        seed: Where it comes from, in words for those that nobody drew.
        old: Schema before.
        before: Documents of it.
        new: Schema after.
        after: Documents of it.
    """

    seed: int | str
    old: Any
    before: list[Any]
    new: Any
    after: list[Any]

    def spelled(self) -> str:
        """The pair as JSON, one part a line."""
        parts = {"old": self.old, "before": self.before, "new": self.new, "after": self.after}
        return "\n".join(f"  {name:<6} {json.dumps(part):.3000}" for name, part in parts.items())


def make_pair(seed: int, most: int = 5) -> Pair:
    """The pair that ``seed`` gives, with at most so many documents a side.

    A third are two objects drawn beside each other, a third a schema and an edit of it, each family
    of rules among the edits, a third about what the tests of ``diff`` are about.
    """
    rng = Random(seed)
    if seed % 3 == 0:
        old, new = two_versions(rng)
        before, after = ([each.write(rng) for _ in range(most)] for each in (old, new))
        return Pair(seed, old.whole, before, new.whole, after)
    if seed % 3 == 1:
        producer = document_producer(rng)
        schema = producer.whole if isinstance(producer.whole, dict) else {}
        edited = schema
        for _ in range(rng.choice([1, 1, 2])):
            edited = one_edit(edited, rng)[1]
        written = [producer.write(rng) for _ in range(most)]
        sides = [(schema, written), (edited, _written(edited, rng, most))]
        if rng.random() < 0.3:
            sides.reverse()
        return Pair(seed, *sides[0], *sides[1])
    old_schema, new_schema = make_topical(rng, TOPICS[seed // 3 % len(TOPICS)])
    before, after = (_written(schema, rng, most) for schema in (old_schema, new_schema))
    return Pair(seed, old_schema, before, new_schema, after)


def _written(schema: Any, rng: Random, count: int) -> list[Any]:
    """Documents of ``schema``, but for empty names, which the engine takes in maps alone."""
    found = documents(schema, rng, count) if isinstance(schema, dict) else ()
    return [document for document in found if "" not in _names(document)]


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    inner = value.values() if isinstance(value, dict) else value
    for item in inner if isinstance(value, dict | list) else ():
        yield from _names(item)


def is_of(schema: Any, document: Any) -> bool:
    """Whether ``document`` is a value of ``schema``, as jsonschema-rs says."""
    return bool(jsonschema_rs.Draft202012Validator(schema).is_valid(document))
