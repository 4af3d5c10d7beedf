"""Equivalent respellings of a JSON Schema: small ones, several at once, at random places.

Each respelling is a function of one schema object that returns what to write instead, or ``None``
where it has nothing to say.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from ucaudit.schema.document import walk

Schema = dict[str, Any]
Respelling = Callable[[Schema, Random, Schema], Schema | None]

_APPLIED = {"$ref", "allOf", "anyOf", "oneOf", "if", "dependentSchemas"}
# What may move into a member of ``allOf``, each group as a whole.
_GROUPS = [
    ("minLength",), ("maxLength",), ("pattern",), ("minimum",), ("maximum",), ("multipleOf",),
    ("exclusiveMinimum",), ("enum",), ("const",), ("type",), ("required",), ("minProperties",),
    ("maxProperties",), ("propertyNames",), ("dependentRequired",), ("not",), ("minItems",),
    ("maxItems",), ("uniqueItems",), ("prefixItems", "items"), ("contains",), ("anyOf",),
    ("oneOf",),
]  # fmt: skip
_VACUOUS: Schema = {
    "minLength": 0, "minItems": 0, "minProperties": 0, "uniqueItems": False, "required": [],
    "not": False, "then": {"type": "null"}, "else": False, "maxContains": 0, "$comment": "x",
    "title": "T", "description": "said otherwise", "patternProperties": {}, "propertyNames": True,
    "dependentRequired": {}, "dependentSchemas": {"zz": True}, "items": {},
}  # fmt: skip
_OF_TYPE = {
    "string": {"minLength", "maxLength", "pattern", "format"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "multipleOf", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "multipleOf", "format"},
    "boolean": set(),
    "null": set(),
}
_ELSEWHERE: Schema = {
    "minLength": 3, "minimum": 7, "required": ["q"], "items": False, "maxProperties": 0,
    "properties": {"q": False}, "pattern": "^never$", "contains": False, "multipleOf": 17,
}  # fmt: skip


def respell(schema: Schema, rng: Random) -> Schema:
    """An equivalent of ``schema``."""
    result = copy.deepcopy(schema)
    for _ in range(rng.randint(1, 6)):
        # A double negation is read as one where it is written as one: it is left as it is.
        places = [
            place
            for pointer, place in walk(result)
            if isinstance(place, dict) and not pointer.endswith("/not")
        ]
        place = rng.choice(places)
        definitions = place.pop("$defs", None)
        other = rng.choice(RESPELLINGS)(copy.deepcopy(place), rng, result | _kept(definitions))
        if other is not None:
            place.clear()
            place.update(other)
        if definitions is not None:
            place["$defs"] = definitions
    return result


def _kept(definitions: Schema | None) -> Schema:
    return {} if definitions is None else {"$defs": definitions}


def wrap(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """The same inside what says nothing of its own."""
    return rng.choice(
        [
            {"allOf": [schema]},
            {"allOf": [True, schema]},
            {"anyOf": [schema]},
            {"anyOf": [schema, False]},
            {"oneOf": [schema]},
            {"not": {"not": schema}},
            {"if": True, "then": schema},
            {"if": False, "then": False, "else": schema},
            {"if": {"type": "null"}, "then": schema, "else": copy.deepcopy(schema)},
        ]
    )


def split(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """One keyword in a member of ``allOf``."""
    present = [group for group in _GROUPS if group[-1] in schema]
    if not present or not {"unevaluatedProperties", "unevaluatedItems"}.isdisjoint(schema):
        return None
    moved = {key: schema.pop(key) for key in rng.choice(present) if key in schema}
    return {**schema, "allOf": [*schema.get("allOf", []), moved]}


def say_nothing_more(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """A keyword that asks for nothing."""
    keyword = rng.choice(sorted(_VACUOUS))
    if keyword in schema or ("if" in schema and keyword in ("then", "else")):
        return None
    if "contains" in schema or (keyword == "items" and "unevaluatedItems" in schema):
        return None
    if keyword == "dependentSchemas" and "unevaluatedProperties" in schema:
        return None
    return {**schema, keyword: copy.deepcopy(_VACUOUS[keyword])}


def say_what_does_not_apply(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """A keyword for values of another type."""
    own = _OF_TYPE.get(str(schema.get("type")))
    keyword = rng.choice(sorted(_ELSEWHERE))
    if own is None or keyword in own or keyword in schema:
        return None
    return {**schema, keyword: _ELSEWHERE[keyword]}


def list_values(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """``const`` and ``enum`` in another way."""
    if "const" in schema and "enum" not in schema:
        return {**schema, "enum": [schema.pop("const")]}
    if not isinstance(schema.get("enum"), list):
        return None
    values = [*schema["enum"], schema["enum"][0]]
    rng.shuffle(values)
    if rng.random() < 0.5 or not {"anyOf", "const"}.isdisjoint(schema):
        return {**schema, "enum": values}
    del schema["enum"]
    return {**schema, "anyOf": [{"const": value} for value in values]}


def list_types(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """``type`` in another way."""
    kinds = schema.get("type")
    if kinds is None:
        return None
    if isinstance(kinds, str):
        return {**schema, "type": [kinds]}
    shuffled = rng.sample(kinds, len(kinds))
    if "anyOf" in schema or rng.random() < 0.5:
        return {**schema, "type": shuffled}
    del schema["type"]
    return {**schema, "anyOf": [{"type": kind} for kind in shuffled]}


def exclude(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """A limit of integers written as the one beyond it, or as what is not allowed."""
    if schema.get("type") != "integer" or "minimum" not in schema:
        return None
    low = schema.pop("minimum")
    if "exclusiveMinimum" not in schema and rng.random() < 0.5:
        return {**schema, "exclusiveMinimum": low - 1}
    return None if "not" in schema else {**schema, "not": {"exclusiveMaximum": low}}


def divide(schema: Schema, _: Random, __: Schema) -> Schema | None:
    """What every integer is a multiple of."""
    if schema.get("type") != "integer" or "multipleOf" in schema:
        return None
    return {**schema, "multipleOf": 1}


def leave_unevaluated(schema: Schema, _: Random, __: Schema) -> Schema | None:
    """Where nothing stands beside, what is not evaluated is what is additional."""
    if not _APPLIED.isdisjoint(schema):
        return None
    if "additionalProperties" in schema:
        return {**schema, "unevaluatedProperties": schema.pop("additionalProperties")}
    if "items" in schema and "contains" not in schema:
        return {**schema, "unevaluatedItems": schema.pop("items")}
    return None


def depend(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """Fields that need others, in another way."""
    needs = schema.get("dependentRequired")
    if not needs or "unevaluatedProperties" in schema:
        return None
    del schema["dependentRequired"]
    if "dependentSchemas" not in schema and rng.random() < 0.5:
        return {**schema, "dependentSchemas": {n: {"required": f} for n, f in needs.items()}}
    conditions = [
        {"if": {"required": [name]}, "then": {"required": fields}} for name, fields in needs.items()
    ]
    return {**schema, "allOf": [*schema.get("allOf", []), *conditions]}


def rearrange(schema: Schema, rng: Random, _: Schema) -> Schema | None:
    """Members of a union in another order, repeated, or in a union of their own."""
    keyword = next((key for key in ("anyOf", "oneOf") if key in schema), None)
    if keyword is None:
        return None
    members = rng.sample(schema[keyword], len(schema[keyword]))
    choice = rng.randrange(3)
    if choice == 0 and keyword == "anyOf":
        members.append(copy.deepcopy(members[0]))
    elif choice == 1:
        members = [{keyword: members[:1]}, *members[1:]]
    return {**schema, keyword: members}


def inline(schema: Schema, _: Random, root: Schema) -> Schema | None:
    """What a reference leads to, instead of the reference."""
    ref = schema.get("$ref", "")
    if not ref.startswith("#/$defs/") or set(schema) != {"$ref"}:
        return None
    return copy.deepcopy(root["$defs"][ref.removeprefix("#/$defs/")])


RESPELLINGS: list[Respelling] = [
    wrap, split, say_nothing_more, say_what_does_not_apply, list_values, list_types, exclude,
    divide, leave_unevaluated, depend, rearrange, inline,
]  # fmt: skip
