"""What the value of each keyword must look like, so that nothing after it needs to ask.

Laxer than any one meta-schema, since documents seldom name their dialect: the booleans of draft 4
and the tuples of draft 7 pass beside the keywords of 2020-12.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ucaudit.jsontypes import Json
from ucaudit.schema.patterns import readable

_KINDS: Final = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


@dataclass(frozen=True, slots=True)
class Form:
    """What a keyword's value must be: a test, and the same in words."""

    fits: Callable[[Json], bool]
    words: str


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_size(value: Json) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_type(value: Json) -> bool:
    kinds = [value] if isinstance(value, str) else value
    return isinstance(kinds, list) and bool(kinds) and all(_is_kind(kind) for kind in kinds)


def _is_kind(value: Json) -> bool:
    return isinstance(value, str) and value in _KINDS


def _is_names(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_schemas(value: Json) -> bool:
    return isinstance(value, list) and bool(value)


def _is_hints(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("renamed_from", ""), str)


_STRING: Final = Form(lambda value: isinstance(value, str), "a string")
_BOOLEAN: Final = Form(lambda value: isinstance(value, bool), "true or false")
_NUMBER: Final = Form(_is_number, "a number")
_LIMIT: Final = Form(lambda value: isinstance(value, bool) or _is_number(value), "a number")
_SIZE: Final = Form(_is_size, "a whole number, zero or more")
_OBJECT: Final = Form(lambda value: isinstance(value, dict), "an object")
_MAP: Final = Form(lambda value: isinstance(value, dict), "an object of schemas")
_LIST: Final = Form(_is_schemas, "a list of at least one schema")
_PATTERN: Final = Form(
    lambda value: isinstance(value, str) and readable(value), "a regular expression"
)

FORMS: Final[dict[str, Form]] = {
    "type": Form(_is_type, "a JSON type or a list of them"),
    "enum": Form(lambda value: isinstance(value, list) and bool(value), "a list of values"),
    "required": Form(_is_names, "a list of names"),
    "multipleOf": Form(lambda value: _is_number(value) and value > 0, "a number above zero"),
    "pattern": _PATTERN,
    "patternProperties": Form(
        lambda value: isinstance(value, dict) and all(readable(pattern) for pattern in value),
        "an object of schemas by regular expression",
    ),
    "dependentRequired": Form(
        lambda value: isinstance(value, dict) and all(_is_names(names) for names in value.values()),
        "an object of lists of names",
    ),
    "x-audit": Form(_is_hints, "an object, its renamed_from a name"),
    **dict.fromkeys(("$ref", "$dynamicRef", "$recursiveRef", "$anchor", "format"), _STRING),
    **dict.fromkeys(("uniqueItems", "writeOnly", "readOnly"), _BOOLEAN),
    **dict.fromkeys(("minimum", "maximum"), _NUMBER),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _LIMIT),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _SIZE),
    **dict.fromkeys(("minProperties", "maxProperties", "minContains", "maxContains"), _SIZE),
    **dict.fromkeys(("properties", "dependentSchemas", "$defs", "definitions"), _MAP),
    **dict.fromkeys(("dependencies", "discriminator"), _OBJECT),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _LIST),
    "prefixItems": Form(lambda value: isinstance(value, list), "a list of schemas"),
}
"""Forms by keyword; whether subschemas are schemas is asked where they stand."""
