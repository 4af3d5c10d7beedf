"""The field definitions that the compiler writes, and why each takes every value it may meet.

Facts about what Elasticsearch accepts were measured on real engines; ``tests/engine`` asks again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ucaudit.jsontypes import JsonObject
from ucaudit.schema.node import Kind, Shape

# Lucene refuses terms beyond 32,766 bytes. The engine counts UTF-16 units, of 3 bytes at most.
IGNORE_ABOVE: Final = 8191
# A flattened term is key, separator and value together: 20,000 bytes are left to the key.
FLATTENED_IGNORE_ABOVE: Final = 4096
# Deeper documents than this do not parse at all; the engine's own limit for flattened is 20.
DEEPEST: Final = 1000
# Marks an object whose documents may hold fields under names that the schema does not give. The
# engine knows it from the root anyway; the mark is for the verdict, see ``judge``.
OPEN: Final[JsonObject] = {"dynamic": False}

_DATES: Final = frozenset({"date-time", "date"})
_ADDRESSES: Final = frozenset({"ip", "ipv4", "ipv6", "ipvanyaddress"})


def opaque() -> JsonObject:
    """A field that keeps every JSON value in the document and indexes none."""
    return {"type": "object", "enabled": False}


def flattened() -> JsonObject:
    """Free-key maps: keys are data, so that they must not become fields."""
    return {
        "type": "flattened",
        "ignore_above": FLATTENED_IGNORE_ABOVE,
        "depth_limit": DEEPEST,
    }


def keyword() -> JsonObject:
    """Exact strings; what is too long for a term stays in the document only."""
    return {"type": "keyword", "ignore_above": IGNORE_ABOVE}


def scalar(shapes: Iterable[Shape], hint: object) -> JsonObject:
    """The narrowest field that takes all scalars of ``shapes``."""
    shapes = list(shapes)
    kinds = {shape.kind for shape in shapes}
    if hint == "text" and kinds == {"string"}:
        return {"type": "text", "fields": {"keyword": keyword()}}
    if hint == "date" and kinds <= {"integer", "string"}:
        return {"type": "date", "ignore_malformed": True}
    if hint == "keyword":
        return keyword()
    if kinds == {"string"}:
        return _string({shape.format for shape in shapes})
    return _lenient(kinds)


def _lenient(kinds: set[Kind]) -> JsonObject:
    if kinds == {"boolean"}:
        return {"type": "boolean", "ignore_malformed": True}
    if kinds == {"integer"}:
        return {"type": "long", "ignore_malformed": True}
    if kinds <= {"integer", "number"}:
        return {"type": "double", "ignore_malformed": True}
    return keyword()


def _string(formats: set[str | None]) -> JsonObject:
    if formats and formats <= _DATES:
        return {"type": "date", "ignore_malformed": True}
    if formats and formats <= _ADDRESSES:
        return {"type": "ip", "ignore_malformed": True}
    return keyword()
