"""Differences between values of one type: enums, ranges, sizes, formats, other constraints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from ucaudit.diff.keywords import compare_keywords
from ucaudit.diff.limits import compare_limits
from ucaudit.diff.local import Lazy, Local
from ucaudit.diff.summary import summarize_condition
from ucaudit.jsontypes import Json
from ucaudit.schema.hashing import shape_digest
from ucaudit.schema.node import Shape
from ucaudit.schema.samples import shape_variety, sized
from ucaudit.schema.values import json_of, spell

_MOST_CANDIDATES: Final = 12
# Dates that differ only in whether they say the time.
_DATES: Final = {
    ("date", "date-time"): "date-to-date-time",
    ("date-time", "date"): "date-time-to-date",
}


def compare_scalars(
    befores: Sequence[Shape], afters: Sequence[Shape], anchor: str
) -> Iterator[Local]:
    """What differs between the alternatives of one JSON type, but for what lies below."""
    before, after = befores[0], afters[0]
    if len(befores) > 1 or len(afters) > 1:
        if {shape_digest(s) for s in befores} != {shape_digest(s) for s in afters}:
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
            if before.format != after.format:
                yield _format(before, after, anchor)
            return
    if before.bounds != after.bounds:
        yield compare_limits(before, after, anchor)
    if before.format != after.format:
        yield _format(before, after, anchor)
    if before.unique != after.unique:
        yield _unique(before, after, anchor)
    yield from compare_keywords(before, after, anchor)


def _key(shape: Shape) -> str:
    parts = (shape.kind, shape.enum, shape.bounds.to_list(), shape.format, shape.patterns)
    conditions = [summarize_condition(condition) for condition in shape.residual]
    return spell([*parts, shape.multiple_of, sorted(conditions, key=spell)])


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
    if len(before.enum) == len(after.enum) == 1:
        if before.enum != after.enum:
            yield _const(_decoded(before.enum)[0], _decoded(after.enum)[0], anchor)
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


def _const(old: Json, new: Json, anchor: str) -> Local:
    return Local(
        "const-changed",
        {"const": old},
        {"const": new},
        f"{{at}} is always {new!r}, was {old!r}",
        "breaks",
        "breaks",
        anchor=anchor,
        old_values=(old,),
        new_values=(new,),
    )


def _list(values: Sequence[Json]) -> str:
    shown = ", ".join(str(value) for value in values[:5])
    return shown if len(values) <= 5 else f"{shown} and {len(values) - 5} more"


def _candidates(shape: Shape) -> tuple[Json, ...]:
    return tuple(islice(shape_variety(shape), _MOST_CANDIDATES))


def _format(before: Shape, after: Shape, anchor: str) -> Local:
    old, new = before.format, after.format
    change = "changed" if old and new else "added" if new else "removed"
    text = {
        "changed": f"{{at}} changes its format from {old} to {new}",
        "added": f"{{at}} must be a {new} now",
        "removed": f"{{at}} need not be a {old} any more",
    }[change]
    return Local(
        _DATES.get((old or "", new or ""), f"format-{change}"),
        {"format": old} if old else None,
        {"format": new} if new else None,
        text,
        "breaks" if new else "ok",
        "breaks" if old else "ok",
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
