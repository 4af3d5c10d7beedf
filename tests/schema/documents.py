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
from ucaudit.schema.document import walk

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
# How often a document is tried for each that is wanted.
_TRIES = 6
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


def documents(
    schema: Any, rng: random.Random, count: int, reading: str = "ignored"
) -> Iterator[Any]:
    """``count`` documents that a producer of ``schema`` sends; fewer where they are hard to find.

    A closed producer's are valid however ``oneOf`` is read: within ``not``, the lenient reading is
    the stricter one.
    """
    literal = reading == "literal"
    judges = [validator(schema, lenient=lenient) for lenient in (False, True)][: 2 - literal]
    maker = _Maker(schema, rng, literal=literal)
    for _ in range(count * _TRIES):
        try:
            document = maker.value([schema], 0)
        except Stuck:
            continue
        if all(judge.is_valid(document) for judge in judges):
            yield document
            count -= 1
            if not count:
                return


class _Maker:
    """Makes values of parts of one document."""

    def __init__(self, root: Any, rng: random.Random, *, literal: bool) -> None:
        self._root = root
        self._rng = rng
        self._literal = literal
        self._wholes: dict[tuple[int, ...], Any] = {}
        self._makers = {"array": self._list, "object": self._object}

    def value(self, schemas: list[Any], depth: int) -> Any:
        """A value that follows one branch of each of ``schemas``."""
        if depth > 12:
            raise Stuck
        flat = [part for schema in schemas for part in self._flatten(schema, 0)]
        for part in flat:
            if "const" in part:
                return copy.deepcopy(part["const"])
            if "enum" in part:
                return copy.deepcopy(self._rng.choice(part["enum"]))
        value = self._of_kind(self._rng.choice(_kinds(flat)), flat, depth)
        # An open member of a union would excuse what the chosen one does not allow.
        if isinstance(value, dict) and len(flat) > 1 and not self._whole(flat).is_valid(value):
            raise Stuck
        return value

    def _whole(self, flat: list[dict[str, Any]]) -> Any:
        """The judge of all of ``flat`` together, made once; its parts live as long as the root."""
        key = tuple(map(id, flat))
        if key not in self._wholes:
            own = {"allOf": [_own(part) for part in flat], "$defs": self._root.get("$defs", {})}
            self._wholes[key] = validator(own)
        return self._wholes[key]

    def _flatten(self, schema: Any, depth: int) -> list[dict[str, Any]]:
        """One branch of ``schema``: the flat schemas that must hold together."""
        if schema is True:
            return []
        if schema is False or depth > 60:
            raise Stuck
        found = [schema]
        if "$ref" in schema:
            found += self._flatten(_resolve(schema["$ref"], self._root), depth + 1)
        for member in schema.get("allOf", []):
            found += self._flatten(member, depth + 1)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                found += self._flatten(self._rng.choice(schema[keyword]), depth + 1)
        return found

    def _of_kind(self, kind: str, flat: list[dict[str, Any]], depth: int) -> Any:
        if kind == "null":
            return None
        if kind == "boolean":
            return self._rng.random() < 0.5
        if kind in ("integer", "number"):
            return _number(flat, kind, self._rng)
        if kind == "string":
            return _string(flat, self._rng)
        return self._makers[kind](flat, depth)

    def _list(self, flat: list[dict[str, Any]], depth: int) -> list[Any]:
        low = max((part.get("minItems", 0) for part in flat), default=0)
        high = min((part.get("maxItems", low + 3) for part in flat), default=low + 3)
        found: list[Any] = []
        for i in range(self._rng.randint(low, max(low, high))):
            own = []
            for part in flat:
                prefix = part.get("prefixItems", [])
                if i < len(prefix):
                    own.append(prefix[i])
                elif "items" in part:
                    own.append(part["items"])
            try:
                found.append(self.value(own, depth + 1))
            except Stuck:
                if i < low:
                    raise
                break
        return found

    def _object(self, flat: list[dict[str, Any]], depth: int) -> dict[str, Any]:
        declared = dict.fromkeys(name for part in flat for name in part.get("properties", {}))
        required = dict.fromkeys(name for part in flat for name in part.get("required", []))
        free = self._literal or not any("properties" in part for part in flat)
        free = free or any(part.get("additionalProperties", False) is not False for part in flat)
        names = list(required)
        names += [name for name in declared if name not in required and self._rng.random() < 0.5]
        if free or any("patternProperties" in part for part in flat):
            names += self._rng.sample(_KEYS, self._rng.randint(0, 2))
        value = {}
        for name in dict.fromkeys(names):
            rules, matched = _rules(flat, name)
            if not matched and not free and name not in required:
                continue
            try:
                value[name] = self.value(rules, depth + 1)
            except Stuck:
                if name in required:
                    raise
        return value


def _resolve(ref: str, root: Any) -> Any:
    value = root
    for token in unquote(ref.removeprefix("#")).split("/")[1:]:
        value = value[token.replace("~1", "/").replace("~0", "~")]
    return value


def _kinds(flat: list[dict[str, Any]]) -> list[str]:
    kinds = {"null", "boolean", "integer", "number", "string", "array", "object"}
    for part in flat:
        named = part.get("type", sorted(kinds))
        named = {named} if isinstance(named, str) else set(named)
        kinds &= named | ({"integer"} if "number" in named else set())
    if not kinds:
        raise Stuck
    return sorted(kinds)


def _own(part: dict[str, Any]) -> dict[str, Any]:
    applied = ("$ref", "allOf", "anyOf", "oneOf", "$defs")
    return {key: value for key, value in part.items() if key not in applied}


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


def closed(schema: Any) -> Any:
    """``schema`` as its producer keeps to it: no fields but those that it declares.

    Closed where fields are declared and nothing is said of others, around ``allOf`` as a whole; not
    in what is forbidden, which is a condition and not sent.
    """
    plain = lowered(schema, lenient=True)
    result = _closed(plain, whole=True)
    conditions = {
        f"{name} as it stands": _open(part) for name, part in plain.get("$defs", {}).items()
    }
    return {**result, "$defs": {**result.get("$defs", {}), **conditions}}


def is_tangled(schema: Any) -> bool:
    """Whether fields are declared in several places at once, of which each closes the others out.

    The normal form closes such places together, which no keyword of JSON Schema says.
    """
    return any(
        isinstance(part, dict) and (_crossed(part) or len(part.get("allOf", ())) > 1)
        for _, part in walk(schema)
    )


def _crossed(part: dict[str, Any]) -> bool:
    patterns = part.get("patternProperties", {})
    return any(re.search(p, name) for p in patterns for name in part.get("properties", {}))


def _open(schema: Any) -> Any:
    """``schema`` with references to definitions as they stand."""
    if isinstance(schema, list):
        return [_open(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _open(value) for key, value in schema.items()}
    if isinstance(result.get("$ref"), str):
        result["$ref"] += "%20as%20it%20stands"
    return result


def _closed(schema: Any, *, whole: bool) -> Any:
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    for keyword in ("items", "additionalProperties", "contains"):
        if keyword in result:
            result[keyword] = _closed(result[keyword], whole=True)
    for keyword in ("properties", "patternProperties"):
        if keyword in result:
            result[keyword] = {k: _closed(v, whole=True) for k, v in result[keyword].items()}
    if "$defs" in result:
        result["$defs"] = {k: _closed(v, whole=True) for k, v in result["$defs"].items()}
    if "prefixItems" in result:
        result["prefixItems"] = [_closed(v, whole=True) for v in result["prefixItems"]]
    # Members of a conjunction are closed together, those of a union each.
    together = "properties" in result or len(result.get("allOf", ())) > 1
    for keyword in ("allOf", "anyOf", "oneOf"):
        if keyword in result:
            inner = whole and not together
            result[keyword] = [_closed(member, whole=inner) for member in result[keyword]]
    if "not" in result:
        result["not"] = _open(result["not"])
    said = {"additionalProperties", "unevaluatedProperties"} & set(result)
    if whole and not said and _declares(result):
        # What must be there is sent, declared or not.
        missing = [{"properties": dict.fromkeys(_required(result), True)}]
        result["allOf"] = [*result.get("allOf", ()), *missing]
        result["unevaluatedProperties"] = False
    return result


def _required(schema: Any) -> list[str]:
    """What must be there: said so, or because of something else that must be there."""
    inner = [part for part in (schema, *schema.get("allOf", ())) if isinstance(part, dict)]
    names = [name for part in inner for name in part.get("required", ())]
    for name in names:
        follow = [n for part in inner for n in part.get("dependentRequired", {}).get(name, ())]
        names += [each for each in dict.fromkeys(follow) if each not in names]
    return names


def _declares(schema: Any) -> bool:
    return isinstance(schema, dict) and (
        "properties" in schema or any(map(_declares, schema.get("allOf", ())))
    )
