"""Keywords that ask for nothing, as they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ucaudit.jsontypes import Json, JsonObject

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


def is_vacuous(schema: JsonObject, keyword: str) -> bool:
    """Whether ``keyword`` restricts nothing in ``schema``."""
    companion = _COMPANIONS.get(keyword)
    if companion is not None:
        return companion not in schema
    test = _TESTS.get(keyword)
    return test is not None and test(schema[keyword])

