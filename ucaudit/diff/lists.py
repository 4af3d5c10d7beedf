"""Differences between two lists: what they hold, place by place where they are tuples."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ucaudit.diff.containment import Containment
from ucaudit.diff.local import Comparison, Lazy, Local, Step
from ucaudit.diff.model import Effect
from ucaudit.diff.scalars import compare_scalars
from ucaudit.diff.summary import summarize, words
from ucaudit.jsontypes import Json
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.node import Node, Shape
from ucaudit.schema.samples import NoSample, sample_list, shape_variety, variety


def compare_lists(
    before: Shape, after: Shape, old: Node, new: Node, containment: Containment, anchor: str
) -> Comparison:
    """What differs between two list shapes."""
    result = Comparison()
    result.locals.extend(compare_scalars((before,), (after,), anchor))
    shorter, longer = sorted((len(before.prefix), len(after.prefix)))
    pairs = [
        (before.place(i) or old.graph.any(), after.place(i) or new.graph.any())
        for i in range(longer + 1)
    ]
    if shorter == 0 < longer:
        if not all(containment.same(*pair) for pair in pairs):
            result.locals.append(_tuple_and_list(before, after, old, new, containment, anchor))
        return result
    for i, (here, there) in enumerate(pairs):
        if containment.same(here, there):
            continue
        step = Step("items" if i == longer else "place", before, after, index=i)
        if shorter <= i < longer:
            result.locals.append(_place(step, here, there, containment))
        else:
            result.below.append((step, here, there))
    return result


def _tuple_and_list(
    before: Shape, after: Shape, old: Node, new: Node, containment: Containment, anchor: str
) -> Local:
    becomes = bool(after.prefix)
    return Local(
        "list-to-tuple" if becomes else "tuple-to-list",
        _operand(before),
        _operand(after),
        "each place of {at} has its own type now"
        if becomes
        else "the places of {at} have no types of their own any more",
        "ok" if containment.takes_shape(new, before) else "breaks",
        "ok" if containment.takes_shape(old, after) else "breaks",
        anchor=anchor,
        old_values=Lazy(lambda: _lists(before, after)),
        new_values=Lazy(lambda: _lists(after, before)),
    )


def _operand(shape: Shape) -> Json:
    return {
        "prefixItems": [summarize(node) for node in shape.prefix],
        "items": summarize(shape.items or ANYTHING),
    }


def _lists(own: Shape, other: Shape) -> Iterator[Json]:
    """Lists of ``own`` with each kind of value at each place that either side tells apart."""
    yield from shape_variety(own)
    for i in range(max(len(own.prefix), len(other.prefix)) + 1):
        yield from _with_place(own, i)


def _with_place(shape: Shape, index: int) -> Iterator[Json]:
    try:
        items = sample_list(shape, max(index + 1, int(shape.bounds.low or 0)))
    except NoSample:
        return
    for value in islice(variety(shape.place(index) or ANYTHING), 8):
        yield [*items[:index], value, *items[index + 1 :]]


def _place(step: Step, here: Node, there: Node, containment: Containment) -> Local:
    """A place that only one of two tuples knows; to the other it is one of the rest."""
    assert step.old is not None  # noqa: S101  (both sides step)
    assert step.new is not None  # noqa: S101
    before, after = step.old, step.new
    added = len(after.prefix) > len(before.prefix)
    takes_old: Effect = "ok" if containment.takes(there, here) else "breaks"
    takes_new: Effect = "ok" if containment.takes(here, there) else "breaks"
    return Local(
        "tuple-place-added" if added else "tuple-place-removed",
        None if added else summarize(here),
        summarize(there) if added else None,
        f"{{at}} ({words(there if added else here)}) is {'new' if added else 'gone'}",
        takes_old,
        takes_new,
        at=(step,),
        anchor=step.anchor,
        old_values=Lazy(lambda: _with_place(before, step.index)),
        new_values=Lazy(lambda: _with_place(after, step.index)),
    )
