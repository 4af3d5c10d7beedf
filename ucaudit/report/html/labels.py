"""A place of a schema in a few words, as one line of a tree shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from ucaudit.schema.document import LIBRARY, unescape
from ucaudit.schema.node import Bounds, Node, Shape

Place = tuple[Node, ...]
"""What one field may hold: a node for each member of a union that has the field."""

_MODULE: Final = re.compile(r"(?:\w+\.)+(?=\w)")
_MOST_VALUES: Final = 6
_MOST_PATTERN: Final = 40
_DEEPEST: Final = 3


def short_name(name: str) -> str:
    """A type's name without modules: ``Page[File]`` of ``app.Page[app.wire.File]``."""
    return _MODULE.sub("", name)


def type_name(shape: Shape) -> str | None:
    """The name of the definition that an object is; ``None`` for one without a name."""
    name = shape.pointer.removeprefix(LIBRARY)
    if shape.kind != "object" or name == shape.pointer or "/" in name:
        return None
    return short_name(unescape(name))


def label(place: Place, depth: int = _DEEPEST) -> str:
    """What a place takes, such as ``list of File`` or ``string of at most 64 or null``.

    Args:
        place: The place.
        depth: How many lists and maps may stand in each other.
    """
    texts: dict[str, None] = {}
    null = False
    for node in place:
        if node.is_any:
            texts["anything"] = None
            continue
        for shape in node.shapes:
            if shape.kind == "null" and shape.enum is None:
                null = True
            else:
                texts[_shape(shape, depth)] = None
    words = [*texts, *(["null"] if null else [])]
    tags = ["redacted"] if any(node.redacted for node in place) else []
    default = next((n.notes["default"] for n in place if "default" in n.notes), None)
    if default not in (None, [], {}):
        tags.append(f"default {_value(default)}")
    return " · ".join((" or ".join(words) or "nothing", *tags))


def _shape(shape: Shape, depth: int) -> str:
    if shape.enum is not None:
        return _values(shape.enum)
    if shape.kind == "array":
        items = shape.items
        noun = "set" if shape.unique else "list"
        if shape.prefix:
            noun = f"tuple of {len(shape.prefix)}"
        elif items is not None and not items.is_any and depth:
            noun += f" of {label((items,), depth - 1)}"
        return noun + _size(shape.bounds)
    if shape.kind == "object":
        return _object(shape, depth)
    return shape.kind + "".join(_limits(shape))


def _object(shape: Shape, depth: int) -> str:
    name = type_name(shape)
    if name is None and shape.is_map and not shape.declares:
        held = shape.additional or next(iter(shape.patterned.values()), None)
        plain = held is None or held.is_any or not depth
        return "map" if plain or held is None else f"map of {label((held,), depth - 1)}"
    own = name or "object"
    return f"{own}, closed" if shape.closed else own


def _limits(shape: Shape) -> Iterator[str]:
    if shape.format:
        yield f" ({shape.format})"
    yield (_size if shape.kind == "string" else _range)(shape.bounds)
    for divisor in shape.multiple_of:
        yield f", a multiple of {divisor:g}"
    for pattern in shape.patterns:
        more = "…" if len(pattern) > _MOST_PATTERN else ""
        yield f" /{pattern[:_MOST_PATTERN]}{more}/"


def _size(bounds: Bounds) -> str:
    """Of a string or list."""
    low, high = bounds.low or 0, bounds.high
    if high is None:
        return f" of at least {low:g}" if low else ""
    if low == high:
        return f" of {low:g}"
    return f" of {low:g} to {high:g}" if low else f" of at most {high:g}"


def _range(bounds: Bounds) -> str:
    """Of a number."""
    least = f" {'>' if bounds.low_open else '≥'} {bounds.low:g}" if bounds.low is not None else ""
    most = f" {'<' if bounds.high_open else '≤'} {bounds.high:g}" if bounds.high is not None else ""
    return f"{least},{most}" if least and most else least + most


def _values(values: tuple[str, ...]) -> str:
    shown = " | ".join(values[:_MOST_VALUES])
    more = len(values) - _MOST_VALUES
    return f"{shown} | … {more} more" if more > 0 else shown


def _value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_PATTERN else f"{text[:_MOST_PATTERN]}…"
