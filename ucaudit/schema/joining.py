"""A union of shapes without repetitions, and without alternatives that others include."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ucaudit.schema.node import KINDS, Bounds, Kind, Shape
from ucaudit.schema.values import holds, json_of

# Integers are numbers.
_EVERY_TYPE: Final = len(KINDS) - 1
_STRUCTURES: Final = ("array", "object")
_FAMILIES: Final[tuple[tuple[Kind, ...], ...]] = (("boolean",), ("string",), ("integer", "number"))


def join_shapes(shapes: list[Shape]) -> list[Shape]:
    """``shapes``, each alternative once.

    What only lists values of one type is one list, and intervals that touch are one interval.
    """
    if len(shapes) < 2:
        return shapes
    lists = [shape for shape in shapes if _only_lists(shape)]
    rest = _join_intervals([shape for shape in shapes if not _only_lists(shape)])
    kept: list[Shape] = []
    for shape in [*rest, *_join_lists(lists, rest)]:
        if not any(_includes(other, shape) for other in kept):
            kept = [other for other in kept if not _includes(shape, other)] + [shape]
    free = [shape for shape in kept if shape.is_blank and not shape.declares]
    return free if len({shape.kind for shape in free}) == _EVERY_TYPE else kept


def _includes(wide: Shape, narrow: Shape) -> bool:
    if wide == narrow:
        return True
    if wide.kind in _STRUCTURES or wide.enum is not None:
        return False
    if wide.kind != narrow.kind and (wide.kind, narrow.kind) != ("number", "integer"):
        return False
    if narrow.enum is not None:
        return all(holds(wide, json_of(value)) for value in narrow.enum)
    blank = not (wide.patterns or wide.multiple_of or wide.residual or wide.format)
    return blank and wide.bounds.holds(narrow.bounds)


def _only_lists(shape: Shape) -> bool:
    return (
        shape.enum is not None
        and shape.kind not in _STRUCTURES
        and not (shape.residual or shape.format)
    )


def _join_lists(lists: list[Shape], rest: list[Shape]) -> Iterable[Shape]:
    """One list for each type, without the values that an alternative in ``rest`` takes anyway."""
    for family in _FAMILIES:
        own = [shape for shape in lists if shape.kind in family]
        values = sorted({value for shape in own for value in shape.enum or ()})
        left = tuple(v for v in values if not any(holds(shape, json_of(v)) for shape in rest))
        if not left:
            continue
        whole = all(shape.kind == "integer" for shape in own)
        kind: Kind = family[0] if whole else family[-1]
        everything = kind == "boolean" and len(left) == 2
        yield replace(own[0], kind=kind, enum=None if everything else left)


def _join_intervals(shapes: list[Shape]) -> list[Shape]:
    """Shapes that differ in their interval only are one where the intervals touch."""
    joined: list[Shape] = []
    for shape in sorted(shapes, key=_start):
        twin = next((other for other in reversed(joined) if _touch(other, shape)), None)
        if twin is None:
            joined.append(shape)
            continue
        end = max((twin.bounds, shape.bounds), key=_end)
        bounds = replace(end, low=twin.bounds.low, low_open=twin.bounds.low_open)
        joined[joined.index(twin)] = replace(twin, bounds=bounds)
    return joined


def _start(shape: Shape) -> tuple[float, bool]:
    low = shape.bounds.low
    return (float("-inf") if low is None else low, shape.bounds.low_open)


def _end(bounds: Bounds) -> tuple[float, bool]:
    return (float("inf") if bounds.high is None else bounds.high, not bounds.high_open)


def _touch(first: Shape, second: Shape) -> bool:
    """Whether no value lies between two shapes that are alike; ``first`` starts first."""
    if first.kind != second.kind or replace(first, bounds=second.bounds) != second:
        return False
    end, start = _end(first.bounds)[0], _start(second)[0]
    gap = 0 if first.kind == "number" else 1
    open_at_both = gap == 0 and first.bounds.high_open and second.bounds.low_open
    return start < end + gap or (start == end + gap and not open_at_both)
