"""A node of the normal form as a JSON Schema that stands alone, without references.

What has no spelling is left out of what is sent and refused in what is taken: so a yes to "does the
reader take all that is sent?" stays true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

from ucaudit.diff.containment import SILENT_FORMATS
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.node import Condition, Kind, Node, Shape
from ucaudit.schema.values import json_of

Role = Literal["sender", "reader"]

# How often a recursive type is unrolled, and how much may come of that.
_UNROLLED: Final = 2
_MOST_NODES: Final = 2000
_DEEPEST: Final = 40
_SIZES: Final[dict[Kind, tuple[str, str]]] = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}


class TooLarge(Exception):  # noqa: N818  (not an error: there are other means)
    """The schema is too large to be written out, or depends on its own negation."""


def standalone(node: Node, role: Role) -> Json:
    """What ``node`` sends or takes.

    Args:
        node: The node.
        role: Whether it is a sender, which sends no other fields than it declares, or a reader.

    Raises:
        TooLarge: If it cannot be written out.
    """
    return _Writer(role).schema(node)


class _Writer:
    def __init__(self, role: Role) -> None:
        self._role = role
        self._above: Counter[Node] = Counter()
        self._budget = _MOST_NODES
        self._aside = 0
        self._depth = 0

    def schema(self, node: Node) -> Json:
        if node.is_any or node.is_never:
            return node.is_any
        self._budget -= 1
        if self._budget < 0 or self._depth > _DEEPEST or (self._aside and self._above[node]):
            raise TooLarge
        if self._above[node] > _UNROLLED:
            return False
        self._above[node] += 1
        self._depth += 1
        shapes = [self.shape(shape) for shape in node.shapes]
        self._above[node] -= 1
        self._depth -= 1
        return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}

    def shape(self, shape: Shape) -> Json:
        rest = [self._condition(condition) for condition in shape.residual]
        rest += [{"pattern": pattern} for pattern in shape.patterns]
        rest += [{"multipleOf": step} for step in shape.multiple_of]
        result = {"type": shape.kind, **_bounds(shape)}
        if shape.enum is not None:
            result["enum"] = [json_of(value) for value in shape.enum]
        if shape.format is not None and shape.format not in SILENT_FORMATS:
            result["format"] = shape.format
        if shape.kind == "array":
            result.update(self._list(shape))
        elif shape.kind == "object":
            result.update(self._object(shape))
        return {**result, "allOf": rest} if rest else result

    def _list(self, shape: Shape) -> Iterator[tuple[str, Json]]:
        if shape.prefix:
            yield "prefixItems", [self.schema(node) for node in shape.prefix]
        if shape.items is not None:
            yield "items", self.schema(shape.items)
        if shape.unique:
            yield "uniqueItems", True

    def _object(self, shape: Shape) -> Iterator[tuple[str, Json]]:
        closed = self._role == "sender" and not self._aside and not shape.sends_others
        fields = {name: self.schema(node) for name, node in shape.properties.items()}
        if closed and not shape.closed:
            # What must be there is sent, declared or not.
            fields.update((name, True) for name in sorted(shape.required) if name not in fields)
        yield "properties", fields
        yield "required", sorted(shape.required)
        if shape.patterned:
            yield "patternProperties", {p: self.schema(n) for p, n in shape.patterned.items()}
        if closed:
            yield "additionalProperties", False
        elif shape.additional is not None:
            yield "additionalProperties", self.schema(shape.additional)
        if shape.names is not None:
            yield "propertyNames", self.schema(shape.names)

    def _condition(self, condition: Condition) -> Json:
        """A keyword that is kept but not interpreted.

        It is a condition on what is sent, not sent itself: nothing is closed within.
        """
        write = _CONDITIONS.get(condition.keyword)
        if write is None:
            if self._aside:
                raise TooLarge
            return self._role == "sender"
        says = json_of(condition.says) if condition.says else None
        self._aside += 1
        written = write(says, [self.schema(node) for node in condition.nodes])
        self._aside -= 1
        return written


# What is not here looks at what stands beside it in the document, which is not known any more.
_CONDITIONS: Final[dict[str, Callable[[Any, list[Json]], Json]]] = {
    "not": lambda _, nodes: {"not": nodes[0]},
    "oneOf": lambda _, nodes: {"oneOf": nodes},
    "if": lambda _, nodes: dict(zip(("if", "then", "else"), nodes, strict=True)),
    "format": lambda says, _: {"format": says},
    "dependentRequired": lambda says, _: {"dependentRequired": {says[0]: says[1]}},
    "dependentSchemas": lambda says, nodes: {"dependentSchemas": {says: nodes[0]}},
    "contains": lambda says, nodes: _contains(nodes[0], *says),
}


def _contains(items: Json, least: int, most: int | None) -> Json:
    limits = {"minContains": least, "maxContains": most}
    return {"contains": items, **{k: limit for k, limit in limits.items() if limit is not None}}


def _bounds(shape: Shape) -> JsonObject:
    bounds = shape.bounds
    names = _SIZES.get(shape.kind)
    if names is None:
        low = "exclusiveMinimum" if bounds.low_open else "minimum"
        names = (low, "exclusiveMaximum" if bounds.high_open else "maximum")
    limits = zip(names, (bounds.low, bounds.high), strict=True)
    return {name: limit for name, limit in limits if limit is not None}
