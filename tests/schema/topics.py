"""Pairs of schemas about one topic each, so that none of them is missed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from tests.schema.strategies import (
    PATTERNS,
    edit,
    list_of,
    map_of,
    nullable,
    object_of,
    part,
    union_of,
    with_definitions,
)
from ucaudit.schema.document import walk

Pair = tuple[dict[str, Any], dict[str, Any]]
_BOUNDS = {
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength"),
    *("maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
}
_SELF = {"$ref": "#/$defs/Self"}


def _bounded(rng: Random) -> Any:
    sizes = {"array": "Items", "object": "Properties", "string": "Length"}
    kind = rng.choice([*sizes, "integer", "number", "integer"])
    low = rng.choice([0, 1, 2, 3])
    limits = {"min": low, "max": low + rng.choice([0, 1, 2, 5])}
    chosen = rng.choice([["min"], ["max"], ["min", "max"]])
    if kind in sizes:
        own = {f"{end}{sizes[kind]}": limits[end] for end in chosen}
    else:
        spelled = {"min": ["minimum", "exclusiveMinimum"], "max": ["maximum", "exclusiveMaximum"]}
        own = {rng.choice(spelled[end]): limits[end] - 2 for end in chosen}
        own |= {"multipleOf": rng.choice([1, 2, 3])} if rng.random() < 0.2 else {}
    if kind == "array":
        own["items"] = part(rng, 3)
    return {"type": kind, **own}


def _patterned(rng: Random) -> Any:
    pattern = rng.choice(PATTERNS)
    if rng.random() < 0.5:
        return {"type": "string", "pattern": pattern}
    if rng.random() < 0.3:
        return {**map_of(rng, 1), "propertyNames": {"pattern": pattern}}
    schema = object_of(rng, 2)
    schema["patternProperties"] = {pattern: part(rng, 3)}
    return schema


def _recursive(rng: Random) -> Any:
    """A reference to a definition that leads to itself; ``definition`` makes it."""
    return rng.choice([_SELF, nullable(_SELF, 3), {"type": "array", "items": _SELF}])


def _definition(rng: Random) -> Any:
    links = [
        _SELF,
        nullable(_SELF, 3),
        {"type": "array", "items": _SELF},
        {"type": "object", "additionalProperties": _SELF},
        {"anyOf": [_SELF, {"type": "string"}]},
    ]
    schema = object_of(rng, 2)
    schema["properties"]["next"] = rng.choice(links)
    schema["required"] = [name for name in schema.get("required", []) if name != "undeclared"]
    return schema


MAKERS: dict[str, Callable[[Random], Any]] = {
    "lists": lambda rng: list_of(rng, 1),
    "maps": lambda rng: map_of(rng, 1),
    "unions": lambda rng: union_of(rng, 1),
    "recursion": _recursive,
    "bounds": _bounded,
    "patterns": _patterned,
}
TOPICS = tuple(MAKERS)


def is_about(topic: str, schema: Any) -> bool:
    """Whether the topic occurs in ``schema``."""
    found = {
        "lists": lambda p: bool({"items", "prefixItems"} & set(p)) or p.get("type") == "array",
        "maps": lambda p: p.get("type") == "object" and not p.get("properties"),
        "unions": lambda p: any(len(p.get(keyword, ())) > 1 for keyword in ("anyOf", "oneOf")),
        "recursion": lambda p: p.get("$ref") == _SELF["$ref"],
        "bounds": lambda p: bool(_BOUNDS & set(p)),
        "patterns": lambda p: bool({"pattern", "patternProperties"} & set(p)),
    }[topic]
    return any(isinstance(p, dict) and found(p) for _, p in walk(schema))


def make_topical(rng: Random, topic: str) -> Pair:
    """Two versions of a document about ``topic``, of which they mostly differ in just that."""
    root = object_of(rng, 2)
    place = rng.choice(["topic", "a"])
    root["properties"][place] = MAKERS[topic](rng)
    if rng.random() < 0.3:
        root.setdefault("required", []).append(place)
        root["required"] = [*dict.fromkeys(root["required"])]
    definitions = {"One": object_of(rng, 2), "Two": object_of(rng, 2), "Self": _definition(rng)}
    old = {**root, "$defs": definitions}
    new = copy.deepcopy(old)
    for _ in range(rng.choice([1, 1, 1, 2])):
        _change(rng, new, topic, place)
    return with_definitions(old), with_definitions(new)


def _change(rng: Random, root: dict[str, Any], topic: str, place: str) -> None:
    """Edits the part that is about the topic, swaps it, or edits anything."""
    fields = root.setdefault("properties", {})
    target = root["$defs"]["Self"] if topic == "recursion" else fields.get(place)
    choice = rng.random()
    if choice < 0.15 and topic != "recursion":
        fields[place] = MAKERS[topic](rng)
    elif choice < 0.9 and isinstance(target, dict):
        if topic == "bounds" and rng.random() < 0.6:
            _rebound(rng, target)
            return
        if topic == "patterns" and "pattern" in target and rng.random() < 0.6:
            target["pattern"] = rng.choice(PATTERNS[:3])
            return
        places = [p for _, p in walk(target) if isinstance(p, dict)]
        chosen = rng.choice(places)
        edit(rng, chosen, whole=topic == "recursion" and chosen is target)
    else:
        edit(rng, root, whole=True)


def _rebound(rng: Random, place: dict[str, Any]) -> None:
    own = sorted(_BOUNDS & set(place))
    if not own:
        return
    keyword = rng.choice(own)
    if rng.random() < 0.25:
        del place[keyword]
    else:
        place[keyword] = max(place[keyword] + rng.choice([-1, 1, 2]), 0) + (keyword == "multipleOf")
    left = [k for k in own if k in place]
    lows, highs = ([k for k in left if k.startswith(end)] for end in ("min", "max"))
    if lows and highs and place[lows[0]] > place[highs[0]]:
        place[highs[0]] = place[lows[0]]
