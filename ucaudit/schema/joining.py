"""A union of shapes without repetitions, and without alternatives that others include."""

from __future__ import annotations

from dataclasses import replace

from ucaudit.schema.node import Shape
from ucaudit.schema.values import holds, json_of

_STRUCTURES = ("array", "object")


def join_shapes(shapes: list[Shape]) -> list[Shape]:
    """``shapes``, each alternative once; what only lists values of one type is one list."""
    kept: list[Shape] = []
    for shape in _join_enums(shapes):
        if not any(_includes(other, shape) for other in kept):
            kept = [other for other in kept if not _includes(shape, other)] + [shape]
    return kept


def _includes(wide: Shape, narrow: Shape) -> bool:
    if wide == narrow:
        return True
    if wide.kind in _STRUCTURES or wide.enum is not None:
        return False
    if wide.kind != narrow.kind and (wide.kind, narrow.kind) != ("number", "integer"):
        return False
    if narrow.enum is not None:
        return all(holds(wide, json_of(value)) for value in narrow.enum)
    blank = not (wide.patterns or wide.multiple_of or wide.residual or wide.format or wide.one_of)
    return blank and wide.bounds.holds(narrow.bounds)


def _join_enums(shapes: list[Shape]) -> list[Shape]:
    joined: list[Shape] = []
    for shape in shapes:
        twin = next((s for s in joined if _only_lists(s) and s.kind == shape.kind), None)
        if twin is None or not _only_lists(shape):
            joined.append(shape)
            continue
        values = tuple(sorted({*(twin.enum or ()), *(shape.enum or ())}))
        joined[joined.index(twin)] = replace(twin, enum=values)
    return joined


def _only_lists(shape: Shape) -> bool:
    return (
        shape.enum is not None
        and shape.kind not in _STRUCTURES
        and not (shape.residual or shape.format or shape.one_of)
    )
