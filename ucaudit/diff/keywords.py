"""Differences between keywords that restrict values of one type: each keyword on its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Final

from ucaudit.diff.local import Lazy, Local
from ucaudit.diff.model import Effect
from ucaudit.diff.samples import NoSample, sample, sample_shape, shape_variety
from ucaudit.jsontypes import Json
from ucaudit.schema.node import Shape
from ucaudit.schema.values import json_of

_MOST_CANDIDATES: Final = 12
_MOST_FIELDS: Final = 8
# Rule to the keywords of JSON Schema that it is about; what is nowhere else is a mere constraint.
_KEPT: Final = {
    "contains": ("contains", "minContains", "maxContains"),
    "not": ("not",),
    "condition": ("if", "then", "else"),
    "dependent-fields": ("dependentRequired", "dependencies"),
    "dependent-schemas": ("dependentSchemas",),
    "unevaluated-items": ("unevaluatedItems",),
}
_TOLD: Final = frozenset(keyword for keywords in _KEPT.values() for keyword in keywords)
_WORDS: Final = {
    "added": "must follow {} now",
    "removed": "need not follow {} any more",
    "changed": "follows another rule than before: {}",
}


def compare_keywords(before: Shape, after: Shape, anchor: str) -> Iterator[Local]:
    """What differs in the keywords that only restrict, one difference for each of them."""
    sides = (_keywords(before), _keywords(after))
    for name in dict.fromkeys((*sides[0], *sides[1])):
        olds, news = (side.get(name, []) for side in sides)
        if olds == news:
            continue
        takes_old: Effect = "ok" if _follows(news, olds, name) else "unknown"
        takes_new: Effect = "ok" if _follows(olds, news, name) else "unknown"
        change = {("ok", "unknown"): "removed", ("unknown", "ok"): "added"}.get(
            (takes_old, takes_new), "changed"
        )
        yield Local(
            "constraint-changed" if name == "constraint" else f"{name}-{change}",
            {name: olds} if olds else None,
            {name: news} if news else None,
            f"{{at}} {_WORDS[change].format(name.replace('-', ' '))}",
            takes_old,
            takes_new,
            anchor=anchor,
            old_values=Lazy(lambda: _candidates(before, after)),
            new_values=Lazy(lambda: _candidates(after, before)),
        )


def _follows(reader: list[Json], sender: list[Json], name: str) -> bool:
    """Whether a reader asks nothing that the sender does not promise."""
    if name == "constraint":
        return not reader
    return all(value in sender for value in reader)


def _candidates(own: Shape, other: Shape) -> Iterator[Json]:
    """Values of ``own`` that may tell its keywords from those of ``other``.

    Few follow from the type alone: values that a keyword names, objects with some of the fields.
    """
    yield from islice(shape_variety(own), _MOST_CANDIDATES)
    named = list(_named([*map(json_of, own.residual), *map(json_of, other.residual)]))
    if own.kind == "array":
        yield from ([value] for value in named)
    elif own.kind == "object":
        yield from _with_some_fields(own)
    else:
        yield from named


def _named(keyword: Json) -> Iterator[Json]:
    """Values that ``keyword`` gives as such."""
    if isinstance(keyword, list):
        for item in keyword:
            yield from _named(item)
    elif isinstance(keyword, dict):
        yield from keyword.get("enum", ())
        yield from [keyword["const"]] if "const" in keyword else ()
        yield from _named([*keyword.values()])


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


def _keywords(shape: Shape) -> dict[str, list[Json]]:
    """Rule to what the keywords that it is about say, one entry for each schema that says it."""
    found: dict[str, list[Json]] = {}
    if shape.patterns:
        found["pattern"] = list(shape.patterns)
    if shape.multiple_of:
        found["multiple-of"] = list(shape.multiple_of)
    for part in map(json_of, shape.residual):
        parts = {
            name: {key: part[key] for key in keywords if key in part}
            for name, keywords in _KEPT.items()
        }
        parts["constraint"] = {key: part[key] for key in part if key not in _TOLD}
        for name, own in parts.items():
            if own:
                found.setdefault(name, []).append(own)
    return found
