"""Whether the engine takes a document, said without one: by kinds of values and names of fields.

Only compiled mappings are asked, where every number, date, boolean and address ignores what is
malformed, so that no scalar is refused for what it says. ``tests/engine`` asks a genuine engine the
same questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.field_names import METADATA, is_flattenable, parts_of
from ucaudit.mapping.reach import field_type, is_opaque

CONTAINERS: Final = frozenset({"object", "nested", "flattened"})


def refusals(properties: JsonObject, document: JsonObject) -> Iterator[str]:
    """Why the engine would refuse a document; nothing if it takes it.

    Args:
        properties: Field name to definition.
        document: What would be indexed.
    """
    yield from _object(properties, document, "")


def _object(properties: JsonObject, value: JsonObject, path: str) -> Iterator[str]:
    for name, below in value.items():
        parts = parts_of(name)
        if parts is None or (not path and name in METADATA):
            yield f"{path or 'the document'}: no field can be named {name!r}"
            continue
        head, *rest = parts
        if head in properties:
            at = f"{path}.{head}" if path else head
            yield from _field(properties[head], {".".join(rest): below} if rest else below, at)


def _field(definition: JsonObject, value: Json, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _field(definition, item, path)
        return
    if value is None or is_opaque(definition):
        return
    kind, is_object = field_type(definition), isinstance(value, dict)
    if is_object != (kind in CONTAINERS):
        article = "an" if kind[0] in "aeio" else "a"
        what = "objects" if is_object else "plain values"
        yield f"{path}: {article} {kind} field takes no {what}"
    elif kind == "flattened":
        key = next(_unflattenable(value), None)
        if key is not None:
            yield f"{path}: a flattened field takes no key named {key!r}"
    elif is_object:
        yield from _object(definition.get("properties", {}), value, path)


def _unflattenable(value: Json, key: str = "") -> Iterator[str]:
    """Keys on the way to a plain value that a flattened field does not take."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _unflattenable(below, key if not is_flattenable(key) else name)
    elif isinstance(value, list):
        for item in value:
            yield from _unflattenable(item, key)
    elif value is not None and not is_flattenable(key):
        yield key
