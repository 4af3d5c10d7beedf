"""Sample documents of a schema which between them hold the values of every field.

A witness wants one small document; who rehearses a transform wants few that show much. So all
fields vary at once: the first document has the first value of each, the second the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import Final

from ucaudit.jsontypes import Json
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.node import Node, Shape
from ucaudit.schema.samples import free_keys, shape_variety
from ucaudit.schema.senders import sent_fields
from ucaudit.schema.validators import Validators
from ucaudit.schema.values import accepts, spell

_MOST: Final = 24
_DEEPEST: Final = 8


def documents(root: Node) -> list[Json]:
    """Values of ``root``, each held against the schema by an independent validator.

    Args:
        root: A schema in normal form.

    Returns:
        At most 24, the smallest first; none where no value could be made.
    """
    document = root.graph.document
    validator = Validators([document]).of(document, lenient=True)
    found = _Sampler().values(root, 0)
    return [value for value in found if validator is None or validator.takes(value)]


class _Sampler:
    def __init__(self) -> None:
        self._known: dict[tuple[Node, int], list[Json]] = {}

    def values(self, node: Node, depth: int) -> list[Json]:
        key = node, depth
        if key not in self._known:
            shapes = ANYTHING.shapes if node.is_any else node.shapes
            by_shape = [list(islice(self._shape(shape, depth), _MOST)) for shape in shapes]
            distinct = {spell(value): value for value in _in_turn(by_shape)}
            self._known[key] = list(distinct.values())[:_MOST]
        return self._known[key]

    def _shape(self, shape: Shape, depth: int) -> Iterator[Json]:
        if shape.enum is not None or shape.kind not in ("array", "object") or depth > _DEEPEST:
            yield from islice(shape_variety(shape, depth), _MOST)
        elif shape.kind == "array":
            yield from self._lists(shape, depth)
        else:
            yield from self._objects(shape, depth)

    def _lists(self, shape: Shape, depth: int) -> Iterator[Json]:
        low, high = int(shape.bounds.low or 0), shape.bounds.high
        if low == 0:
            yield []
        size = max(low, len(shape.prefix), 1)
        if high is not None:
            size = min(size, int(high))
        if not size:
            return
        places = [self.values(shape.place(i) or ANYTHING, depth + 1) for i in range(size)]
        if all(places):
            for turn in range(max(map(len, places))):
                # Each place begins elsewhere, so that lists of different items have some.
                yield [values[(turn + i) % len(values)] for i, values in enumerate(places)]

    def _objects(self, shape: Shape, depth: int) -> Iterator[Json]:
        choices = {name: self._of_rules(rules, depth) for name, rules in sent_fields(shape).items()}
        for pattern in [*sorted(shape.patterned), *([""] if shape.sends_others else [])]:
            for name in islice(free_keys(shape, pattern=pattern), 2):
                choices[name] = self._of_rules(shape.rules_for(name), depth)
        if any(not choices.get(name) for name in shape.required):
            return
        # Writers write defaults, so that a field that has one is never missing.
        always = {name for name, node in shape.properties.items() if "default" in node.notes}
        least = always | shape.required
        yield {name: values[0] for name, values in choices.items() if name in least and values}
        for turn in range(max(map(len, choices.values()), default=0)):
            yield {name: values[turn % len(values)] for name, values in choices.items() if values}

    def _of_rules(self, rules: Sequence[Node], depth: int) -> list[Json]:
        first, *others = rules or [ANYTHING]
        found = self.values(first, depth + 1)
        return [value for value in found if all(accepts(other, value) for other in others)]


def _in_turn(lists: Sequence[Sequence[Json]]) -> Iterator[Json]:
    absent = object()
    for turn in zip_longest(*lists, fillvalue=absent):
        yield from (value for value in turn if value is not absent)
