"""What most schemas are, told at a glance: a plain type, perhaps with a length, a format or a list.

Says the same as the long way (``shapes``), or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.assertions import NOTES
from ucaudit.schema.node import ANY_SIZE, Bounds, Shape
from ucaudit.schema.patterns import matches_all
from ucaudit.schema.values import plain, spell

_SILENT: Final = frozenset(
    {"description", "title", "examples", "example", "$comment", "x-proto-number", *NOTES}
)
_LIMITED: Final = frozenset({"type", "minLength", "maxLength", "format", "pattern"}) | _SILENT
_LISTED: Final = frozenset({"type", "enum"}) | _SILENT
_BARE: Final = frozenset({"type"}) | _SILENT
# Each of these alone leaves some value of its type.
_HARMLESS: Final = (
    frozenset({"type", "format", "pattern", "properties", "additionalProperties", "items"})
    | frozenset({"patternProperties", "uniqueItems", "prefixItems", "multipleOf"})
    | _SILENT
)
_ENDS: Final = (
    frozenset({"minLength", "maxLength"}),
    frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
)
_UNIONS: Final = ("anyOf", "oneOf")
_DEEPEST: Final = 4


def leaf(schema: JsonObject, pointer: str) -> Shape | None:
    """The only shape of ``schema``, if it is a plain scalar; ``None`` where that is not plain."""
    kind = schema.get("type")
    keys = schema.keys()
    if kind == "string":
        if keys <= _LISTED and "enum" in schema:
            return _listed(schema["enum"], pointer)
        return _text(schema, pointer) if keys <= _LIMITED else None
    if kind in ("boolean", "integer", "number") and keys <= _BARE:
        return Shape(kind, pointer=pointer)
    return None


def _listed(values: list[Json], pointer: str) -> Shape | None:
    if not all(isinstance(value, str) for value in values):
        return None
    return Shape("string", tuple(sorted({spell(value) for value in values})), pointer=pointer)


def _text(schema: JsonObject, pointer: str) -> Shape | None:
    low, high = plain(schema.get("minLength", 0)), plain(schema.get("maxLength"))
    if high is not None and low > high:
        return None
    pattern = schema.get("pattern")
    return Shape(
        "string",
        bounds=ANY_SIZE if not low and high is None else Bounds(low, high),
        format=schema.get("format"),
        patterns=() if pattern is None or matches_all(pattern) else (pattern,),
        pointer=pointer,
    )


def surely_allows(schema: Json, follow: Callable[[str], Json], depth: int = _DEEPEST) -> bool:
    """Whether it is plain that some value is allowed, without looking any closer.

    Args:
        schema: A schema.
        follow: Gives the schema that a reference leads to.
        depth: How many schemas may be looked at on the way down.
    """
    if not isinstance(schema, dict) or not depth:
        return schema is True
    asking = schema.keys() - _SILENT
    if len(asking) == 1:
        (only,) = asking
        if only == "$ref":
            return surely_allows(follow(schema["$ref"]), follow, depth - 1)
        if only in _UNIONS:
            return any(surely_allows(member, follow, depth - 1) for member in schema[only])
    rest = asking - _HARMLESS
    if "required" in rest:
        # A pattern may forbid what a declaration allows.
        fields = schema.get("properties", {}) if "patternProperties" not in asking else {}
        rest = rest - {"required"}
        if not all(
            name in fields and surely_allows(fields[name], follow, depth - 1)
            for name in schema["required"]
        ):
            return False
    if rest == {"enum"} and schema.get("type", "string") == "string":
        return any(isinstance(value, str) for value in schema["enum"])
    return all(any(end in ends for ends in _ENDS) for end in rest) and all(
        len(rest & ends) < 2 for ends in _ENDS
    )
