"""A conjunction of flat schemas as shapes, one for each JSON type that it allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject, canonical
from ucaudit.schema.document import escape
from ucaudit.schema.node import ANY_SIZE, Bounds, Kind, Shape

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph

# (pointer, schema) of each conjunct
Flat = Sequence[tuple[str, JsonObject]]

_ORDER: Final[tuple[Kind, ...]] = (
    "null", "boolean", "integer", "number", "string", "array", "object",
)  # fmt: skip
_NO_INTEGER: Final = tuple(kind for kind in _ORDER if kind != "integer")
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
_RESIDUAL_ALWAYS: Final = ("not", "if", "then", "else")


def build_shapes(
    graph: Graph, branches: Iterable[tuple[str, ...]], pointer: str
) -> tuple[Shape, ...]:
    """The shapes of a union of conjunctions, without repetitions."""
    shapes: list[Shape] = []
    for branch in branches:
        flat = [(p, graph.document.at(p)) for p in branch]
        for kind in _kinds(flat):
            shape = _shape(graph, kind, flat, branch[0] if branch else pointer)
            if shape is not None:
                shapes.append(shape)
    return tuple(sorted(_absorb(shapes), key=lambda shape: _ORDER.index(shape.kind)))


def _absorb(shapes: list[Shape]) -> list[Shape]:
    """Drops repetitions, and alternatives that another of the same type includes."""
    kept: list[Shape] = []
    for shape in shapes:
        if shape in kept:
            continue
        if any(
            _includes(other, shape) for other in shapes if other is not shape and other != shape
        ):
            continue
        kept.append(shape)
    return _join_enums(kept)


def _includes(wide: Shape, narrow: Shape) -> bool:
    if wide.kind not in (narrow.kind, "number" if narrow.kind == "integer" else ""):
        return False
    if wide.kind in ("array", "object"):
        return False
    blank = wide.enum is None and not (
        wide.patterns or wide.multiple_of or wide.residual or wide.format
    )
    return blank and wide.bounds.holds(narrow.bounds)


def _join_enums(shapes: list[Shape]) -> list[Shape]:
    """Alternatives that only list values of one type are one list of values."""
    joined: list[Shape] = []
    for shape in shapes:
        twin = next((s for s in joined if _only_lists(s) and s.kind == shape.kind), None)
        if twin is None or not _only_lists(shape):
            joined.append(shape)
            continue
        values = tuple(sorted({*(twin.enum or ()), *(shape.enum or ())}))
        joined[joined.index(twin)] = Shape(kind=twin.kind, enum=values, pointer=twin.pointer)
    return joined


def _only_lists(shape: Shape) -> bool:
    return shape.enum is not None and not shape.residual and shape.kind not in ("array", "object")


def kind_of(value: Json) -> Kind:
    """The JSON type of ``value``; a number without fraction is an integer (JSON Schema 2020-12)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


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
    return [kind for kind in _ORDER if kind in allowed]


def _shape(graph: Graph, kind: Kind, flat: Flat, pointer: str) -> Shape | None:
    enum = _enum(kind, flat)
    if enum == ():
        return None
    residual = _residual(kind, flat)
    if kind in ("null", "boolean"):
        both = kind == "boolean" and enum is not None and set(enum) == {"true", "false"}
        return Shape(
            kind=kind,
            enum=None if kind == "null" or both else enum,
            residual=residual,
            pointer=pointer,
        )
    if kind in ("integer", "number"):
        return _number(kind, flat, enum, residual, pointer)
    if kind == "string":
        return Shape(
            kind=kind,
            enum=enum,
            bounds=_sizes(flat, "minLength", "maxLength"),
            format=_first(flat, "format"),
            patterns=tuple(sorted({s["pattern"] for _, s in flat if "pattern" in s})),
            residual=residual,
            pointer=pointer,
        )
    if kind == "array":
        return _array(graph, flat, enum, residual, pointer)
    return _object(graph, flat, enum, residual, pointer)


def _enum(kind: Kind, flat: Flat) -> tuple[str, ...] | None:
    allowed: set[str] | None = None
    for _, schema in flat:
        for values in (schema.get("enum"), [schema["const"]] if "const" in schema else None):
            if values is None:
                continue
            own = {canonical(v).decode() for v in values if _is(v, kind)}
            allowed = own if allowed is None else allowed & own
    return None if allowed is None else tuple(sorted(allowed))


def _is(value: Json, kind: Kind) -> bool:
    actual = kind_of(value)
    return actual == kind or (kind == "number" and actual == "integer")


def _residual(kind: Kind, flat: Flat) -> tuple[str, ...]:
    keywords = (*_RESIDUAL_ALWAYS, *_RESIDUAL.get(kind, ()))
    found = ({k: s[k] for k in keywords if k in s} for _, s in flat)
    return tuple(sorted(canonical(part).decode() for part in found if part))


def _first(flat: Flat, keyword: str) -> str | None:
    return next((s[keyword] for _, s in flat if isinstance(s.get(keyword), str)), None)


def _sizes(flat: Flat, low: str, high: str) -> Bounds:
    bounds = ANY_SIZE
    for _, schema in flat:
        bounds = bounds.meet(Bounds(schema.get(low), schema.get(high)))
    return bounds


def _number(
    kind: Kind, flat: Flat, enum: tuple[str, ...] | None, residual: tuple[str, ...], pointer: str
) -> Shape:
    bounds = Bounds()
    format_ = _first(flat, "format")
    if kind == "integer" and format_ in INTEGER_FORMATS:
        bounds = Bounds(*INTEGER_FORMATS[format_])
    for _, schema in flat:
        low, high = schema.get("minimum"), schema.get("maximum")
        low_open, high_open = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        # Draft 4 spells exclusiveness as a boolean beside the bound.
        bounds = bounds.meet(Bounds(low, high, low_open is True, high_open is True))
        if not isinstance(low_open, bool):
            bounds = bounds.meet(Bounds(low_open, None, low_open is not None))
        if not isinstance(high_open, bool):
            bounds = bounds.meet(Bounds(None, high_open, False, high_open is not None))
    divisors = {s["multipleOf"] for _, s in flat if "multipleOf" in s}
    if enum is not None and all("." not in value and "e" not in value for value in enum):
        kind = "integer"
    return Shape(
        kind=kind,
        enum=enum,
        bounds=bounds,
        format=None if kind == "integer" and format_ in INTEGER_FORMATS else format_,
        multiple_of=tuple(sorted(divisors)),
        residual=residual,
        pointer=pointer,
    )


def _array(
    graph: Graph, flat: Flat, enum: tuple[str, ...] | None, residual: tuple[str, ...], pointer: str
) -> Shape:
    rest: list[str] = []
    places: list[list[str]] = []
    for at, schema in flat:
        items = schema.get("items")
        key = "items" if isinstance(items, list) else "prefixItems"
        prefix = schema.get(key, [])
        for i in range(len(prefix)):
            while len(places) <= i:
                places.append([])
            places[i].append(f"{at}/{key}/{i}")
        after = "additionalItems" if isinstance(items, list) else "items"
        if after in schema:
            rest.append(f"{at}/{after}")
    return Shape(
        kind="array",
        enum=enum,
        bounds=_sizes(flat, "minItems", "maxItems"),
        items=graph.node(rest),
        prefix=tuple(graph.node([*place]) for place in places),
        unique=any(s.get("uniqueItems") is True for _, s in flat),
        residual=residual,
        pointer=pointer,
    )


def _object(
    graph: Graph, flat: Flat, enum: tuple[str, ...] | None, residual: tuple[str, ...], pointer: str
) -> Shape:
    names = dict.fromkeys(name for _, schema in flat for name in schema.get("properties", ()))
    properties = {name: graph.node(_property_sources(name, flat)) for name in names}
    others = ("additionalProperties", "unevaluatedProperties")
    additional = [f"{at}/{key}" for at, schema in flat for key in others if key in schema]
    patterns = dict.fromkeys(p for _, schema in flat for p in schema.get("patternProperties", ()))
    name_rules = [f"{at}/propertyNames" for at, s in flat if "propertyNames" in s]
    return Shape(
        kind="object",
        enum=enum,
        bounds=_sizes(flat, "minProperties", "maxProperties"),
        properties=properties,
        required=frozenset(r for _, schema in flat for r in schema.get("required", ())),
        additional=graph.node(additional) if additional else None,
        patterned={
            pattern: graph.node(
                f"{at}/patternProperties/{escape(pattern)}"
                for at, s in flat
                if pattern in s.get("patternProperties", ())
            )
            for pattern in patterns
        },
        names=graph.node(name_rules) if name_rules else None,
        declares=any("properties" in s for _, s in flat),
        residual=residual,
        pointer=pointer,
    )


def _property_sources(name: str, flat: Flat) -> list[str]:
    """Everything that a declared field must satisfy; the declaration itself first."""
    own = [f"{at}/properties/{escape(name)}" for at, s in flat if name in s.get("properties", ())]
    for at, schema in flat:
        matched = name in schema.get("properties", ())
        for pattern in schema.get("patternProperties", ()):
            if _matches(pattern, name, at):
                matched = True
                own.append(f"{at}/patternProperties/{escape(pattern)}")
        if not matched and "additionalProperties" in schema:
            own.append(f"{at}/additionalProperties")
    return own


def _matches(pattern: str, name: str, at: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error as error:
        raise InputError(
            "pattern-unreadable",
            f"The regular expression {pattern!r} cannot be read.",
            where=f"#{at}/patternProperties",
            why=str(error),
            fix="Mend the expression.",
        ) from error
