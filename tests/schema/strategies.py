"""Hypothesis strategies for JSON Schemas, small edits of them, and equivalent respellings."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from hypothesis import strategies as st

from ucaudit.schema.document import walk

NAMES = ["a", "b", "c", "kind", "x-d", "e/f~g"]
WORDS = ["a", "b", "cd", "", "A1", "2026-01-02"]
PATTERNS = ["^a", "[0-9]", "^x-", "^$"]
FORMATS = ["date-time", "date", "uuid", "email", "password", "ipv4"]
INTEGER_FORMATS = ["int32", "int64", "uint8"]


def _with(rng: Random, base: dict[str, Any], **optional: list[Any]) -> dict[str, Any]:
    """``base`` with about a third of the optional keywords."""
    chosen = {key: rng.choice(values) for key, values in optional.items() if rng.random() < 0.33}
    return {**base, **chosen}


def _some(rng: Random, values: list[Any], least: int, most: int) -> list[Any]:
    return rng.sample(values, rng.randint(least, min(most, len(values))))


def string(rng: Random) -> Any:
    """A string, or some."""
    if rng.random() < 0.33:
        values = _some(rng, WORDS, 1, 4)
        return rng.choice([{"enum": values}, {"type": "string", "enum": values}])
    return _with(
        rng,
        {"type": "string"},
        minLength=[0, 1, 2, 3],
        maxLength=[2, 3, 5, 8],
        # A format, pattern and length that exclude each other are no schema that a person writes.
        **rng.choice([{"pattern": PATTERNS[:3]}, {"format": FORMATS}]),
    )


def number(rng: Random) -> Any:
    """A number, or some."""
    kind = rng.choice(["integer", "integer", "number"])
    limits: list[Any] = [-3, -1, 0, 1, 2, 5, 8] if kind == "integer" else [-1, 0, 0.5, 1, 2.5, 7]
    if kind == "integer" and rng.random() < 0.25:
        return {"type": kind, "format": rng.choice(INTEGER_FORMATS)}
    if rng.random() < 0.15:
        return {"enum": _some(rng, [0, 1, 1.5, 2, 3.0], 1, 3)}
    return _with(
        rng,
        {"type": kind},
        minimum=limits,
        maximum=limits,
        exclusiveMinimum=limits,
        multipleOf=[1, 2, 3, 0.5],
    )


def _scalar(rng: Random) -> Any:
    choice = rng.randrange(9)
    if choice < 3:
        return string(rng)
    if choice < 6:
        return number(rng)
    if choice == 6:
        return {"const": rng.choice(["a", 1, None, True])}
    if choice == 7:
        return {"enum": _some(rng, ["a", 1, None, True, 1.5, "b"], 1, 4)}
    return rng.choice(
        [{"type": "boolean"}, {"type": "null"}, {"type": ["string", "integer"]}, {}, True]
    )


def nullable(inner: Any, spelling: int) -> Any:
    """``inner`` or null, in one of four spellings."""
    plain = isinstance(inner, dict) and isinstance(inner.get("type"), str)
    if spelling == 0 and plain and not {"enum", "const"} & set(inner):
        return {**inner, "type": [*dict.fromkeys((inner["type"], "null"))]}
    if spelling == 1:
        return {"oneOf": [{"type": "null"}, inner]}
    if spelling == 2:
        return {"anyOf": [inner, {"const": None}]}
    return {"anyOf": [inner, {"type": "null"}]}


def object_of(rng: Random, depth: int) -> dict[str, Any]:
    names = _some(rng, NAMES, 0, 4)
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: part(rng, depth + 1) for name in names},
    }
    required = [name for name in names if rng.random() < 0.5]
    if rng.random() < 0.05:
        required.append("undeclared")
    if required or rng.random() < 0.1:
        schema["required"] = required
    if rng.random() < 0.25:
        schema["additionalProperties"] = rng.choice([True, False, part(rng, depth + 1)])
    if rng.random() < 0.1:
        schema["patternProperties"] = {rng.choice(PATTERNS): part(rng, depth + 1)}
    if rng.random() < 0.1:
        schema[rng.choice(["minProperties", "maxProperties"])] = rng.randint(0, 3)
    if len(names) > 1 and rng.random() < 0.1:
        schema["dependentRequired"] = {names[0]: [names[1]]}
    if rng.random() < 0.07:
        schema["not"] = rng.choice([{"required": ["b"]}, {"$ref": "#/$defs/One"}])
    return schema


def map_of(rng: Random, depth: int) -> Any:
    schema: dict[str, Any] = {"type": "object"}
    if rng.random() < 0.8:
        schema["additionalProperties"] = part(rng, depth + 1)
    names = [{"enum": ["a", "b"]}, {"pattern": "^a"}, {"maxLength": 2}]
    return _with(rng, schema, propertyNames=names, maxProperties=[0, 1, 2, 4])


def list_of(rng: Random, depth: int) -> Any:
    schema: dict[str, Any] = {"type": "array"}
    if rng.random() < 0.9:
        schema["items"] = part(rng, depth + 1)
    if rng.random() < 0.15:
        schema["prefixItems"] = [part(rng, depth + 1) for _ in range(rng.randint(1, 2))]
    return _with(rng, schema, minItems=[0, 1, 2], maxItems=[1, 2, 3], uniqueItems=[True])


def union_of(rng: Random, depth: int) -> Any:
    count = rng.randint(2, 3)
    members = [part(rng, depth + 1) for _ in range(count)]
    if rng.random() < 0.5:
        members = [object_of(rng, depth + 1) for _ in range(count)]
        for tag, member in zip(("one", "two", "three"), members, strict=False):
            member["properties"]["kind"] = {"const": tag}
            member["required"] = [*dict.fromkeys([*member.get("required", []), "kind"])]
    return {rng.choice(["anyOf", "oneOf"]): members}


def part(rng: Random, depth: int = 0) -> Any:
    """A schema that may refer to ``#/$defs/One`` and ``Two``."""
    if depth > 3 or rng.random() < 0.15 + 0.2 * depth:
        return _scalar(rng)
    choice = rng.randrange(10)
    if choice < 3:
        return object_of(rng, depth)
    if choice == 3:
        return {"allOf": [object_of(rng, depth) for _ in range(rng.randint(1, 2))]}
    if choice == 4:
        return {"$ref": f"#/$defs/{rng.choice(['One', 'Two'])}"}
    if choice == 5:
        return nullable(part(rng, depth + 1), rng.randrange(4))
    return rng.choice([list_of, map_of, union_of, list_of])(rng, depth)


def make_schema(rng: Random) -> dict[str, Any]:
    """A whole document: objects, lists, maps, unions, recursion, bounds, enums."""
    root = object_of(rng, 0) if rng.random() < 0.6 else part(rng)
    if not isinstance(root, dict):
        root = {"anyOf": [root]}
    return with_definitions({**root, "$defs": {name: object_of(rng, 1) for name in ("One", "Two")}})


def with_definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with the definitions that it refers to, and no others."""
    rest = {key: value for key, value in schema.items() if key != "$defs"}
    own = {
        name: _without_paradox(part)
        for name, part in schema.get("$defs", {}).items()
        if "properties" in part
    }
    needed: dict[str, Any] = {}
    queue = [rest]
    while queue:
        text = json.dumps(queue.pop())
        for name in ("One", "Two", "Self"):
            if f'"#/$defs/{name}"' in text and name not in needed:
                needed[name] = own.get(name, {"type": "object", "properties": {}})
                queue.append(needed[name])
    return {**rest, "$defs": dict(sorted(needed.items()))} if needed else rest


def _without_paradox(definition: dict[str, Any]) -> dict[str, Any]:
    """Nothing that refuses what it is: no validator comes to an end with it."""
    result = copy.deepcopy(definition)
    for _, place in walk(result):
        if isinstance(place, dict) and "$ref" in json.dumps(place.get("not", {})):
            del place["not"]
    return result


def make_edit(rng: Random, schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with one to three small changes."""
    result = copy.deepcopy(schema)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        places = [place for _, place in walk(result) if isinstance(place, dict)]
        place = rng.choice(places)
        edit(rng, place, whole=place is result)
    return with_definitions(result)


def edit(rng: Random, place: dict[str, Any], *, whole: bool) -> None:
    choice = rng.randrange(8)
    properties = place.get("properties")
    if choice == 0 and isinstance(properties, dict):
        properties[rng.choice([*NAMES, "new"])] = part(rng, 2)
    elif choice == 1 and properties:
        properties.pop(rng.choice(sorted(properties)))
    elif choice == 2 and properties:
        name, required = rng.choice(sorted(properties)), place.get("required", [])
        kept = [other for other in required if other != name]
        place["required"] = kept if name in required else [*required, name]
    elif choice == 3 and isinstance(place.get("enum"), list):
        _edit_enum(rng, place)
    elif choice == 4 and place.get("type") == "object":
        place["additionalProperties"] = rng.choice([True, False, part(rng, 2)])
    elif choice == 5 and isinstance(place.get("type"), str) and not whole:
        own = dict(place)
        _replace(place, rng.choice([{"type": "array", "items": own}, nullable(own, 3)]))
    elif choice == 6 and len(place) > 1:
        place.pop(rng.choice(sorted(set(place) - {"$defs"} or set(place))))
    elif not _edit_bound(rng, place) and not whole:
        _replace(place, part(rng, 2))


def _edit_enum(rng: Random, place: dict[str, Any]) -> None:
    if len(place["enum"]) > 1 and rng.random() < 0.5:
        place["enum"].pop()
    else:
        place["enum"].append(rng.choice(["zz", 17, "other"]))


def _edit_bound(rng: Random, place: dict[str, Any]) -> bool:
    for keyword in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"):
        if keyword in place:
            place[keyword] += rng.choice([-1, 1]) if place[keyword] > 0 else 1
            return True
    return False


def _replace(place: dict[str, Any], other: Any) -> None:
    place.clear()
    place.update(other if isinstance(other, dict) else {})


def make_pair(rng: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two versions of a schema: mostly an edit, sometimes strangers."""
    schema = make_schema(rng)
    return schema, make_schema(rng) if rng.random() < 0.2 else make_edit(rng, schema)


# Seeds instead of draws: a schema is hundreds of choices, and drawing each takes 100 times longer.
SEEDS = st.integers(0, 2**48)


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    """Whole documents."""
    return SEEDS.map(lambda seed: make_schema(Random(seed)))


def pairs() -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
    """Two versions of a document."""
    return SEEDS.map(lambda seed: make_pair(Random(seed)))


def reordered(value: Any, rng: Random) -> Any:
    """``value`` with the keys of all objects in another order."""
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: reordered(value[key], rng) for key in keys}
    return [reordered(item, rng) for item in value] if isinstance(value, list) else value


def respelled(schema: dict[str, Any], rng: Random) -> dict[str, Any]:
    """An equivalent of ``schema``: other words for the same thing, at random places."""
    result = reordered(schema, rng)
    definitions = result.pop("$defs", {})
    names = {name: f"m.{name}{rng.randrange(9)}" for name in definitions}
    keyword = rng.choice(["$defs", "definitions"])
    target = {old: f"#/{keyword}/{new}" for old, new in names.items()}
    whole = {name: _respell(part, rng, target) for name, part in definitions.items()}
    result = _respell(result, rng, target)
    if rng.random() < 0.3:
        whole, result, names = (
            {**whole, "Root": result},
            {"$ref": f"#/{keyword}/Root"},
            {
                **names,
                "Root": "Root",
            },
        )
    return {**result, keyword: {names[n]: p for n, p in whole.items()}} if whole else result


def _respell(schema: Any, rng: Random, target: dict[str, str]) -> Any:
    if not isinstance(schema, dict):
        return {} if schema is True and rng.random() < 0.5 else schema
    result = _respell_below(schema, rng, target)
    for keyword in ("anyOf", "oneOf"):
        rng.shuffle(result.get(keyword, []))
    if "const" in result and rng.random() < 0.5:
        result["enum"] = [result.pop("const")]
    if isinstance(result.get("type"), list) and set(result) == {"type"} and rng.random() < 0.5:
        result = {"anyOf": [{"type": kind} for kind in result["type"]]}
    if result.get("required") == []:
        del result["required"]
    if rng.random() < 0.15:
        result = {"allOf": [result]}
    if rng.random() < 0.1:
        result = {**result, "title": "T", "description": "said otherwise"}
    return result


def _respell_below(schema: dict[str, Any], rng: Random, target: dict[str, str]) -> dict[str, Any]:
    result = dict(schema)
    if "$ref" in result:
        result["$ref"] = target[result["$ref"].rpartition("/")[2]]
    if "$ref" in result.get("not", {}):
        result["not"] = {"$ref": target[result["not"]["$ref"].rpartition("/")[2]]}
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if keyword in result:
            result[keyword] = _respell(result[keyword], rng, target)
    for keyword in ("properties", "patternProperties"):
        if keyword in result:
            result[keyword] = {k: _respell(v, rng, target) for k, v in result[keyword].items()}
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if keyword in result:
            result[keyword] = [_respell(v, rng, target) for v in result[keyword]]
    return result
