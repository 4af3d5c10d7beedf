"""Leaves out of a shape what follows from the rest of it, and says in one way what has several.

Looks at no node but those that are nothing or anything as written: a node below may be under way.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import reduce
from math import ceil, floor, gcd, lcm
from typing import TYPE_CHECKING

from ucaudit.schema.node import Bounds, Kind, Node, Shape
from ucaudit.schema.patterns import matches
from ucaudit.schema.values import json_of, judge, plain, spell

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph


def settle(graph: Graph, shape: Shape) -> Shape | None:
    """``shape`` as short as it can be said; ``None`` if it takes nothing."""
    if shape.kind in ("integer", "number"):
        shape = _number(shape)
    elif shape.kind == "array":
        shape = _list(graph, shape)
    elif shape.kind == "object":
        shape = _object(graph, shape)
    if shape.bounds.is_empty:
        return None
    if any(graph.is_nothing(shape.properties.get(name)) for name in shape.required):
        return None
    return shape if shape.enum is None else _listed(shape, shape.enum)


def _listed(shape: Shape, enum: tuple[str, ...]) -> Shape | None:
    """A list of scalars says all: what else restricts them only shortens the list."""
    if shape.kind in ("array", "object"):
        return shape
    free = replace(shape, enum=None, format=None)
    verdicts = {value: judge(free, json_of(value)) for value in enum}
    kept = tuple(value for value, verdict in verdicts.items() if verdict is not False)
    if not kept:
        return None
    everything = shape.kind == "null" or (shape.kind == "boolean" and len(kept) == 2)
    sure = all(verdicts[value] for value in kept)
    return Shape(
        kind=shape.kind,
        enum=None if everything else kept,
        format=shape.format,
        residual=() if sure else shape.residual,
        pointer=shape.pointer,
    )


def _number(shape: Shape) -> Shape:
    kind: Kind = shape.kind
    if shape.enum is not None and all("." not in v and "e" not in v for v in shape.enum):
        kind = "integer"
    step = _common_multiple([*shape.multiple_of, *([1] if kind == "integer" else [])])
    if step is not None and step.denominator == 1:
        kind = "integer"
    bounds = shape.bounds if step is None else _multiples(shape.bounds, step)
    shape = replace(
        shape,
        kind=kind,
        bounds=bounds,
        multiple_of=() if step is None or step == 1 else (_decimal(step),),
    )
    if shape.enum is None and bounds.low is not None and bounds.low == bounds.high:
        return replace(shape, enum=(spell(bounds.low),))
    return shape


def _common_multiple(steps: list[float]) -> Fraction | None:
    """What every number is a multiple of that is one of all ``steps``."""
    return reduce(_least_common, (Fraction(str(step)) for step in steps)) if steps else None


def _least_common(a: Fraction, b: Fraction) -> Fraction:
    return Fraction(lcm(a.numerator, b.numerator), gcd(a.denominator, b.denominator))


def _decimal(number: Fraction) -> float:
    return plain(number.numerator / number.denominator) if number.denominator > 1 else (
        number.numerator
    )  # fmt: skip


def _multiples(bounds: Bounds, step: Fraction) -> Bounds:
    """The same interval, its ends moved to the first multiples of ``step`` inside."""
    low, high = (
        None if end is None else Fraction(str(end)) / step for end in (bounds.low, bounds.high)
    )
    if low is not None:
        low = (floor(low) + 1 if bounds.low_open else ceil(low)) * step
    if high is not None:
        high = (ceil(high) - 1 if bounds.high_open else floor(high)) * step
    return Bounds(low if low is None else _decimal(low), high if high is None else _decimal(high))


def _list(graph: Graph, shape: Shape) -> Shape:
    """The longest that a tuple can get is where its places end, not a limit beside them."""
    bounds, prefix, items = shape.bounds, shape.prefix, shape.items
    dead = next((i for i, node in enumerate(prefix) if graph.is_nothing(node)), None)
    if dead is not None:
        prefix, items = prefix[:dead], graph.never()
    most = bounds.high
    if most is not None and most <= len(prefix):
        prefix, items = prefix[: int(most)], graph.never()
    if graph.is_nothing(items):
        items, most = graph.never(), len(prefix)
        bounds = replace(bounds, high=most if (bounds.low or 0) > most else None)
    while prefix and prefix[-1] is items:
        prefix = prefix[:-1]
    unique = shape.unique and (most is None or most > 1)
    if bounds == shape.bounds and items is shape.items and unique == shape.unique:
        return shape if len(prefix) == len(shape.prefix) else replace(shape, prefix=prefix)
    return replace(shape, bounds=bounds, prefix=prefix, items=items, unique=unique)


def _object(graph: Graph, shape: Shape) -> Shape:
    bounds, closed = shape.bounds, graph.is_nothing(shape.additional)
    properties = shape.properties
    if closed:
        properties = {n: v for n, v in properties.items() if not _is_refused(graph, shape, n, v)}
    if bounds.low is not None and bounds.low <= len(shape.required):
        bounds = replace(bounds, low=0)
    listed = closed and not shape.patterned
    if listed and bounds.high is not None and bounds.high >= len(properties):
        bounds = replace(bounds, high=None)
    least = max(bounds.low or 0, len(shape.required))
    missing = shape.required - properties.keys() if closed else ()
    if any(not _has_rule(shape, name) for name in missing) or (
        bounds.high is not None and bounds.high < least
    ):
        bounds = Bounds(1, 0)
    if bounds == shape.bounds and len(properties) == len(shape.properties):
        return shape
    return replace(shape, bounds=bounds, properties=properties)


def _is_refused(graph: Graph, shape: Shape, name: str, node: Node) -> bool:
    """Whether a field is declared to be nothing, which a closed object need not say."""
    return graph.is_nothing(node) and name not in shape.required and not _has_rule(shape, name)


def _has_rule(shape: Shape, name: str) -> bool:
    return any(matches(pattern, name) for pattern in shape.patterned)
