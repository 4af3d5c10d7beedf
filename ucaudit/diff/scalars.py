"""Differences between values of one type: enums, ranges, sizes, formats, other constraints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from ucaudit.diff.local import Lazy, Local
from ucaudit.diff.model import Effect
from ucaudit.diff.samples import shape_variety, sized
from ucaudit.jsontypes import Json
from ucaudit.schema.node import Bounds, Shape
from ucaudit.schema.shapes import INTEGER_FORMATS
from ucaudit.schema.values import holds, json_of, spell

_MOST_CANDIDATES = 12


def compare_scalars(
    befores: Sequence[Shape], afters: Sequence[Shape], anchor: str
) -> Iterator[Local]:
    """What differs between the alternatives of one JSON type, but for what lies below."""
    before, after = befores[0], afters[0]
    if len(befores) > 1 or len(afters) > 1:
        if {_key(s) for s in befores} != {_key(s) for s in afters}:
            yield Local(
                "constraint-changed",
                sorted(_key(s) for s in befores),
                sorted(_key(s) for s in afters),
                "{at} allows other alternatives of the same type",
                "unknown",
                "unknown",
                anchor=anchor,
                old_values=Lazy(lambda: (v for s in befores for v in shape_variety(s))),
                new_values=Lazy(lambda: (v for s in afters for v in shape_variety(s))),
            )
        return
    if before.enum is not None or after.enum is not None:
        yield from _enums(before, after, anchor)
        if before.kind not in ("array", "object"):
            return
    if before.bounds != after.bounds:
        yield _bounds(before, after, anchor)
    if before.format != after.format:
        yield _format(before, after, anchor)
    if before.unique != after.unique:
        yield _unique(before, after, anchor)
    rest = [(s.patterns, s.multiple_of, s.residual) for s in (before, after)]
    if rest[0] != rest[1]:
        yield _constraints(before, after, anchor)


def _key(shape: Shape) -> str:
    parts = (shape.kind, shape.enum, shape.bounds.to_list(), shape.format, shape.patterns)
    return spell([*parts, shape.multiple_of, shape.residual])


def _decoded(values: Sequence[str]) -> list[Json]:
    return [json_of(value) for value in values]


def _enums(before: Shape, after: Shape, anchor: str) -> Iterator[Local]:
    if before.enum is None or after.enum is None:
        opened = after.enum is None
        shape = after if opened else before
        listed = (before.enum if opened else after.enum) or ()
        others = tuple(v for v in _candidates(shape) if spell(v) not in listed)
        yield Local(
            "enum-opened" if opened else "enum-closed",
            {"enum": _decoded(before.enum)} if before.enum is not None else None,
            {"enum": _decoded(after.enum)} if after.enum is not None else None,
            "{at} may hold any value now" if opened else "{at} must be one of a list now",
            "ok" if opened else "breaks",
            "breaks" if opened else "ok",
            anchor=anchor,
            old_values=() if opened else others,
            new_values=others if opened else (),
        )
        return
    removed = [v for v in before.enum if v not in after.enum]
    added = [v for v in after.enum if v not in before.enum]
    if removed:
        values = _decoded(removed)
        yield Local(
            "enum-value-removed",
            {"enum": values},
            None,
            f"{{at}} no longer allows {_list(values)}",
            "breaks",
            "ok",
            anchor=anchor,
            old_values=tuple(values),
        )
    if added:
        values = _decoded(added)
        yield Local(
            "enum-value-added",
            None,
            {"enum": values},
            f"{{at}} allows {_list(values)} too",
            "ok",
            "breaks",
            anchor=anchor,
            new_values=tuple(values),
        )


def _list(values: Sequence[Json]) -> str:
    shown = ", ".join(str(value) for value in values[:5])
    return shown if len(values) <= 5 else f"{shown} and {len(values) - 5} more"


def _candidates(shape: Shape) -> tuple[Json, ...]:
    return tuple(islice(shape_variety(shape), _MOST_CANDIDATES))


def _bounds(before: Shape, after: Shape, anchor: str) -> Local:
    takes_old: Effect = "ok" if after.bounds.holds(before.bounds) else "breaks"
    takes_new: Effect = "ok" if before.bounds.holds(after.bounds) else "breaks"
    numeric = before.kind in ("integer", "number")
    change = {
        ("ok", "breaks"): "widened",
        ("breaks", "ok"): "narrowed",
        ("breaks", "breaks"): "changed",
    }.get((takes_old, takes_new), "changed")
    sizes = {"string": "lengths", "array": "numbers of items", "object": "numbers of fields"}
    what = "numbers" if numeric else sizes[before.kind]
    return Local(
        f"{'range' if numeric else 'size'}-{change}",
        _bounds_operand(before.bounds),
        _bounds_operand(after.bounds),
        f"{{at}} allows other {what}: {_interval(before.bounds)} → {_interval(after.bounds)}",
        takes_old,
        takes_new,
        anchor=anchor,
        old_values=Lazy(lambda: _outside(before, after)),
        new_values=Lazy(lambda: _outside(after, before)),
    )


def _bounds_operand(bounds: Bounds) -> Json:
    low = "exclusiveMinimum" if bounds.low_open else "minimum"
    high = "exclusiveMaximum" if bounds.high_open else "maximum"
    pairs = ((low, bounds.low), (high, bounds.high))
    return {key: value for key, value in pairs if value is not None}


def _interval(bounds: Bounds) -> str:
    named: dict[tuple[float | None, float | None], str] = {
        limits: name for name, limits in INTEGER_FORMATS.items()
    }
    if (bounds.low, bounds.high) in named:
        return named[bounds.low, bounds.high]
    low = "-∞" if bounds.low is None else f"{bounds.low}"
    high = "∞" if bounds.high is None else f"{bounds.high}"
    return f"{'(' if bounds.low_open else '['}{low}, {high}{')' if bounds.high_open else ']'}"


def _outside(own: Shape, other: Shape) -> tuple[Json, ...]:
    """Values of ``own`` just beyond the bounds of ``other``, then any."""
    found: list[Json] = []
    for limit, sign in ((other.bounds.low, -1), (other.bounds.high, 1)):
        if limit is None:
            continue
        if own.kind in ("integer", "number"):
            found += [n for n in (limit + sign, limit) if holds(own, n)]
        elif limit + sign >= 0:
            found += sized(own, int(limit) + sign)
    return (*found, *_candidates(own))


def _format(before: Shape, after: Shape, anchor: str) -> Local:
    rule = "format-changed" if before.format and after.format else (
        "format-added" if after.format else "format-removed"
    )  # fmt: skip
    text = {
        "format-changed": f"{{at}} changes its format from {before.format} to {after.format}",
        "format-added": f"{{at}} must be a {after.format} now",
        "format-removed": f"{{at}} need not be a {before.format} any more",
    }[rule]
    return Local(
        rule,
        {"format": before.format} if before.format else None,
        {"format": after.format} if after.format else None,
        text,
        "breaks" if after.format else "ok",
        "breaks" if before.format else "ok",
        anchor=anchor,
        old_values=Lazy(lambda: _candidates(before)),
        new_values=Lazy(lambda: _candidates(after)),
    )


def _unique(before: Shape, after: Shape, anchor: str) -> Local:
    added = after.unique
    shape = before if added else after
    repeated = tuple(sized(replace(shape, unique=False), int(max(shape.bounds.low or 0, 2))))
    return Local(
        "unique-items-added" if added else "unique-items-removed",
        {"uniqueItems": before.unique},
        {"uniqueItems": after.unique},
        "the items of {at} must differ now" if added else "the items of {at} may repeat now",
        "breaks" if added else "ok",
        "ok" if added else "breaks",
        anchor=anchor,
        old_values=repeated,
        new_values=repeated,
    )


def _constraints(before: Shape, after: Shape, anchor: str) -> Local:
    operands = [
        {
            key: value
            for key, value in (
                ("pattern", list(s.patterns)),
                ("multipleOf", list(s.multiple_of)),
                ("other", _decoded(s.residual)),
            )
            if value
        }
        for s in (before, after)
    ]
    return Local(
        "constraint-changed",
        operands[0] or None,
        operands[1] or None,
        "{at} has another constraint",
        "ok" if not operands[1] else "unknown",
        "ok" if not operands[0] else "unknown",
        anchor=anchor,
        old_values=Lazy(lambda: _candidates(before)),
        new_values=Lazy(lambda: _candidates(after)),
    )
