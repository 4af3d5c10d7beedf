"""Drift as text: the same one of many days in one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from rich.text import Text

from ucaudit.plan.drift import Drift
from ucaudit.report.words import counted

if TYPE_CHECKING:
    from ucaudit.plan.plan import Plan

_MOST: Final = 6
_MOST_CALLS: Final = 6
_PLURALS: Final = {
    "index": "indices",
    "template": "templates",
    "component": "component templates",
}


def grouped(drifts: Iterable[Drift]) -> list[list[Drift]]:
    """Drift that is the same in several indices or templates put together, in order."""
    groups: dict[tuple[object, ...], list[Drift]] = {}
    for drift in drifts:
        groups.setdefault(drift.same, []).append(drift)
    return list(groups.values())


def drift_lines(drifts: Iterable[Drift], *, wide: bool = False) -> Iterator[Text]:
    """What was changed by hand in what belongs to one call, and what becomes of it."""
    groups = grouped(drifts)
    for group in groups[:_MOST]:
        yield from _group(group, wide=wide)
    if len(groups) > _MOST:
        yield Text(f"    … and {counted(len(groups) - _MOST, 'more difference')}", "dim")


def status_drift(plan: Plan, *, wide: bool) -> Iterator[Text]:
    """All drift of a plan, call by call."""
    drifted = [call for call in plan.calls if call.drift]
    if plan.shared_drift:
        yield Text("all calls", "bold")
        yield from drift_lines(plan.shared_drift, wide=wide)
    for call in drifted[:_MOST_CALLS]:
        yield Text(call.call, "bold")
        yield from drift_lines(call.drift, wide=wide)
    if len(drifted) > _MOST_CALLS:
        more = counted(len(drifted) - _MOST_CALLS, "more call", plural="more calls")
        yield Text(f"… and drift in {more}: ucaudit plan", "dim")


def _group(group: list[Drift], *, wide: bool) -> Iterator[Text]:
    first = group[0]
    line = Text("  ")
    line.append("!", "magenta")
    line.append(f" drift     {first.describe()}")
    fate, _, reason = ("mended", "", "") if first.mended else first.note.partition("; ")
    where = f"{_where(group)}: {fate}"
    yield line.append(f"  {where}", "dim") if wide else line
    for text in ("" if wide else where, reason):
        if text:
            yield Text(f"              {text}", "dim")


def _where(group: list[Drift]) -> str:
    first, number = group[0], len(group)
    if number > 1:
        return f"{number:,} {_PLURALS[first.place]}"
    return first.name if first.place == "index" else f"template {first.name}"
