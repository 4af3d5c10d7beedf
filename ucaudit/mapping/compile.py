"""A schema in normal form to a mapping that accepts all that a producer writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.field_names import collision, expand, is_flattenable, unusable
from ucaudit.mapping.fields import OPEN, flattened, opaque, scalar
from ucaudit.mapping.notes import index_hint, is_redacted, with_all_below
from ucaudit.schema.node import SCALARS, Node, Shape

# index.mapping.total_fields.limit, depth.limit and nested_fields.limit of a fresh index
DEFAULT_FIELDS: Final = 1000
DEFAULT_DEPTH: Final = 20
DEFAULT_NESTED: Final = 50
# Past these a mapping is a burden on the cluster's state: what is beyond is kept, not indexed.
MOST_FIELDS: Final = 5000
MOST_DEPTH: Final = 40
# The envelope and what other tools add by hand.
_SPARE_FIELDS: Final = 200

# A document with more objects under ``nested`` fields is refused; the engine's own limit is 10,000.
MOST_NESTED_OBJECTS: Final = 100_000

Likeness = frozenset[frozenset[tuple[str, bytes]]]


@dataclass(slots=True)
class Compiled:
    """A compiled mapping.

    Attributes:
        properties: Field name to field definition.
        settings: Index settings that the mapping needs.
        notices: What is kept but not indexed, and why, one line each.
        beyond: Those of the notices that a limit on fields or depth is the reason of.
    """

    properties: JsonObject
    settings: JsonObject = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)


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
    return Compiled(properties, settings_for(properties), compiler.notices, compiler.beyond)


def compile_root(node: Node) -> tuple[JsonObject, Compiled]:
    """The mapping of documents that *are* values of ``node``.

    Returns:
        Parameters of the mapping's root beside ``properties``, and the rest. A root that is no
        object cannot be a document of its own; its objects, if any, decide.
    """
    compiler = _Compiler()
    objects = node.of("object")
    kept_out = is_redacted(node) or index_hint((node,)) == "none" or not objects
    definition = opaque() if kept_out else compiler.objects(objects, ())
    if "properties" not in definition:
        # Only such a root takes free keys that are empty or named like the engine's own.
        return {"enabled": False}, Compiled({}, notices=compiler.notices)
    properties = definition["properties"]
    return {}, Compiled(properties, settings_for(properties), compiler.notices, compiler.beyond)


class _Compiler:
    def __init__(self) -> None:
        self.notices: list[str] = []
        self.beyond: list[str] = []
        self._under_way: list[Sequence[Shape]] = []
        self._count = 0

    def compile(self, nodes: Sequence[Node], path: tuple[str, ...]) -> JsonObject | None:
        """The definition for the union of ``nodes``, or ``None`` where nothing is to be indexed."""
        places = _places(nodes)
        if any(is_redacted(place) for place in places):
            return None
        hint = index_hint(places)
        if hint == "none":
            return opaque()
        if any(place.is_any for place in places):
            return self._opaque(path, "it may hold any JSON value")
        shapes = [shape for place in places for shape in place.shapes]
        scalars = [shape for shape in shapes if shape.kind in SCALARS]
        objects = [shape for shape in shapes if shape.kind == "object"]
        if scalars and objects:
            return self._opaque(path, "it holds objects beside plain values")
        if scalars:
            return scalar(scalars, hint)
        return self.objects(objects, path, hint) if objects else None

    def objects(
        self, shapes: Sequence[Shape], path: tuple[str, ...], hint: Json = None
    ) -> JsonObject:
        """The definition for a union of objects."""
        if hint == "flattened" or any(_is_free(shape) for shape in shapes):
            obstacle = _obstacle_to_flattening(shapes)
            return self._opaque(path, obstacle) if obstacle is not None else flattened()
        if any(_alike(shapes, others) for others in self._under_way):
            return self._opaque(path, "it contains itself")
        names = list(dict.fromkeys(name for shape in shapes for name in shape.properties))
        is_open = any(_is_open(shape) for shape in shapes)
        obstacle = self._limit(names, path)
        if obstacle is not None:
            kept = self._opaque(path, obstacle)
            self.beyond.append(self.notices[-1])
            return kept
        obstacle = _obstacle(names, path, is_open=is_open)
        if obstacle is not None:
            return self._opaque(path, obstacle)
        self._count += len(names)
        self._under_way.append(shapes)
        properties: JsonObject = {}
        for name in names:
            members = [node for shape in shapes for node in shape.rules_for(name)]
            definition = self.compile(members, (*path, *name.split(".")))
            if definition is not None:
                properties[name] = definition
        self._under_way.pop()
        result: JsonObject = {"type": "nested"} if hint == "nested" else {}
        if is_open:
            result |= OPEN
        return {**result, "properties": expand(properties)}

    def _limit(self, names: Sequence[str], path: tuple[str, ...]) -> str | None:
        """The limit that an object with these fields is beyond."""
        if len(path) >= MOST_DEPTH:
            return f"it lies deeper than {MOST_DEPTH} levels"
        if self._count + len(names) > MOST_FIELDS:
            return f"the mapping would have more than {MOST_FIELDS} fields"
        return None

    def _opaque(self, path: tuple[str, ...], why: str) -> JsonObject:
        self.notices.append(f"{'.'.join(path) or 'the document'} is kept but not indexed: {why}")
        return opaque()


def _obstacle(names: Sequence[str], path: tuple[str, ...], *, is_open: bool) -> str | None:
    """Why an object with these fields cannot be indexed."""
    bad = unusable(names, at_root=not path)
    if bad is not None:
        return f"the engine cannot hold a field named {bad!r}"
    twice = collision(names)
    if twice is not None:
        return f"the engine cannot tell the fields named {twice!r} apart"
    dotted = next((name for name in names if "." in name), None)
    if is_open and dotted is not None:
        return f"a free field may be named like the first part of {dotted!r}"
    return None


def _alike(shapes: Sequence[Shape], others: Sequence[Shape]) -> bool:
    """Whether both are objects of the same fields, however the schema refers to them."""
    names = [{frozenset(shape.properties) for shape in side} for side in (shapes, others)]
    # Hardly any two objects have fields of the same names: the rest is seldom looked at.
    return names[0] == names[1] and _likeness(shapes) == _likeness(others)


def _likeness(shapes: Sequence[Shape]) -> Likeness:
    return frozenset(
        frozenset((name, node.hash) for name, node in shape.properties.items()) for shape in shapes
    )


def _obstacle_to_flattening(shapes: Sequence[Shape]) -> str | None:
    """Why everything below an object cannot be indexed under one field."""
    names = [name for shape in shapes for name in shape.properties]
    for node in with_all_below(child for shape in shapes for child in shape.children()):
        if is_redacted(node):
            return "free keys lead to values that must not be found"
        if not node.is_any:
            names += [name for shape in node.shapes for name in shape.properties]
    bad = next((name for name in names if not is_flattenable(name)), None)
    return f"the engine cannot hold a key named {bad!r}" if bad is not None else None


def _places(nodes: Iterable[Node]) -> list[Node]:
    """``nodes`` and what their lists hold: to the engine a list is its elements."""
    found: dict[Node, None] = {}
    queue = list(nodes)
    while queue:
        node = queue.pop(0)
        if node in found:
            continue
        found[node] = None
        if node.is_any:
            continue
        for shape in node.of("array"):
            queue.extend(shape.prefix)
            if shape.items is not None and not _is_full(shape):
                queue.append(shape.items)
    return list(found)


def _is_full(shape: Shape) -> bool:
    """Whether nothing can follow the fixed places of a list."""
    return shape.bounds.high is not None and shape.bounds.high <= len(shape.prefix)


def _is_open(shape: Shape) -> bool:
    """Whether the schema speaks of fields that it does not name."""
    return bool(shape.patterned) or (shape.additional is not None and not shape.closed)


def _is_free(shape: Shape) -> bool:
    """Whether all keys of the object are data."""
    return not shape.properties and (_is_open(shape) or shape.sends_others)


def settings_for(properties: JsonObject) -> JsonObject:
    """The index settings that a mapping of these fields needs beside the engine's own."""
    size = _size(properties)
    settings: JsonObject = {}
    if size.fields + _SPARE_FIELDS > DEFAULT_FIELDS:
        settings["index.mapping.total_fields.limit"] = size.fields + DEFAULT_FIELDS
    if size.depth + 1 > DEFAULT_DEPTH:
        settings["index.mapping.depth.limit"] = size.depth + 5
    if size.nested:
        settings["index.mapping.nested_objects.limit"] = MOST_NESTED_OBJECTS
    if size.nested > DEFAULT_NESTED:
        settings["index.mapping.nested_fields.limit"] = size.nested
    return settings


class _Size(NamedTuple):
    fields: int
    depth: int
    nested: int


def _size(properties: JsonObject) -> _Size:
    fields, depth, nested = 0, 0, 0
    for definition in properties.values():
        below = _size({**definition.get("properties", {}), **definition.get("fields", {})})
        fields += 1 + below.fields
        depth = max(depth, 1 + below.depth)
        nested += (definition.get("type") == "nested") + below.nested
    return _Size(fields, depth, nested)
