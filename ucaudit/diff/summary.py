"""Operands of findings: a node in a few words of JSON Schema."""

from __future__ import annotations

import json
from typing import Any

from ucaudit.jsontypes import JsonObject
from ucaudit.schema.node import Condition, Node, Shape

_MOST_VALUES = 12


def summarize(node: Node, depth: int = 1) -> JsonObject:
    """``node`` as a short schema: types, formats, enums, one level of items."""
    if node.is_any:
        return {}
    parts = [_shape(shape, depth) for shape in node.shapes]
    parts = [part for i, part in enumerate(parts) if part not in parts[:i]]
    if len(parts) == 1:
        return parts[0]
    if all(set(part) == {"type"} for part in parts):
        return {"type": [part["type"] for part in parts]}
    return {"anyOf": parts}


def _shape(shape: Shape, depth: int) -> JsonObject:
    part: JsonObject = {"type": shape.kind}
    if shape.enum is not None:
        part["enum"] = [json.loads(value) for value in shape.enum[:_MOST_VALUES]]
    if shape.format:
        part["format"] = shape.format
    if shape.kind == "array" and shape.items is not None and depth and not shape.items.is_any:
        part["items"] = summarize(shape.items, depth - 1)
    if shape.is_map and shape.additional is not None and depth and not shape.additional.is_any:
        part["additionalProperties"] = summarize(shape.additional, depth - 1)
    return part


def summarize_condition(condition: Condition) -> JsonObject:
    """A condition in a few words of JSON Schema."""
    says: Any = json.loads(condition.says) if condition.says else None
    schemas = [summarize(node) for node in condition.nodes]
    if condition.keyword == "if":
        return dict(zip(("if", "then", "else"), schemas, strict=True))
    if condition.keyword == "contains":
        least, most = says
        limits = {"minContains": least if least != 1 else None, "maxContains": most}
        own = {key: value for key, value in limits.items() if value is not None}
        return {"contains": schemas[0], **own}
    if condition.keyword == "dependentRequired":
        return {condition.keyword: {says[0]: says[1]}}
    if condition.keyword == "dependentSchemas":
        return {condition.keyword: {says: schemas[0]}}
    return {condition.keyword: schemas[0] if schemas else says}


def words(node: Node, depth: int = 3) -> str:
    """``node`` in words, such as ``string or null`` or ``list of integer``."""
    if node.is_any:
        return "anything"
    texts = [_words(shape, depth) for shape in node.shapes if shape.kind != "null"]
    if len(texts) < len(node.shapes):
        texts.append("null")
    return " or ".join(dict.fromkeys(texts)) or "nothing"


def _words(shape: Shape, depth: int) -> str:
    if shape.kind == "array":
        items = shape.items
        plain = items is None or items.is_any or not depth
        return "list" if items is None or plain else f"list of {words(items, depth - 1)}"
    if shape.kind == "object" and shape.is_map and not shape.declares:
        return "map"
    return shape.kind
