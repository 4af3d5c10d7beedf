"""Differences between limits: of a number, a length, how many items or fields."""

from __future__ import annotations

from itertools import islice
from typing import Final

from ucaudit.diff.local import Lazy, Local
from ucaudit.diff.model import Effect
from ucaudit.jsontypes import Json
from ucaudit.schema.node import Bounds, Kind, Shape
from ucaudit.schema.samples import shape_variety, sized
from ucaudit.schema.shapes import INTEGER_FORMATS
from ucaudit.schema.values import holds

_MOST_CANDIDATES: Final = 12
_SIZES: Final[dict[Kind, tuple[str, str]]] = {
    "string": ("length", "lengths"),
    "array": ("items", "numbers of items"),
    "object": ("fields", "numbers of fields"),
}
_NAMED: Final = {limits: name for name, limits in INTEGER_FORMATS.items()}

_Limit = tuple[float | None, bool]
"""A limit, and whether it is excluded itself."""


def compare_limits(before: Shape, after: Shape, anchor: str) -> Local:
    """The one difference between two intervals that are not the same."""
    takes_old: Effect = "ok" if after.bounds.holds(before.bounds) else "breaks"
    takes_new: Effect = "ok" if before.bounds.holds(after.bounds) else "breaks"
    what = _SIZES[before.kind][1] if before.kind in _SIZES else "numbers"
    return Local(
        _rule(before, after, takes_old, takes_new),
        _operand(before.bounds),
        _operand(after.bounds),
        f"{{at}} allows other {what}: {_interval(before.bounds)} → {_interval(after.bounds)}",
        takes_old,
        takes_new,
        anchor=anchor,
        old_values=Lazy(lambda: _outside(before, after)),
        new_values=Lazy(lambda: _outside(after, before)),
    )


def _rule(before: Shape, after: Shape, takes_old: Effect, takes_new: Effect) -> str:
    """By the end that moved; by how the whole changed where both ends did."""
    lows = [(s.bounds.low, s.bounds.low_open) for s in (before, after)]
    highs = [(s.bounds.high, s.bounds.high_open) for s in (before, after)]
    change = {("ok", "breaks"): "widened", ("breaks", "ok"): "narrowed"}.get(
        (takes_old, takes_new), "changed"
    )
    numeric = before.kind not in _SIZES
    if numeric and all((s.bounds.low, s.bounds.high) in _NAMED for s in (before, after)):
        return f"integer-format-{change}"
    if lows[0] != lows[1] and highs[0] != highs[1]:
        return f"{'range' if numeric else 'size'}-{change}"
    end, (old, new) = ("min", lows) if lows[0] != lows[1] else ("max", highs)
    return f"{end}imum-{_moved(old, new)}" if numeric else (
        f"{end}-{_SIZES[before.kind][0]}-{_moved(old, new)}"
    )  # fmt: skip


def _moved(old: _Limit, new: _Limit) -> str:
    if old[0] is None or new[0] is None:
        return "added" if old[0] is None else "removed"
    if old[0] == new[0]:
        return "excluded" if new[1] else "included"
    return "raised" if new[0] > old[0] else "lowered"


def _operand(bounds: Bounds) -> Json:
    low = "exclusiveMinimum" if bounds.low_open else "minimum"
    high = "exclusiveMaximum" if bounds.high_open else "maximum"
    pairs = ((low, bounds.low), (high, bounds.high))
    return {key: value for key, value in pairs if value is not None}


def _interval(bounds: Bounds) -> str:
    if bounds.low is not None and bounds.high is not None:
        name = _NAMED.get((int(bounds.low), int(bounds.high)))
        if name is not None and bounds == Bounds(*INTEGER_FORMATS[name]):
            return name
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
    return (*found, *islice(shape_variety(own), _MOST_CANDIDATES))
