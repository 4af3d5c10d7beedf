"""What is left of a shape without the values of another, where that is a union of shapes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ucaudit.schema.node import Bounds, Condition, Node, Shape
from ucaudit.schema.values import json_of, judge

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph

_STRUCTURES: Final = ("array", "object")


def subtract(graph: Graph, shape: Shape, denied: Shape) -> list[Shape]:
    """``shape`` without ``denied``; what cannot be said otherwise is kept as a condition."""
    left = _subtract(graph, shape, denied)
    if left is not None:
        return left
    node = Node(graph, (denied.pointer,), {}, denied.kind, (denied,))
    return [replace(shape, residual=(*shape.residual, Condition("not", "", (node,))))]


def _subtract(graph: Graph, shape: Shape, denied: Shape) -> list[Shape] | None:
    if (shape.kind, denied.kind) == ("number", "integer"):
        return None
    if denied.is_blank:
        return []
    if shape.enum is not None and shape.kind not in _STRUCTURES:
        return _unlisted(shape, shape.enum, denied)
    if shape.kind == "boolean":
        return _unlisted(shape, ("false", "true"), denied)
    if graph.is_nothing(denied.items) and not denied.prefix:
        denied = replace(denied, items=graph.any(), bounds=Bounds(0, 0))
    if shape.bounds.meet(denied.bounds).is_empty:
        return [shape]
    if replace(denied, bounds=Bounds(_least(denied))).is_blank:
        return _beside(shape, denied.bounds)
    if len(denied.required) == 1 and replace(denied, required=frozenset()).is_blank:
        return _without_field(graph, shape, next(iter(denied.required)))
    return None


def _least(shape: Shape) -> int | None:
    return None if shape.kind in ("integer", "number") else 0


def _unlisted(shape: Shape, values: tuple[str, ...], denied: Shape) -> list[Shape] | None:
    verdicts = [judge(denied, json_of(value)) for value in values]
    if None in verdicts:
        return None
    kept = tuple(v for v, holds in zip(values, verdicts, strict=True) if not holds)
    return [replace(shape, enum=kept if len(kept) < len(values) else shape.enum)] if kept else []


def _beside(shape: Shape, gap: Bounds) -> list[Shape]:
    """The parts of ``shape`` below and above ``gap``."""
    parts = []
    if gap.low is not None:
        parts.append(Bounds(None, gap.low, high_open=not gap.low_open))
    if gap.high is not None:
        parts.append(Bounds(gap.high, None, low_open=not gap.high_open))
    whole = shape.kind != "number"
    left = [shape.bounds.meet(part) for part in parts]
    left = [bounds.whole() if whole else bounds for bounds in left]
    return [replace(shape, bounds=bounds) for bounds in left if not bounds.is_empty]


def _without_field(graph: Graph, shape: Shape, name: str) -> list[Shape]:
    if name in shape.required:
        return []
    return [replace(shape, properties={**shape.properties, name: graph.never()})]
