"""A conjunction of flat schemas as shapes, one for each JSON type that it allows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ucaudit.jsontypes import Json, JsonObject, canonical
from ucaudit.schema.document import escape
from ucaudit.schema.exclusive import exclude
from ucaudit.schema.joining import join_shapes
from ucaudit.schema.node import ANY_SIZE, KINDS, Bounds, Kind, Node, Shape
from ucaudit.schema.patterns import matches
from ucaudit.schema.values import holds, is_kind, json_of, plain, spell

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph

# (pointer, schema) of each conjunct
Flat = Sequence[tuple[str, JsonObject]]

_NO_INTEGER: Final = tuple(kind for kind in KINDS if kind != "integer")
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
_RESIDUAL: Final[dict[Kind, tuple[str, ...]]] = {
    "array": ("contains", "minContains", "maxContains", "unevaluatedItems"),
    "object": ("dependentRequired", "dependentSchemas", "dependencies"),
}
_OTHERS: Final = frozenset({"patternProperties", "additionalProperties", "unevaluatedProperties"})
_RESIDUAL_ALWAYS: Final = ("not", "if", "then", "else", "$dynamicRef", "$recursiveRef")


def build_shapes(
    graph: Graph, branches: Iterable[tuple[str, ...]], pointer: str
) -> tuple[Shape, ...]:
    """The shapes of a union of conjunctions, without repetitions."""
    shapes: list[Shape] = []
    for branch in branches:
        flat = [(p, graph.document.at(p)) for p in branch]
        for kind in _kinds(flat):
            shape = _shape(graph, kind, flat, branch[0] if branch else pointer)
            if shape is not None and not _is_empty(shape):
                shapes.append(exclude(graph, flat, shape) if graph.literal else shape)
    return tuple(sorted(join_shapes(shapes), key=lambda shape: KINDS.index(shape.kind)))


def _is_empty(shape: Shape) -> bool:
    return shape.bounds.meet(Bounds(len(shape.required) or None)).is_empty


def _kinds(flat: Flat) -> list[Kind]:
    allowed: set[Kind] = set(_NO_INTEGER)
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


def _shape(graph: Graph, kind: Kind, flat: Flat, pointer: str) -> Shape | None:
    enum = _enum(kind, flat)
    if enum == ():
        return None
    asides: list[Node] = []
    residual = _residual(graph, kind, flat, asides)
    common = Shape(kind=kind, enum=enum, residual=residual, asides=tuple(asides), pointer=pointer)
    if kind == "array":
        return _array(graph, flat, common)
    if kind == "object":
        return _object(graph, flat, common)
    shape = common
    if kind in ("integer", "number"):
        shape = _number(flat, common)
    elif kind == "string":
        shape = replace(
            common,
            bounds=_sizes(flat, "minLength", "maxLength"),
            format=next(iter(_formats(flat)), None),
            patterns=tuple(sorted({s["pattern"] for _, s in flat if "pattern" in s})),
        )
    return shape if enum is None else _listed(shape, enum)


def _listed(shape: Shape, enum: tuple[str, ...]) -> Shape | None:
    """A list of scalars says all: what else restricts them only shortens the list."""
    free = replace(shape, enum=None, residual=(), format=None)
    kept = tuple(value for value in enum if holds(free, json_of(value)))
    if not kept:
        return None
    everything = shape.kind == "null" or (shape.kind == "boolean" and len(kept) == 2)
    return Shape(
        kind=shape.kind,
        enum=None if everything else kept,
        format=shape.format,
        residual=shape.residual,
        asides=shape.asides,
        pointer=shape.pointer,
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


def _residual(graph: Graph, kind: Kind, flat: Flat, asides: list[Node]) -> tuple[str, ...]:
    keywords = (*_RESIDUAL_ALWAYS, *_RESIDUAL.get(kind, ()))
    found = []
    for at, schema in flat:
        part = {k: schema[k] for k in keywords if k in schema}
        if part:
            found.append(_without_names(graph, part, at, asides))
    if kind == "string":
        found += [{"format": other} for other in _formats(flat)[1:]]
    if kind == "object" and _entangled(flat):
        found.append({"allOf": [sorted(_OTHERS & set(schema)) for _, schema in flat]})
    return tuple(sorted({canonical(part).decode() for part in found}))


def _entangled(flat: Flat) -> bool:
    """Whether what holds for undeclared fields depends on which conjunct says what.

    A name that matches the pattern of one is an additional field of the other, and what an inner
    ``unevaluatedProperties`` sees is not what stands beside it.
    """
    if any("unevaluatedProperties" in schema for _, schema in flat[1:]):
        return True
    others = [schema for _, schema in flat if not _OTHERS.isdisjoint(schema)]
    return len(others) > 1 and any("patternProperties" in schema for schema in others)


def _without_names(graph: Graph, part: Json, at: str, asides: list[Node]) -> Json:
    """``part`` with each reference replaced by the place in ``asides`` of what it leads to."""
    if isinstance(part, list):
        return [_without_names(graph, item, at, asides) for item in part]
    if not isinstance(part, dict):
        return part
    result: JsonObject = {}
    for key, value in sorted(part.items()):
        if key == "$ref" and isinstance(value, str):
            asides.append(graph.node([graph.document.target(value, at)]))
            result[key] = len(asides) - 1
        else:
            result[key] = _without_names(graph, value, at, asides)
    return result


def _formats(flat: Flat) -> list[str]:
    return sorted({schema["format"] for _, schema in flat if "format" in schema})


def _sizes(flat: Flat, low: str, high: str) -> Bounds:
    bounds = ANY_SIZE
    for _, schema in flat:
        bounds = bounds.meet(Bounds(plain(schema.get(low)), plain(schema.get(high))))
    return bounds


def _number(flat: Flat, common: Shape) -> Shape:
    bounds, kind = Bounds(), common.kind
    formats = _formats(flat)
    if kind == "integer":
        for name in [name for name in formats if name in INTEGER_FORMATS]:
            bounds = bounds.meet(Bounds(*INTEGER_FORMATS[name]))
            formats.remove(name)
    for _, schema in flat:
        low, high = plain(schema.get("minimum")), plain(schema.get("maximum"))
        low_open, high_open = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        # Draft 4 spells exclusiveness as a boolean beside the bound.
        bounds = bounds.meet(Bounds(low, high, low_open is True, high_open is True))
        if not isinstance(low_open, bool):
            bounds = bounds.meet(Bounds(plain(low_open), None, low_open is not None))
        if not isinstance(high_open, bool):
            bounds = bounds.meet(Bounds(None, plain(high_open), False, high_open is not None))
    if common.enum is not None and all(is_kind(json_of(v), "integer") for v in common.enum):
        kind = "integer"
    return replace(
        common,
        kind=kind,
        bounds=bounds.whole() if kind == "integer" else bounds,
        format=next(iter(formats), None),
        multiple_of=tuple(sorted({plain(s["multipleOf"]) for _, s in flat if "multipleOf" in s})),
    )


def _array(graph: Graph, flat: Flat, common: Shape) -> Shape:
    length = max(len(_prefix(schema)[1]) for _, schema in flat) if flat else 0
    places = [graph.node(_item_sources(i, flat)) for i in range(length)]
    return replace(
        common,
        bounds=_sizes(flat, "minItems", "maxItems"),
        items=graph.node(_item_sources(length, flat)),
        prefix=tuple(places),
        unique=any(s.get("uniqueItems") is True for _, s in flat),
    )


def _prefix(schema: JsonObject) -> tuple[str, list[Json]]:
    """Keyword and schemas of the first places; up to draft 2019-09 they are a list of items."""
    items = schema.get("items")
    return ("items", items) if isinstance(items, list) else (
        "prefixItems", schema.get("prefixItems", [])
    )  # fmt: skip


def _item_sources(index: int, flat: Flat) -> list[str]:
    """Everything that the item at ``index`` must satisfy."""
    found = []
    for at, schema in flat:
        keyword, prefix = _prefix(schema)
        after = "additionalItems" if keyword == "items" else "items"
        if index < len(prefix):
            found.append(f"{at}/{keyword}/{index}")
        elif after in schema:
            found.append(f"{at}/{after}")
    return found


def _object(graph: Graph, flat: Flat, common: Shape) -> Shape:
    names = dict.fromkeys(name for _, schema in flat for name in schema.get("properties", ()))
    properties = {name: graph.node(_property_sources(name, flat)) for name in names}
    others = ("additionalProperties", "unevaluatedProperties")
    said = [f"{at}/{key}" for at, schema in flat for key in others if key in schema]
    additional = graph.node(said) if said else None
    if graph.literal and additional is not None and additional.is_any:
        # To the letter, an object that says nothing of other fields is as open as this.
        additional = None
    patterns = dict.fromkeys(p for _, schema in flat for p in schema.get("patternProperties", ()))
    declares = any("properties" in s for _, s in flat)
    name_rules = [f"{at}/propertyNames" for at, s in flat if "propertyNames" in s]
    return replace(
        common,
        bounds=_sizes(flat, "minProperties", "maxProperties"),
        properties=properties,
        required=frozenset(r for _, schema in flat for r in schema.get("required", ())),
        additional=additional,
        patterned={
            pattern: graph.node(
                f"{at}/patternProperties/{escape(pattern)}"
                for at, s in flat
                if pattern in s.get("patternProperties", ())
            )
            for pattern in patterns
        },
        names=graph.node(name_rules) if name_rules else None,
        declares=declares,
        sends_undeclared=graph.literal or not declares,
    )


def _property_sources(name: str, flat: Flat) -> list[str]:
    """Everything that a declared field must satisfy; the declaration itself first."""
    own = [f"{at}/properties/{escape(name)}" for at, s in flat if name in s.get("properties", ())]
    for at, schema in flat:
        matched = name in schema.get("properties", ())
        for pattern in schema.get("patternProperties", ()):
            if matches(pattern, name):
                matched = True
                own.append(f"{at}/patternProperties/{escape(pattern)}")
        if not matched and "additionalProperties" in schema:
            own.append(f"{at}/additionalProperties")
    return own
