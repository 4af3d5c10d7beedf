"""Walks a document along a path, opening only what the path names.

A place is a container (an opened object or list) with a key or position in it. The document itself
is a place too: the one entry of a holder, so that steps need not tell it from other values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ucaudit.transform.path import Each, Path, Segment
from ucaudit.transform.raw import Node, as_list, as_object

# Both lists and objects are indexed the same way here, which no static type says well.
Container = Any
Key = Any
Act = Callable[[Container, Key], bool]

DOCUMENT: Final = ""


def holder(document: Node) -> dict[str, Node]:
    """The container of the document itself, under the key `DOCUMENT`."""
    return {DOCUMENT: document}


def along(path: Path, act: Act) -> Act:
    """A visitor that calls ``act`` at each place that ``path`` leads to from where it is called.

    It answers whether any call of ``act`` answered true. Places that are not there, or that lie
    behind a value of another type than the path expects, are passed over.
    """
    for segment in reversed(path):
        act = _into(segment, act)
    return act


def opened_object(container: Container, key: Key) -> dict[str, Node] | None:
    """The object at a place, opened there; ``None`` if the value is no object."""
    node = container[key]
    if type(node) is dict:
        return node
    fields = as_object(node)
    if fields is not None:
        container[key] = fields
    return fields


def _into(segment: Segment, then: Act) -> Act:
    if segment is Each.ITEM:
        return _into_items(then)
    if segment is Each.VALUE:
        return _into_values(then)
    return _into_field(segment, then)


def _into_field(name: str, then: Act) -> Act:
    def visit(container: Container, key: Key) -> bool:
        fields = opened_object(container, key)
        return fields is not None and name in fields and then(fields, name)

    return visit


def _into_values(then: Act) -> Act:
    def visit(container: Container, key: Key) -> bool:
        fields = opened_object(container, key)
        changed = False
        for name in fields or ():
            changed |= then(fields, name)
        return changed

    return visit


def _into_items(then: Act) -> Act:
    def visit(container: Container, key: Key) -> bool:
        items = as_list(container[key])
        if items is None:
            return False
        container[key] = items
        changed = False
        for position in range(len(items)):
            changed |= then(items, position)
        return changed

    return visit
