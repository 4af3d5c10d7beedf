"""Documents that a producer of a raw JSON Schema sends, made without ucaudit's own normal form."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from ucaudit.jsontypes import canonical

_BOUNDS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1), "uint8": (0, 255)}
_FORMATS = {
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "uuid": "6f1c2e9a-3b5d-4c7e-8f90-a1b2c3d4e5f6",
    "email": "a@example.org",
    "ipv4": "192.0.2.1",
}
_STRINGS = ["a", "b", "cd", "", "A1", "2026-01-02", "aaa", "x-1", "0", "zzzzzzzz", "one", "two"]
_NUMBERS = [-4, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 6, 7, 8, 9, 12, 300, 2**31, 2**40, 2**63]
_KEYS = ["a", "b", "c", "kind", "x-d", "zz", "0", "ab", "new", "undeclared", ""]


class Stuck(Exception):  # noqa: N818  (another way is tried)
    """No value was found on this way."""


def lowered(schema: Any, *, lenient: bool) -> Any:
    """Integer formats as bounds; with ``lenient``, ``oneOf`` as ``anyOf``."""
    if isinstance(schema, list):
        return [lowered(item, lenient=lenient) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: lowered(value, lenient=lenient) for key, value in schema.items()}
    if result.get("format") in _BOUNDS and "integer" in str(result.get("type")):
        low, high = _BOUNDS[result["format"]]
        result["minimum"] = max(low, result.get("minimum", low))
        result["maximum"] = min(high, result.get("maximum", high))
    if lenient and isinstance(result.get("oneOf"), list):
        result["allOf"] = [*result.get("allOf", []), {"anyOf": result.pop("oneOf")}]
    return result


def validator(schema: Any, *, lenient: bool = True) -> Any:
    """The independent judge of ``schema``."""
    return _validator(canonical(lowered(schema, lenient=lenient)))


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:
    return jsonschema_rs.validator_for(schema.decode(), validate_formats=True, offline=True)


def documents(schema: Any, rng: random.Random, count: int) -> Iterator[Any]:
    """Up to ``count`` documents that a closed producer of ``schema`` sends.

    Valid however ``oneOf`` is read: within ``not``, the lenient reading is the stricter one.
    """
    judges = [validator(schema, lenient=lenient) for lenient in (False, True)]
    for _ in range(count):
        try:
            document = _value([schema], schema, rng, 0)
        except Stuck:
            continue
        if all(judge.is_valid(document) for judge in judges):
            yield document


def _flatten(schema: Any, root: Any, rng: random.Random, depth: int) -> list[dict[str, Any]]:
    """One branch of ``schema``: the flat schemas that must hold together."""
    if schema is True:
        return []
    if schema is False or depth > 60:
        raise Stuck
    found = [schema]
    if "$ref" in schema:
        found += _flatten(_resolve(schema["$ref"], root), root, rng, depth + 1)
    for member in schema.get("allOf", []):
        found += _flatten(member, root, rng, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            found += _flatten(rng.choice(schema[keyword]), root, rng, depth + 1)
    return found


def _resolve(ref: str, root: Any) -> Any:
    value = root
    for token in unquote(ref.removeprefix("#")).split("/")[1:]:
        value = value[token.replace("~1", "/").replace("~0", "~")]
    return value


def _value(schemas: list[Any], root: Any, rng: random.Random, depth: int) -> Any:
    if depth > 12:
        raise Stuck
    flat = [part for schema in schemas for part in _flatten(schema, root, rng, 0)]
    for part in flat:
        if "const" in part:
            return copy.deepcopy(part["const"])
        if "enum" in part:
            return copy.deepcopy(rng.choice(part["enum"]))
    kinds = {"null", "boolean", "integer", "number", "string", "array", "object"}
    for part in flat:
        named = part.get("type", sorted(kinds))
        named = {named} if isinstance(named, str) else set(named)
        kinds &= named | ({"integer"} if "number" in named else set())
    if not kinds:
        raise Stuck
    value = _of_kind(rng.choice(sorted(kinds)), flat, root, rng, depth)
    # An open member of a union would excuse what the chosen one does not allow.
    whole = {"allOf": [_own(part) for part in flat], "$defs": root.get("$defs", {})}
    if isinstance(value, dict) and len(flat) > 1 and not validator(whole).is_valid(value):
        raise Stuck
    return value


def _own(part: dict[str, Any]) -> dict[str, Any]:
    applied = ("$ref", "allOf", "anyOf", "oneOf", "$defs")
    return {key: value for key, value in part.items() if key not in applied}


def _of_kind(
    kind: str, flat: list[dict[str, Any]], root: Any, rng: random.Random, depth: int
) -> Any:
    if kind == "null":
        return None
    if kind == "boolean":
        return rng.random() < 0.5
    if kind in ("integer", "number"):
        return _number(flat, kind, rng)
    if kind == "string":
        return _string(flat, rng)
    return (_list if kind == "array" else _object)(flat, root, rng, depth)


def _number(flat: list[dict[str, Any]], kind: str, rng: random.Random) -> Any:
    limits = [
        part[keyword] + delta
        for part in flat
        for keyword in ("minimum", "maximum", "exclusiveMinimum")
        if isinstance(part.get(keyword), int | float)
        for delta in (-1, 0, 0.5, 1)
    ]
    limits += [
        b + d for p in flat for b in _BOUNDS.get(p.get("format", ""), ()) for d in (-1, 0, 1)
    ]
    pool = [n for n in (*_NUMBERS, *limits) if kind == "number" or n == int(n)]
    value = rng.choice(pool)
    return (
        int(value) if kind == "integer" or (value == int(value) and rng.random() < 0.8) else value
    )


def _string(flat: list[dict[str, Any]], rng: random.Random) -> Any:
    formats = [part["format"] for part in flat if part.get("format") in _FORMATS]
    if formats:
        return _FORMATS[formats[0]]
    sizes = [
        part[k] + d
        for part in flat
        for k in ("minLength", "maxLength")
        if k in part
        for d in (-1, 0, 1)
    ]
    pool = [*_STRINGS, *("a" * max(size, 0) for size in sizes)]
    patterns = [part["pattern"] for part in flat if "pattern" in part]
    fitting = [s for s in pool if all(re.search(p, s) for p in patterns)]
    return rng.choice(fitting or pool)


def _list(flat: list[dict[str, Any]], root: Any, rng: random.Random, depth: int) -> list[Any]:
    low = max((part.get("minItems", 0) for part in flat), default=0)
    high = min((part.get("maxItems", low + 3) for part in flat), default=low + 3)
    size = rng.randint(low, max(low, high))
    found = []
    for i in range(size):
        own = []
        for part in flat:
            prefix = part.get("prefixItems", [])
            if i < len(prefix):
                own.append(prefix[i])
            elif "items" in part:
                own.append(part["items"])
        try:
            found.append(_value(own, root, rng, depth + 1))
        except Stuck:
            if i < low:
                raise
            break
    return found


def _object(
    flat: list[dict[str, Any]], root: Any, rng: random.Random, depth: int
) -> dict[str, Any]:
    declared = dict.fromkeys(name for part in flat for name in part.get("properties", {}))
    required = dict.fromkeys(name for part in flat for name in part.get("required", []))
    free = not any("properties" in part for part in flat) or any(
        part.get("additionalProperties", False) is not False for part in flat
    )
    names = list(required)
    names += [name for name in declared if name not in required and rng.random() < 0.5]
    if free or any("patternProperties" in part for part in flat):
        names += rng.sample(_KEYS, rng.randint(0, 2))
    value = {}
    for name in dict.fromkeys(names):
        rules, matched = _rules(flat, name)
        if not matched and not free and name not in required:
            continue
        try:
            value[name] = _value(rules, root, rng, depth + 1)
        except Stuck:
            if name in required:
                raise
    return value


def _rules(flat: list[dict[str, Any]], name: str) -> tuple[list[Any], bool]:
    found, matched = [], False
    for part in flat:
        own = [part["properties"][name]] if name in part.get("properties", {}) else []
        own += [s for p, s in part.get("patternProperties", {}).items() if re.search(p, name)]
        matched = matched or bool(own)
        if not own and "additionalProperties" in part:
            own = [part["additionalProperties"]]
        found += own
    return found, matched
