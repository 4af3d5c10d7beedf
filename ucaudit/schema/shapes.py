"""A conjunction of flat schemas as shapes, one for each JSON type that it allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ucaudit.jsontypes import JsonObject, canonical
from ucaudit.schema.conditions import Case, cases, required, undecided
from ucaudit.schema.exclusive import exclude
from ucaudit.schema.fields import object_shape
from ucaudit.schema.flat import Flat, sizes
from ucaudit.schema.implied import settle
from ucaudit.schema.joining import join_shapes
from ucaudit.schema.lists import list_shape
from ucaudit.schema.node import KINDS, Bounds, Condition, Kind, Shape
from ucaudit.schema.patterns import matches_all
from ucaudit.schema.subtraction import subtract
from ucaudit.schema.values import is_kind, plain, spell

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph

_NO_INTEGER: Final = frozenset(kind for kind in KINDS if kind != "integer")
INTEGER_FORMATS: Final = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
# Formats that are defined for strings, and so say nothing of numbers.
_TEXT_FORMATS: Final = frozenset(
    {"date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname",
     "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid",
     "json-pointer", "relative-json-pointer", "regex", "byte", "binary"}
)  # fmt: skip


def build_shapes(
    graph: Graph, branches: Iterable[tuple[str, ...]], pointer: str, only: Kind | None = None
) -> tuple[Shape, ...]:
    """The shapes of a union of conjunctions, without repetitions.

    Args:
        graph: The document.
        branches: The conjunctions: where their schemas stand.
        pointer: Where a conjunction of nothing stands.
        only: The one type that is asked about.
    """
    every = _NO_INTEGER if only is None else frozenset({only})
    shapes: list[Shape] = []
    for branch in branches:
        at = branch[0] if branch else pointer
        for kind in _kinds(_flat(graph, branch), every):
            for case in cases(graph, kind, branch):
                shapes.extend(_shapes(graph, kind, case, at))
    return tuple(sorted(join_shapes(shapes), key=lambda shape: KINDS.index(shape.kind)))


def _flat(graph: Graph, pointers: Iterable[str]) -> Flat:
    return [(p, graph.document.at(p)) for p in pointers]


def _kinds(flat: Flat, among: Iterable[Kind]) -> list[Kind]:
    allowed: set[Kind] = set(among)
    for _, schema in flat:
        listed = schema.get("type")
        if listed is None:
            continue
        named = {listed} if isinstance(listed, str) else set(listed)
        if "number" in named:
            named.discard("integer")
        if "integer" in named and "number" in allowed:
            allowed.add("integer")
        if "number" in named and "integer" in allowed and "number" not in allowed:
            named = (named - {"number"}) | {"integer"}
        allowed &= named
    return [kind for kind in KINDS if kind in allowed]


def _shapes(graph: Graph, kind: Kind, case: Case, pointer: str) -> Iterator[Shape]:
    """The shapes of one conjunction for one type: several where something was taken out of it."""
    flat = _flat(graph, case.pointers)
    for own in _kinds(flat, (kind,)) if case.seen or kind == "number" else (kind,):
        enum = _enum(own, flat)
        if enum == ():
            continue
        present = required(graph, case) if own == "object" else frozenset[str]()
        residual = undecided(graph, case, present)
        common = Shape(kind=own, enum=enum, residual=residual, required=present, pointer=pointer)
        shapes = [_shape(graph, flat, common)]
        for denied in case.denied:
            shapes = [left for shape in shapes for left in subtract(graph, shape, denied)]
        settled = (settle(graph, shape) for shape in shapes)
        left = (shape for shape in settled if shape is not None)
        yield from (exclude(graph, flat, shape) for shape in left) if graph.literal else left


def _shape(graph: Graph, flat: Flat, common: Shape) -> Shape:
    if common.kind == "array":
        return list_shape(graph, flat, common)
    if common.kind == "object":
        return object_shape(graph, flat, common)
    if common.kind in ("integer", "number"):
        return _number(flat, common)
    if common.kind != "string":
        return common
    return _text(flat, common)


def _text(flat: Flat, common: Shape) -> Shape:
    formats = _formats(flat)
    others = (Condition("format", canonical(other).decode()) for other in formats[1:])
    patterns = {s["pattern"] for _, s in flat if "pattern" in s}
    return replace(
        common,
        bounds=sizes(flat, "minLength", "maxLength"),
        format=next(iter(formats), None),
        patterns=tuple(sorted(p for p in patterns if not matches_all(p))),
        residual=(*common.residual, *others),
    )


def _enum(kind: Kind, flat: Flat) -> tuple[str, ...] | None:
    allowed: set[str] | None = None
    for _, schema in flat:
        for values in (schema.get("enum"), [schema["const"]] if "const" in schema else None):
            if values is None:
                continue
            own = {spell(v) for v in values if is_kind(v, kind)}
            allowed = own if allowed is None else allowed & own
    return None if allowed is None else tuple(sorted(allowed))


def _formats(flat: Flat) -> list[str]:
    return sorted({schema["format"] for _, schema in flat if "format" in schema})


def _number(flat: Flat, common: Shape) -> Shape:
    bounds = Bounds()
    formats = [name for name in _formats(flat) if name not in _TEXT_FORMATS]
    if common.kind == "integer":
        for name in [name for name in formats if name in INTEGER_FORMATS]:
            bounds = bounds.meet(Bounds(*INTEGER_FORMATS[name]))
            formats.remove(name)
    for _, schema in flat:
        bounds = bounds.meet(_limits(schema))
    return replace(
        common,
        bounds=bounds,
        format=next(iter(formats), None),
        multiple_of=tuple(sorted({plain(s["multipleOf"]) for _, s in flat if "multipleOf" in s})),
    )


def _limits(schema: JsonObject) -> Bounds:
    low, high = plain(schema.get("minimum")), plain(schema.get("maximum"))
    low_open, high_open = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    # Draft 4 spells exclusiveness as a boolean beside the bound.
    bounds = Bounds(low, high, low_open is True, high_open is True)
    if not isinstance(low_open, bool):
        bounds = bounds.meet(Bounds(plain(low_open), None, low_open is not None))
    if not isinstance(high_open, bool):
        bounds = bounds.meet(Bounds(None, plain(high_open), False, high_open is not None))
    return bounds
