"""Differences between keywords that restrict values of one type: each keyword on its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Final

from ucaudit.diff.containment import forbidden_together
from ucaudit.diff.local import Lazy, Local
from ucaudit.diff.model import Effect
from ucaudit.diff.summary import summarize_condition
from ucaudit.jsontypes import Json
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.hashing import condition_digest
from ucaudit.schema.node import Shape
from ucaudit.schema.samples import NoSample, sample, sample_shape, shape_variety, variety

_MOST_CANDIDATES: Final = 12
_MOST_FIELDS: Final = 8
# Rules by the keyword that they are about; every other is a mere constraint.
_RULES: Final = {
    "contains": "contains",
    "not": "not",
    "if": "condition",
    "dependentRequired": "dependent-fields",
    "dependentSchemas": "dependent-schemas",
    "unevaluatedItems": "unevaluated-items",
}
_WORDS: Final = {
    "added": "must follow {} now",
    "removed": "need not follow {} any more",
    "changed": "follows another rule than before: {}",
}


def compare_keywords(before: Shape, after: Shape, anchor: str) -> Iterator[Local]:
    """What differs in the keywords that only restrict, one difference for each of them."""
    sides = (_keywords(before, after), _keywords(after, before))
    for name in dict.fromkeys((*sides[0], *sides[1])):
        olds, news = (side.get(name, {}) for side in sides)
        if olds.keys() == news.keys():
            continue
        takes_old: Effect = "ok" if _follows(news, olds, name) else "unknown"
        takes_new: Effect = "ok" if _follows(olds, news, name) else "unknown"
        change = {("ok", "unknown"): "removed", ("unknown", "ok"): "added"}.get(
            (takes_old, takes_new), "changed"
        )
        yield Local(
            "constraint-changed" if name == "constraint" else f"{name}-{change}",
            {name: [*olds.values()]} if olds else None,
            {name: [*news.values()]} if news else None,
            f"{{at}} {_WORDS[change].format(name.replace('-', ' '))}",
            takes_old,
            takes_new,
            anchor=anchor,
            old_values=Lazy(lambda: _candidates(before, after)),
            new_values=Lazy(lambda: _candidates(after, before)),
        )


def _follows(reader: dict[Json, Json], sender: dict[Json, Json], name: str) -> bool:
    """Whether a reader asks nothing that the sender does not promise."""
    if name == "constraint":
        return not reader
    return reader.keys() <= sender.keys()


def _candidates(own: Shape, other: Shape) -> Iterator[Json]:
    """Values of ``own`` that may tell its keywords from those of ``other``.

    Few follow from the type alone: values that a keyword names, objects with some of the fields.
    """
    yield from islice(shape_variety(own), _MOST_CANDIDATES)
    named = [value for shape in (own, other) for value in _named(shape)]
    if own.kind == "array":
        yield from ([value] for value in named)
        yield from _one_longer(own)
    elif own.kind == "object":
        yield from _with_some_fields(own)
    else:
        yield from named


def _named(shape: Shape) -> Iterator[Json]:
    """Values that the conditions of ``shape`` list."""
    for condition in shape.residual:
        for node in condition.nodes:
            yield from islice(variety(node), _MOST_CANDIDATES)


def _one_longer(shape: Shape) -> Iterator[Json]:
    """A short list of ``shape`` with one more item, of each kind that may follow."""
    try:
        base = sample_shape(shape)
        longer = [*base, sample(shape.place(len(base)) or ANYTHING)]
    except NoSample:
        return
    rest = shape.place(len(longer)) or ANYTHING
    yield from ([*longer, value] for value in islice(variety(rest), _MOST_CANDIDATES))


def _with_some_fields(shape: Shape) -> Iterator[Json]:
    """Objects with one or two of the declared fields beside those that are required."""
    try:
        base = sample_shape(shape)
        fields = {n: sample(node) for n, node in islice(shape.properties.items(), _MOST_FIELDS)}
    except NoSample:
        return
    for count in (1, 2):
        for names in combinations(fields, count):
            yield {**base, **{name: fields[name] for name in names}}


def _keywords(shape: Shape, other: Shape) -> dict[str, dict[Json, Json]]:
    """Rule to what the keywords that it is about say, by what tells it from others.

    What is said of a field that the other side does not know comes and goes with the field.
    """
    found: dict[str, dict[Json, Json]] = {}
    if shape.patterns:
        found["pattern"] = {pattern: pattern for pattern in shape.patterns}
    if shape.multiple_of:
        found["multiple-of"] = {step: step for step in shape.multiple_of}
    # Of exactly one member is told where no difference between the members explains it.
    conditions = [condition for condition in shape.residual if condition.keyword != "oneOf"]
    for condition in sorted(conditions, key=condition_digest):
        if forbidden_together(condition) & shape.properties.keys() - other.properties.keys():
            continue
        name = _RULES.get(condition.keyword, "constraint")
        said = found.setdefault(name, {})
        said[condition_digest(condition)] = summarize_condition(condition)
    return found
