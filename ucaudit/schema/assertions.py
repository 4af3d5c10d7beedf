"""Which keywords of a schema restrict values, as they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.document import DEFINITIONS, SUBSCHEMAS
from ucaudit.schema.forms import FORMS

NOTES: Final = (
    "x-audit",
    "default",
    "writeOnly",
    "readOnly",
    "deprecated",
    "discriminator",
    "contentEncoding",
    "contentMediaType",
)
# All other keywords are for people, or unknown and so without effect.
_ASSERTIONS: Final = (frozenset(FORMS) | frozenset(SUBSCHEMAS) | {"items", "const"}) - {
    "$ref", "$anchor", "allOf", "anyOf", "oneOf", *DEFINITIONS, *NOTES
}  # fmt: skip
_APPLIED: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf"})
_TYPES: Final = frozenset({"null", "boolean", "number", "string", "array", "object"})


def _is_blank(value: Json) -> bool:
    return value is True or value == {}


_TESTS: Final[dict[str, Callable[[Json], bool]]] = {
    "type": lambda value: isinstance(value, list) and set(value) >= _TYPES,
    "required": lambda value: value == [],
    "uniqueItems": lambda value: value is False,
    "prefixItems": lambda value: all(map(_is_blank, value)),
    "not": lambda value: value is False,
    **dict.fromkeys(
        ("minLength", "minItems", "minProperties"),
        lambda value: value == 0,
    ),
    **dict.fromkeys(("items", "propertyNames", "unevaluatedItems"), _is_blank),
    **dict.fromkeys(("patternProperties", "dependentRequired"), lambda value: value == {}),
    **dict.fromkeys(("dependentSchemas", "dependencies"), lambda value: value == {}),
}
# They say how others are meant; without those they say nothing.
_COMPANIONS: Final = {
    "minContains": "contains",
    "maxContains": "contains",
    "then": "if",
    "else": "if",
    "additionalItems": "items",
}


def asserted(schema: JsonObject) -> list[str]:
    """The keywords that restrict values without leading to another schema for the same value."""
    return [key for key in schema if key in _ASSERTIONS and not _is_vacuous(schema, key)]


def asks_nothing(schema: Json) -> bool:
    """Whether every value is allowed, without looking at what is referred to."""
    if not isinstance(schema, dict):
        return schema is True
    return _APPLIED.isdisjoint(schema) and not asserted(schema)


def _is_vacuous(schema: JsonObject, keyword: str) -> bool:
    """Whether ``keyword`` restricts nothing in ``schema``."""
    companion = _COMPANIONS.get(keyword)
    if companion is not None:
        return companion not in schema
    test = _TESTS.get(keyword)
    return test is not None and test(schema[keyword])
