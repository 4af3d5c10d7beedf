"""The smallest pair that still goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.engine.pairs import Pair, is_of
from tests.schema.one_edit import with_node
from ucaudit.schema.document import walk

_MOST_TRIES = 300


def minimised(pair: Pair, is_wrong: Callable[[Pair], bool]) -> Pair:
    """``pair`` without what does not matter.

    Args:
        pair: One that goes wrong.
        is_wrong: Whether another one does.
    """
    tries, found = 0, True
    while found:
        found = False
        for smaller in _smaller(pair):
            tries += 1
            if tries > _MOST_TRIES:
                return pair
            if _is_sound(smaller) and is_wrong(smaller):
                pair, found = smaller, True
                break
    return pair


def _is_sound(pair: Pair) -> bool:
    sides = ((pair.old, pair.before), (pair.new, pair.after))
    return all(is_of(schema, document) for schema, documents in sides for document in documents)


def _smaller(pair: Pair) -> Iterator[Pair]:
    if len(pair.before) + len(pair.after) > 1:
        for side in ("before", "after"):
            documents = getattr(pair, side)
            if documents:
                yield replace(pair, **{side: []})
            for i in range(len(documents) if len(documents) > 1 else 0):
                yield replace(pair, **{side: [documents[i]]})
    for name in dict.fromkeys((*_declared(pair.old), *_declared(pair.new))):
        parts = (pair.old, pair.before, pair.new, pair.after)
        yield Pair(pair.seed, *(_without(part, name) for part in parts))
    for side in ("old", "new"):
        for schema in _simpler(getattr(pair, side)):
            yield replace(pair, **{side: schema})
    for side in ("before", "after"):
        for i, document in enumerate(getattr(pair, side)):
            for value in _less(document):
                documents = list(getattr(pair, side))
                documents[i] = value
                yield replace(pair, **{side: documents})


def _declared(schema: Any) -> Iterator[str]:
    for _, part in walk(schema):
        if isinstance(part, dict):
            yield from part.get("properties", {})


def _without(value: Any, name: str) -> Any:
    """``value`` without a name, wherever it stands; keywords of that name stay."""
    if isinstance(value, list):
        return [_without(item, name) for item in value if item != name]
    if not isinstance(value, dict):
        return value
    kept = {"type", "items"} if "properties" in value or "type" in value else set()
    return {k: _without(v, name) for k, v in value.items() if k != name or k in kept}


def _simpler(schema: Any) -> Iterator[Any]:
    if not isinstance(schema, dict):
        return
    for pointer, part in walk(schema):
        if not isinstance(part, dict):
            continue
        for keyword in ("x-audit", "required", "format", "anyOf", "additionalProperties"):
            rest = {key: value for key, value in part.items() if key != keyword}
            if keyword == "anyOf" and len(part.get(keyword, ())) > 1:
                rest[keyword] = part[keyword][1:]
            if keyword in part:
                yield with_node(schema, pointer, rest)


def _less(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield {k: v for k, v in value.items() if k != name}
            for less in _less(inner):
                yield {**value, name: less}
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield [*value[:i], *value[i + 1 :]]
            for less in _less(inner):
                yield [*value[:i], less, *value[i + 1 :]]
    elif isinstance(value, str) and len(value) > 1:
        yield value[:1]
