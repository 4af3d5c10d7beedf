"""Schemas of all kinds with what a producer of each may write, drawn from a ``random.Random``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.engine import values
from tests.engine.values import Make
from ucaudit.jsontypes import sha256

NAMES = ["a", "b", "c", "items", "type", "a b", "ünï", "_id", "_source", "__proto__", "0", "a/b"]
_ODD_NAMES = ["", " ", ".", "a.b", "a.c.d", ".a", "a.", "a..b", "b.x", "a*", "\0"]
# Undeclared fields: names that the engine takes, and that no declared name begins with.
_EXTRAS = ["zz", "zz.y", "_zz", "ZZ top", "zz/z", "z*", "zz-1"]
_MOST_LEVELS = 3


@dataclass(frozen=True, repr=False)
class Producer:
    """A schema and what a producer of it writes.

    Attributes:
        schema: JSON Schema.
        write: Makes a value of it.
        defs: Definitions that it refers to.
    """

    schema: Any
    write: Make
    defs: dict[str, Any] = field(default_factory=dict)

    @property
    def whole(self) -> Any:
        """A schema of its own, with the definitions that it refers to."""
        if not self.defs:
            return self.schema
        if self.schema is True:
            return {"$defs": self.defs}
        return {"allOf": [self.schema], "$defs": self.defs}


def _or_null(write: Make) -> Make:
    return lambda rng: None if rng.random() < 0.3 else write(rng)


def _either(*writers: Make) -> Make:
    return lambda rng: rng.choice(writers)(rng)


_SCALARS = [
    Producer({"type": "string"}, values.string),
    Producer({"type": "string"}, values.string),
    Producer({"type": "string", "maxLength": 5}, lambda rng: values.text(rng)[:5]),
    Producer({"type": "integer"}, values.integer),
    Producer({"type": "integer", "format": "int32"}, lambda rng: rng.randint(-(2**31), 2**31 - 1)),
    Producer({"type": "integer", "minimum": 1, "maximum": 9}, lambda rng: rng.randint(1, 9)),
    Producer({"type": "number"}, values.number),
    Producer({"type": "boolean"}, values.boolean),
    Producer({"type": "null"}, lambda _: None),
    Producer({"type": ["string", "null"]}, _or_null(values.string)),
    Producer({"type": ["string", "integer"]}, _either(values.string, values.integer)),
    Producer(
        {"type": ["boolean", "number", "null"]}, _or_null(_either(values.number, values.boolean))
    ),
    Producer({"type": ["string", "number", "boolean"]}, values.scalar),
    Producer({"type": "string", "x-audit": {"index": "text"}}, values.string),
    Producer({"type": "string", "x-audit": {"index": "none"}}, values.string),
    Producer({"type": "string", "x-audit": {"redact": True}}, values.string),
    Producer({"type": "integer", "x-audit": {"index": "keyword"}}, values.integer),
    Producer({"type": "integer", "x-audit": {"index": "date"}}, lambda rng: rng.randint(0, 2**41)),
]
_FREE = [
    Producer({}, values.free),
    Producer(True, values.free),
    Producer({"type": "array"}, values.free_list),
    Producer({"type": "object"}, values.free_map),
    Producer({"type": "object", "additionalProperties": True}, values.free_map),
    Producer({"type": "object", "properties": {}, "additionalProperties": True}, values.free_map),
]


def leaf(rng: Random) -> Producer:
    """A plain value, or anything."""
    chance = rng.random()
    if chance < 0.15:
        return rng.choice(_FREE)
    if chance < 0.4:
        name = rng.choice(sorted(values.FORMATS))
        return Producer({"type": "string", "format": name}, values.FORMATS[name])
    if chance < 0.5:
        listed = rng.sample(["A", "b c", "", 1, 2.5, True, None], rng.randint(1, 7))
        return Producer({"enum": listed}, values.one_of(listed))
    return rng.choice(_SCALARS)


def any_producer(rng: Random, depth: int = 0) -> Producer:
    """A schema of any kind."""
    if depth >= _MOST_LEVELS or rng.random() < 0.5:
        return leaf(rng)
    return rng.choice(_KINDS)(rng, depth + 1)


def _list(rng: Random, depth: int) -> Producer:
    return listed(any_producer(rng, depth))


def listed(item: Producer) -> Producer:
    """A list of such values."""

    def write(rng: Random) -> Any:
        return [item.write(rng) for _ in range(rng.randint(0, 3))]

    return Producer({"type": "array", "items": item.schema}, write, item.defs)


def _map(rng: Random, depth: int) -> Producer:
    value = any_producer(rng, depth)
    schema = {"type": "object", "additionalProperties": value.schema}
    return Producer(schema, _keyed(value.write), value.defs)


def _keyed(write: Make, prefix: str = "") -> Make:
    return lambda rng: {
        prefix + values.key(rng): write(rng) for _ in range(rng.choice([0, 1, 1, 2, 3]))
    }


def _pattern_map(rng: Random, depth: int) -> Producer:
    value = any_producer(rng, depth)
    schema = {
        "type": "object",
        "patternProperties": {"^x": value.schema},
        "additionalProperties": False,
    }
    return Producer(schema, _keyed(value.write, "x"), value.defs)


def _tuple(rng: Random, depth: int) -> Producer:
    places = [any_producer(rng, depth) for _ in range(rng.randint(1, 3))]
    schema: dict[str, Any] = {"type": "array", "prefixItems": [p.schema for p in places]}
    end = rng.choice(["closed", "sized", "free"])
    if end == "closed":
        schema["items"] = False
    elif end == "sized":
        schema["maxItems"] = len(places)

    def write(rng: Random) -> Any:
        more = values.free_list(rng)[:2] if end == "free" else []
        return [*(place.write(rng) for place in places), *more]

    return Producer(schema, write, _defs(places))


def _union(rng: Random, depth: int) -> Producer:
    members = [any_producer(rng, depth) for _ in range(rng.randint(2, 3))]
    schema = {"anyOf": [member.schema for member in members]}
    return Producer(schema, _either(*(member.write for member in members)), _defs(members))


def _object(rng: Random, depth: int = 0, *, least: int = 0) -> Producer:
    names = rng.choice([NAMES, NAMES, NAMES + _ODD_NAMES])
    chosen = rng.sample(names, rng.choice([least, max(least, 1), 2, 3, 5]))
    return object_of(rng, {name: any_producer(rng, depth) for name in chosen}, depth)


def object_of(rng: Random, fields: dict[str, Producer], depth: int = 0) -> Producer:
    """An object of these fields, some of them required, open or closed."""
    required = [name for name in fields if rng.random() < 0.4]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: each.schema for name, each in fields.items()},
        "required": required,
    }
    defs = _defs([*fields.values()])
    extras: Callable[[Random], dict[str, Any]] = _extras(values.free, _EXTRAS)
    if rng.random() < 0.25:
        others = rng.choice([Producer(True, values.free), None, any_producer(rng, depth)])
        schema["additionalProperties"] = False if others is None else others.schema
        if others is None:
            extras = _extras(values.free, [])
        else:
            defs |= others.defs
            heads = {name.partition(".")[0] for name in fields}
            names = [n for n in NAMES + _EXTRAS if n.partition(".")[0] not in heads]
            extras = _extras(others.write, names) if fields else _keyed(others.write)
    if rng.random() < 0.12:
        schema["x-audit"] = {"index": rng.choice(["nested", "flattened"])}

    def write(rng: Random) -> Any:
        sent = {n: f.write(rng) for n, f in fields.items() if n in required or rng.random() < 0.6}
        return {**extras(rng), **sent}

    return Producer(schema, write, defs)


def _extras(write: Make, names: Sequence[str]) -> Callable[[Random], dict[str, Any]]:
    return lambda rng: {
        name: write(rng) for name in rng.sample(names, min(len(names), rng.choice([0, 0, 1, 2])))
    }


def _recursion(rng: Random, depth: int = 0) -> Producer:
    value = any_producer(rng, depth)
    way = rng.choice(["next", "children", "map", "union"])
    # One name, one definition: schemas that were drawn apart end up in one document.
    name = f"R{sha256([way, value.schema, value.defs])[:8]}"
    ref = {"$ref": f"#/$defs/{name}"}
    links = {
        "next": {"anyOf": [ref, {"type": "null"}]},
        "children": {"type": "array", "items": ref},
        "map": {"type": "object", "additionalProperties": ref},
        "union": {"anyOf": [{"type": "string"}, ref]},
    }
    schema = {
        "type": "object",
        "properties": {"value": value.schema, "link": links[way]},
        "required": ["value"],
    }

    def write(rng: Random, levels: int = 0) -> Any:
        node = {"value": value.write(rng)}
        if levels > 3 or rng.random() < 0.4:
            return node

        def below(rng: Random) -> Any:
            return write(rng, levels + 1)

        ways: dict[str, Make] = {
            "next": _or_null(below),
            "children": lambda rng: [below(rng) for _ in range(rng.randint(0, 2))],
            "map": _keyed(below),
            "union": _either(values.text, below),
        }
        return {**node, "link": ways[way](rng)}

    return Producer(ref, write, {**value.defs, name: schema})


def _defs(producers: Sequence[Producer]) -> dict[str, Any]:
    return {name: schema for each in producers for name, schema in each.defs.items()}


_KINDS = (*(_object, _object, _object, _list, _map, _pattern_map, _tuple, _union, _recursion),)


def document_producer(rng: Random) -> Producer:
    """What a call may log: an object more often than not."""
    chance = rng.random()
    if chance < 0.6:
        return _object(rng, least=2)
    if chance < 0.7:
        return _union(rng, 0)
    if chance < 0.8:
        return _recursion(rng)
    return any_producer(rng)


def two_versions(rng: Random) -> tuple[Producer, Producer]:
    """Two objects that have most fields in common."""
    common = {name: any_producer(rng, 1) for name in rng.sample(NAMES, rng.randint(1, 3))}
    versions = []
    for _ in range(2):
        fields = {name: each for name, each in common.items() if rng.random() < 0.85}
        if rng.random() < 0.5:
            fields[rng.choice(NAMES)] = any_producer(rng, 1)
        versions.append(object_of(rng, fields, 1))
    wrap = rng.choice([_itself, _itself, listed, _field_of])
    return wrap(versions[0]), wrap(versions[1])


def _itself(producer: Producer) -> Producer:
    return producer


def _field_of(inner: Producer) -> Producer:
    schema = {"type": "object", "properties": {"in": inner.schema}}
    return Producer(schema, lambda rng: {"in": inner.write(rng)}, inner.defs)
