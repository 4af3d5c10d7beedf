"""Objects: which conjunct says what about which field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ucaudit.jsontypes import JsonObject, canonical
from ucaudit.schema.conditions import covers
from ucaudit.schema.document import escape
from ucaudit.schema.flat import NEIGHBOURS, Flat, sizes
from ucaudit.schema.node import Bounds, Condition, Node, Shape
from ucaudit.schema.patterns import matches, matches_all
from ucaudit.schema.values import json_of

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph


def object_shape(graph: Graph, flat: Flat, common: Shape) -> Shape:
    """``common`` with all that the conjuncts say of an object."""
    additional = [place for at, schema in flat for place in _others(at, schema)]
    tangled = _tangle(flat)
    if tangled is None:
        additional += _unevaluated(flat)
    patterns = dict.fromkeys(p for _, schema in flat for p in _patterns(schema))
    declared = dict.fromkeys(name for _, schema in flat for name in schema.get("properties", ()))
    declares = any("properties" in schema for _, schema in flat)
    if declared or (declares and not additional and not patterns):
        # What must be there is sent, declared or not.
        declared |= dict.fromkeys(sorted(common.required - declared.keys()))
    others = graph.node(additional) if additional else None
    if graph.literal and others is not None and others.is_any:
        # To the letter, an object that says nothing of other fields is as open as this.
        others = None
    shape = replace(
        common,
        bounds=sizes(flat, "minProperties", "maxProperties"),
        properties=_declared(graph, flat, declared),
        additional=others,
        patterned={
            pattern: graph.node(
                f"{at}/patternProperties/{escape(pattern)}"
                for at, s in flat
                if pattern in s.get("patternProperties", ())
            )
            for pattern in patterns
        },
        declares=declares,
        sends_undeclared=graph.literal or not declares,
        residual=(*common.residual, *([tangled] if tangled is not None else [])),
    )
    return _named(graph, flat, shape)


def _declared(graph: Graph, flat: Flat, names: Iterable[str]) -> dict[str, Node]:
    if len(flat) == 1 and "patternProperties" not in flat[0][1]:
        # Nearly always, a field is what one declaration says of it.
        at, fields = flat[0][0], flat[0][1].get("properties", {})
        return {
            name: graph.at(f"{at}/properties/{escape(name)}")
            if name in fields
            else graph.node(_field(name, flat))
            for name in names
        }
    return {name: graph.node(_field(name, flat)) for name in names}


def _named(graph: Graph, flat: Flat, shape: Shape) -> Shape:
    """``shape`` with what the names of its fields must be.

    A list of names closes an object that declares fields; the keys of a map stay data.
    """
    rules = [f"{at}/propertyNames" for at, schema in flat if "propertyNames" in schema]
    names = graph.of_kind(rules, "string")
    if not rules:
        return shape
    if graph.is_under_way(names) or any(own.enum is None or own.residual for own in names.shapes):
        free = not graph.is_under_way(names) and covers(names, "string")
        return shape if free else replace(shape, names=names)
    listed = sorted(str(json_of(v)) for own in names.shapes for v in own.enum or ())
    if not shape.required <= set(listed):
        return replace(shape, bounds=Bounds(1, 0))
    if listed and not shape.properties:
        return replace(shape, names=names)
    fields = {name: graph.node(_field(name, flat)) for name in listed}
    return replace(shape, properties=fields, patterned={}, additional=graph.never())


def _patterns(schema: JsonObject) -> list[str]:
    """The patterns of fields, but for those that every name matches."""
    return [p for p in schema.get("patternProperties", ()) if not _is_for_all(schema, p)]


def _is_for_all(schema: JsonObject, pattern: str) -> bool:
    return matches_all(pattern) and all(matches_all(p) for p in schema["patternProperties"])


def _others(at: str, schema: JsonObject) -> list[str]:
    """What a conjunct says of the fields that it does not declare."""
    every = [p for p in schema.get("patternProperties", ()) if _is_for_all(schema, p)]
    if every:
        return [f"{at}/patternProperties/{escape(pattern)}" for pattern in every]
    keyword = _other_keyword(schema)
    return [] if keyword is None else [f"{at}/{keyword}"]


def _other_keyword(schema: JsonObject) -> str | None:
    if "additionalProperties" in schema:
        return "additionalProperties"
    alone = "unevaluatedProperties" in schema and NEIGHBOURS.isdisjoint(schema)
    return "unevaluatedProperties" if alone else None


def _sees_others(schema: JsonObject) -> bool:
    """Whether what ``unevaluatedProperties`` is about depends on other conjuncts."""
    return "unevaluatedProperties" in schema and _other_keyword(schema) is None


def _unevaluated(flat: Flat) -> Iterator[str]:
    for at, schema in flat:
        if _sees_others(schema):
            yield f"{at}/unevaluatedProperties"


def _tangle(flat: Flat) -> Condition | None:
    """What holds for undeclared fields where that depends on which conjunct says what.

    A name that matches the pattern of one is an additional field of the other, and what an inner
    ``unevaluatedProperties`` sees is not what stands beside it.
    """
    sees = [_sees_others(schema) for _, schema in flat]
    says = [_other_keyword(schema) for _, schema in flat]
    patterns = [sorted(_patterns(schema)) for _, schema in flat]
    crossed = any(
        own and any(said for j, said in enumerate(says) if j != i) for i, own in enumerate(patterns)
    )
    if not (any(sees[1:]) or (any(sees) and any(says)) or crossed):
        return None
    parts = [part for part in zip(says, sees, patterns, strict=True) if any(part)]
    return Condition("allOf", canonical(sorted(parts, key=canonical)).decode())


def _field(name: str, flat: Flat) -> list[str]:
    """Everything that a declared field must satisfy; the declaration itself first."""
    own = [f"{at}/properties/{escape(name)}" for at, s in flat if name in s.get("properties", ())]
    for at, schema in flat:
        matched = name in schema.get("properties", ())
        for pattern in schema.get("patternProperties", ()):
            if matches(pattern, name):
                matched = True
                own.append(f"{at}/patternProperties/{escape(pattern)}")
        keyword = _other_keyword(schema)
        if not matched and keyword is not None:
            own.append(f"{at}/{keyword}")
    return own
