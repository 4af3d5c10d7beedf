"""A schema in normal form to a mapping that accepts all that a producer writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.fields import flattened, opaque, scalar
from ucaudit.schema.node import SCALARS, Node, Shape

# index.mapping.total_fields.limit and depth.limit of a fresh index
DEFAULT_FIELDS: Final = 1000
DEFAULT_DEPTH: Final = 20
# Past these a mapping is a burden on the cluster's state: what is beyond is kept, not indexed.
MOST_FIELDS: Final = 5000
MOST_DEPTH: Final = 40
# The envelope and what other tools add by hand.
_SPARE_FIELDS: Final = 200

_USABLE_NAME = re.compile(r"(?!_(?:id|index|routing|source|type|field_names|ignored)\Z)[^.\s\0]+\Z")


@dataclass(slots=True)
class Compiled:
    """A compiled mapping.

    Attributes:
        properties: Field name to field definition.
        settings: Index settings that the mapping needs.
        notices: What is kept but not indexed, and why, one line each.
    """

    properties: JsonObject
    settings: JsonObject = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def compile_fields(roots: dict[str, Node]) -> Compiled:
    """The mapping of documents that hold each root under its name.

    Args:
        roots: Field name to what is written there.

    Returns:
        The definitions; a root that holds nothing to index has none.
    """
    compiler = _Compiler()
    properties = {}
    for name, node in roots.items():
        definition = compiler.compile((node,), (name,))
        if definition is not None:
            properties[name] = definition
    return Compiled(properties, _settings(properties), compiler.notices)


def compile_root(node: Node) -> tuple[JsonObject, Compiled]:
    """The mapping of documents that *are* values of ``node``.

    Returns:
        Parameters of the mapping's root beside ``properties``, and the rest. A root that is no
        object cannot be a document of its own; its objects, if any, decide.
    """
    compiler = _Compiler()
    objects = node.of("object")
    if (
        node.redacted
        or not objects
        or all(shape.is_map and not shape.declares for shape in objects)
    ):
        return {}, Compiled({})
    definition = compiler.objects(objects, ()) if objects else None
    if definition is None or "properties" not in definition:
        return {"enabled": False}, Compiled({}, notices=compiler.notices)
    properties = definition["properties"]
    return {}, Compiled(properties, _settings(properties), compiler.notices)


class _Compiler:
    def __init__(self) -> None:
        self.notices: list[str] = []
        self._under_way: list[frozenset[int]] = []
        self._count = 0

    def compile(self, nodes: Sequence[Node], path: tuple[str, ...]) -> JsonObject | None:
        """The definition for the union of ``nodes``, or ``None`` where nothing is to be indexed."""
        if any(node.redacted for node in nodes):
            return None
        hint = next((n.audit["index"] for n in nodes if "index" in n.audit), None)
        values = _elements(nodes)
        if values is None:
            return self._opaque(path, "it may hold any JSON value")
        if hint == "none":
            return opaque()
        scalars = [shape for shape in values if shape.kind in SCALARS]
        objects = [shape for shape in values if shape.kind == "object"]
        if scalars and objects:
            return self._opaque(path, "it holds objects beside plain values")
        self._count += 1
        if scalars:
            return scalar(scalars, hint)
        return self.objects(objects, path, hint) if objects else None

    def objects(
        self, shapes: Sequence[Shape], path: tuple[str, ...], hint: object = None
    ) -> JsonObject:
        """The definition for a union of objects."""
        if hint == "flattened" or any(s.is_map and not s.declares for s in shapes):
            return flattened()
        key = frozenset(id(shape) for shape in shapes)
        if key in self._under_way:
            return self._opaque(path, "it contains itself")
        if len(path) >= MOST_DEPTH:
            return self._opaque(path, f"it lies deeper than {MOST_DEPTH} levels")
        if self._count > MOST_FIELDS:
            return self._opaque(path, f"the mapping has more than {MOST_FIELDS} fields before it")
        unusable = [n for shape in shapes for n in shape.properties if not _USABLE_NAME.match(n)]
        if unusable:
            return self._opaque(path, f"the engine cannot hold a field named {unusable[0]!r}")
        self._under_way.append(key)
        properties: JsonObject = {}
        for name in dict.fromkeys(name for shape in shapes for name in shape.properties):
            members = [shape.properties[name] for shape in shapes if name in shape.properties]
            definition = self.compile(members, (*path, name))
            if definition is not None:
                properties[name] = definition
        self._under_way.pop()
        if hint == "nested":
            return {"type": "nested", "properties": properties}
        return {"properties": properties}

    def _opaque(self, path: tuple[str, ...], why: str) -> JsonObject:
        self.notices.append(f"{'.'.join(path) or 'the document'} is kept but not indexed: {why}")
        return opaque()


def _elements(nodes: Iterable[Node]) -> list[Shape] | None:
    """All shapes, lists replaced by what they hold; ``None`` if any value may occur."""
    found: list[Shape] = []
    queue, seen = list(nodes), set[int]()
    while queue:
        node = queue.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.is_any:
            return None
        for shape in node.shapes:
            if shape.kind != "array":
                found.append(shape)
                continue
            queue.extend(shape.prefix)
            if shape.items is not None and not (shape.prefix and shape.items.is_any):
                queue.append(shape.items)
    return found


def _settings(properties: JsonObject) -> JsonObject:
    fields, depth = _size(properties)
    settings: JsonObject = {}
    if fields + _SPARE_FIELDS > DEFAULT_FIELDS:
        settings["index.mapping.total_fields.limit"] = fields + DEFAULT_FIELDS
    if depth + 1 > DEFAULT_DEPTH:
        settings["index.mapping.depth.limit"] = depth + 5
    return settings


def _size(properties: JsonObject) -> tuple[int, int]:
    fields, depth = 0, 0
    for definition in properties.values():
        below = _size({**definition.get("properties", {}), **definition.get("fields", {})})
        fields += 1 + below[0]
        depth = max(depth, 1 + below[1])
    return fields, depth
