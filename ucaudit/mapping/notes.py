"""What a schema says of a place beside its values: hints, and what must not be found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.node import Node

HINTS: Final = ("keyword", "text", "date", "nested", "flattened", "none")
"""What ``x-audit`` may say of how a value is indexed."""

_IN_PLACE: Final = ("allOf", "anyOf", "oneOf")


def is_redacted(node: Node) -> bool:
    """Whether the value at ``node``, or one alternative of it, must not be found.

    Which alternative a stored value belongs to cannot be told, so that one is enough.
    """
    if not node.graph.document.annotated:
        return False
    return node.redacted or any(_says_redact(schema) for schema in _in_place(node))


def index_hint(nodes: Iterable[Node]) -> Json:
    """The first ``x-audit`` hint of how to index the value, outer ones first.

    Raises:
        InputError: If it is none of ``HINTS``.
    """
    for node in nodes:
        for schema in _in_place(node) if node.graph.document.annotated else ():
            hint = _hints(schema).get("index")
            if hint is not None and hint not in HINTS:
                raise InputError(
                    "hint-unknown",
                    f"The index hint {hint!r} is not known.",
                    where=f"{node.graph.document.name}#{node.pointer}",
                    fix=f"Use one of {', '.join(HINTS)}.",
                )
            if hint is not None:
                return hint
    return None


def with_all_below(nodes: Iterable[Node]) -> Iterator[Node]:
    """``nodes`` and every node that stands anywhere below, each once."""
    queue = list(nodes)
    seen = set(queue)
    while queue:
        node = queue.pop()
        yield node
        if node.is_any:
            continue
        below = {child for shape in node.shapes for child in shape.children()} - seen
        seen |= below
        queue.extend(below)


def _in_place(node: Node) -> Iterator[JsonObject]:
    """Every schema that speaks of the very value at ``node``: references and union members too."""
    document = node.graph.document
    queue, seen = list(node.sources), set[str]()
    while queue:
        pointer = queue.pop(0)
        schema = document.at(pointer)
        if pointer in seen or not isinstance(schema, dict):
            continue
        seen.add(pointer)
        yield schema
        if "$ref" in schema:
            queue.append(document.target(schema["$ref"], pointer))
        for keyword in _IN_PLACE:
            queue.extend(f"{pointer}/{keyword}/{i}" for i in range(len(schema.get(keyword, ()))))


def _hints(schema: JsonObject) -> JsonObject:
    hints = schema.get("x-audit")
    return hints if isinstance(hints, dict) else {}


def _says_redact(schema: JsonObject) -> bool:
    return (
        schema.get("writeOnly") is True
        or schema.get("format") == "password"
        or _hints(schema).get("redact") is True
    )
