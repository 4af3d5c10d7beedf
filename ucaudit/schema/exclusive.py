"""Where ``oneOf`` says more than ``anyOf``: values that several of its members take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ucaudit.jsontypes import JsonObject
from ucaudit.schema.flat import Flat
from ucaudit.schema.node import Condition, Node, Shape
from ucaudit.schema.values import spell

if TYPE_CHECKING:
    from ucaudit.schema.document import Document
    from ucaudit.schema.graph import Graph

_NUMBERS = {"integer", "number"}


def exclude(graph: Graph, flat: Flat, shape: Shape) -> Shape:
    """``shape`` with the groups of which exactly one member may take a value.

    Members that surely take no value of the shape are left out; so nothing is left of a tagged
    union, nor of one whose members are of different types.
    """
    groups: list[Condition] = []
    for at, schema in flat:
        members = [graph.node([f"{at}/oneOf/{i}"]) for i in range(len(schema.get("oneOf", ())))]
        rivals = tuple(member for member in members if not _surely_apart(graph, shape, member))
        if len(rivals) > 1:
            groups.append(Condition("oneOf", "", rivals))
    return replace(shape, residual=(*shape.residual, *groups)) if groups else shape


def _surely_apart(graph: Graph, shape: Shape, member: Node) -> bool:
    return not graph.is_under_way(member) and all(
        _apart(graph, shape, own) for own in member.shapes
    )


def _apart(graph: Graph, a: Shape, b: Shape) -> bool:
    """Whether surely no value is of both."""
    if a.kind != b.kind:
        return not {a.kind, b.kind} <= _NUMBERS
    if a.bounds.meet(b.bounds).is_empty:
        return True
    if a.enum is not None and b.enum is not None:
        return not set(a.enum) & set(b.enum)
    return any(
        _refuses(graph, one, name) for one, other in ((a, b), (b, a)) for name in other.required
    ) or any(
        _told_apart(a.properties.get(name), b.properties.get(name))
        for name in a.required & b.required
    )


def _refuses(graph: Graph, shape: Shape, name: str) -> bool:
    return any(graph.is_nothing(node) for node in shape.rules_for(name))


def _told_apart(a: Node | None, b: Node | None) -> bool:
    values = [_listed(node) if node is not None else None for node in (a, b)]
    return values[0] is not None and values[1] is not None and not values[0] & values[1]


def _listed(node: Node) -> set[str] | None:
    """The only values of ``node``, if it says so itself.

    The schema is looked at, as its normal form may be under way.
    """
    document, found = node.graph.document, None
    queue = list(dict.fromkeys(node.sources))
    for pointer in queue:
        schema = document.at(pointer)
        if not isinstance(schema, dict):
            continue
        for values in (schema.get("enum"), [schema["const"]] if "const" in schema else None):
            if values is not None:
                own = {spell(value) for value in values}
                found = own if found is None else found & own
        queue += [p for p in _conjuncts(document, pointer, schema) if p not in queue]
    return found


def _conjuncts(document: Document, pointer: str, schema: JsonObject) -> list[str]:
    """Where the schemas stand that hold as well."""
    members = [f"{pointer}/allOf/{i}" for i in range(len(schema.get("allOf", ())))]
    return [*document.targets(pointer, schema), *members]
