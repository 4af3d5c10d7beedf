"""Every edit of one node that a person may make to a schema, each as a new schema."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

from ucaudit.schema.document import walk

_KINDS = ("string", "integer", "number", "boolean", "array", "object")
_LIMITS = {
    "string": ("minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
_FORMATS = {"string": ("date-time", "uuid", "email"), "integer": ("int32", "int64"), "number": ()}

Edit = tuple[str, Any]
"""What was done, and what the node is then."""


def one_node_edits(schema: dict[str, Any]) -> Iterator[Edit]:
    """Schemas that differ from ``schema`` in one node, with the pointer and what was done."""
    for pointer, node in list(walk(schema)):
        if not isinstance(node, dict) or (not pointer and "$ref" in node):
            continue
        for name, changed in _edits(node):
            yield f"{pointer or '/'} {name}", with_node(schema, pointer, changed)


def one_edit(schema: dict[str, Any], rng: Random) -> Edit:
    """One of these, drawn without making the others; the schema may have come to stay the same."""
    nodes = [(p, n) for p, n in walk(schema) if isinstance(n, dict) and (p or "$ref" not in n)]
    pointer, node = rng.choice(nodes)
    name, changed = rng.choice(list(_edits(node)))
    return f"{pointer or '/'} {name}", with_node(schema, pointer, changed)


def with_node(schema: dict[str, Any], pointer: str, changed: Any) -> dict[str, Any]:
    """``schema`` with another node at ``pointer``; definitions at the root stay."""
    if not pointer:
        return {**changed, **({"$defs": schema["$defs"]} if "$defs" in schema else {})}
    result = copy.deepcopy(schema)
    place: Any = result
    *above, last = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    for token in above:
        place = place[int(token)] if isinstance(place, list) else place[token]
    place[int(last) if isinstance(place, list) else last] = changed
    return result


def _edits(node: dict[str, Any]) -> Iterator[Edit]:
    kind = node.get("type")
    yield from _types(node, kind)
    yield from _values(node, kind)
    if kind == "object" or "properties" in node:
        yield from _fields(node)
        yield from _openness(node)
    for keyword in ("anyOf", "oneOf"):
        if len(node.get(keyword, ())) > 1:
            yield f"{keyword} loses a member", {**node, keyword: node[keyword][1:]}
            yield (
                f"{keyword} gains a member",
                {**node, keyword: [*node[keyword], {"type": "array"}]},
            )


def _types(node: dict[str, Any], kind: Any) -> Iterator[Edit]:
    for other in _KINDS:
        if isinstance(kind, str) and other != kind:
            yield f"becomes {other}", {"type": other}
    bare = {key: value for key, value in node.items() if key != "$defs"}
    yield "becomes a list", {"type": "array", "items": bare}
    yield "becomes a map", {"type": "object", "additionalProperties": bare}
    yield "becomes anything", {}
    if kind != "null":
        yield "becomes nullable", {"anyOf": [bare, {"type": "null"}]}
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            yield f"becomes its {keyword}", node[keyword]
    for keyword in ("anyOf", "oneOf"):
        left = [member for member in node.get(keyword, ()) if member != {"type": "null"}]
        if 0 < len(left) < len(node.get(keyword, ())):
            yield "is not nullable", {**node, keyword: left}


def _values(node: dict[str, Any], kind: Any) -> Iterator[Edit]:
    if isinstance(node.get("enum"), list):
        yield "enum gains a value", {**node, "enum": [*node["enum"], "ANOTHER"]}
        if len(node["enum"]) > 1:
            yield "enum loses a value", {**node, "enum": node["enum"][1:]}
        yield "enum is opened", {key: value for key, value in node.items() if key != "enum"}
    elif kind == "string":
        yield "gets an enum", {**node, "enum": ["A", "B"]}
        yield "gets a pattern", {**node, "pattern": "^[a-z]+$"}
        yield "gets a constant", {**node, "const": "A"}
    for limit in _LIMITS.get(kind, ()) if isinstance(kind, str) else ():
        if limit in node:
            yield f"{limit} goes", {key: value for key, value in node.items() if key != limit}
            yield f"{limit} rises", {**node, limit: node[limit] + 1}
        else:
            yield f"{limit} comes", {**node, limit: 2}
    if kind == "array":
        yield "items differ", {**node, "uniqueItems": not node.get("uniqueItems", False)}
    if kind in ("integer", "number"):
        yield "gets a step", {**node, "multipleOf": 5}
    for name in _FORMATS.get(kind, ()) if isinstance(kind, str) else ():
        if node.get("format") != name:
            yield f"becomes {name}", {**node, "format": name}
    if "format" in node:
        yield "format goes", {key: value for key, value in node.items() if key != "format"}


def _fields(node: dict[str, Any]) -> Iterator[Edit]:
    properties, required = node.get("properties", {}), node.get("required", [])
    for name in properties:
        rest = {other: part for other, part in properties.items() if other != name}
        needed = [other for other in required if other != name]
        yield f"loses {name}", {**node, "properties": rest, "required": needed}
        if name in required:
            yield f"{name} becomes optional", {**node, "required": needed}
        else:
            yield f"{name} becomes required", {**node, "required": [*required, name]}
    more = {**properties, "another": {"type": "string"}}
    yield "gains a field", {**node, "properties": more}
    yield "needs another field", {**node, "properties": more, "required": [*required, "another"]}


def _openness(node: dict[str, Any]) -> Iterator[Edit]:
    rest = {key: value for key, value in node.items() if key != "additionalProperties"}
    for name, said in (("opened", True), ("closed", False), ("typed", {"type": "integer"})):
        if node.get("additionalProperties") != said:
            yield f"others are {name}", {**rest, "additionalProperties": said}
    if "additionalProperties" in node:
        yield "others are not told", rest
    yield "has patterned fields", {**node, "patternProperties": {"^x-": {"type": "string"}}}
    yield "keys follow a pattern", {**node, "propertyNames": {"pattern": "^[a-z]"}}
    if len(node.get("properties", {})) > 1:
        one, other = list(node["properties"])[:2]
        yield "a field needs another", {**node, "dependentRequired": {one: [other]}}
