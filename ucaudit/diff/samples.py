"""Small values of a schema, made from its normal form: the material of witnesses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ucaudit.jsontypes import Json
from ucaudit.schema.node import Node, Shape

_FORMATS: Final = {
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "time": "03:04:05Z",
    "duration": "P1D",
    "uuid": "6f1c2e9a-3b5d-4c7e-8f90-a1b2c3d4e5f6",
    "email": "a@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "ip": "192.0.2.1",
    "ipvanyaddress": "192.0.2.1",
    "uri": "https://example.org/",
    "uri-reference": "/a",
    "json-pointer": "/a",
    "regex": "a",
}
_WORDS: Final = (
    "a",
    "",
    "A",
    "1",
    "0",
    "-1",
    "a1",
    "aa",
    "2026-01-02",
    "true",
    "x" * 64,
    "a/b",
    "a.b",
)
_DEEPEST: Final = 24


class NoSample(Exception):  # noqa: N818  (not an error: the caller goes without)
    """No value could be made."""


def sample(node: Node, depth: int = 0) -> Json:
    """A small value of ``node``: plain values before structures, null last.

    Raises:
        NoSample: If none could be made.
    """
    if node.is_any:
        return "a"
    order = {
        "string": 0,
        "integer": 1,
        "number": 2,
        "boolean": 3,
        "array": 4,
        "object": 5,
        "null": 6,
    }
    shapes = sorted(node.shapes, key=lambda shape: order[shape.kind])
    if depth > 6:
        shapes = sorted(shapes, key=lambda shape: shape.kind != "null")
    for shape in shapes:
        try:
            return sample_shape(shape, depth)
        except NoSample:
            continue
    raise NoSample


def sample_shape(shape: Shape, depth: int = 0, *, full: bool = False) -> Json:
    """A value of ``shape``; with ``full``, every declared field of an object is present.

    Raises:
        NoSample: If none could be made.
    """
    if depth > _DEEPEST or shape.residual:
        raise NoSample
    if shape.enum is not None:
        if not shape.enum:
            raise NoSample
        return msgspec.json.decode(shape.enum[0])
    if shape.kind == "null":
        return None
    if shape.kind == "boolean":
        return True
    if shape.kind == "string":
        return next(strings(shape))
    if shape.kind in ("integer", "number"):
        return next(numbers(shape))
    return _array(shape, depth) if shape.kind == "array" else _object(shape, depth, full=full)


def strings(shape: Shape) -> Iterator[str]:
    """Some strings of ``shape``.

    Raises:
        NoSample: If there is none among the words that are tried.
    """
    low = int(shape.bounds.low or 0)
    candidates = [_FORMATS.get(shape.format or "", "a"), *_WORDS, "a" * low]
    if shape.format in _FORMATS:
        candidates = candidates[:1]
    found = False
    for word in candidates:
        short = shape.bounds.high is not None and len(word) > shape.bounds.high
        if len(word) < low or short or not _matches(shape, word):
            continue
        found = True
        yield word
    if not found:
        raise NoSample


def _matches(shape: Shape, word: str) -> bool:
    try:
        return all(re.search(pattern, word) for pattern in shape.patterns)
    except re.error:
        return False


def numbers(shape: Shape) -> Iterator[float]:
    """Some numbers of ``shape``, its limits among them.

    Raises:
        NoSample: If there is none among those that are tried.
    """
    step: float = shape.multiple_of[0] if shape.multiple_of else 1
    low, high = shape.bounds.low, shape.bounds.high
    candidates: list[float] = [1, 0, step]
    if low is not None:
        candidates += [low, low + step]
    if high is not None:
        candidates += [high, high - step]
    if shape.kind == "number":
        candidates += [1.5] + ([low + 0.5] if low is not None else [])
    found = False
    for number in candidates:
        if shape.bounds.holds(type(shape.bounds)(number, number)) and all(
            number % divisor == 0 for divisor in shape.multiple_of
        ):
            found = True
            yield int(number) if shape.kind == "integer" else number
    if not found:
        raise NoSample


def _array(shape: Shape, depth: int) -> Json:
    count = int(shape.bounds.low or 0)
    values: list[Json] = [sample(place, depth + 1) for place in shape.prefix[:count]]
    if len(values) < count:
        assert shape.items is not None  # noqa: S101  (every array shape has items)
        if shape.unique:
            raise NoSample
        values += [sample(shape.items, depth + 1)] * (count - len(values))
    return values


def _object(shape: Shape, depth: int, *, full: bool) -> Json:
    value: dict[str, Json] = {}
    for name, node in shape.properties.items():
        if name in shape.required:
            value[name] = sample(node, depth + 1)
        elif full and not node.is_never:
            try:
                value[name] = sample(node, depth + 1)
            except NoSample:
                continue
    for name in sorted(shape.required - set(value)):
        value[name] = sample(shape.additional, depth + 1) if shape.additional else "a"
    missing = int(shape.bounds.low or 0) - len(value)
    for i in range(missing):
        value[free_key(shape, i)] = sample(shape.additional, depth + 1) if shape.additional else "a"
    return value


def free_key(shape: Shape, number: int = 0) -> str:
    """A key that ``shape`` does not declare and its ``propertyNames`` allow.

    Raises:
        NoSample: If none could be made.
    """
    if shape.names is None:
        return f"key{number}" if number else "key"
    for named in shape.names.of("string"):
        keys = [msgspec.json.decode(v) for v in named.enum] if named.enum else [*strings(named)]
        keys = [key for key in keys if key not in shape.properties]
        if len(keys) > number:
            return str(keys[number])
    raise NoSample


def may_send(shape: Shape, name: str) -> bool:
    """Whether ``propertyNames`` of ``shape`` allow ``name``."""
    if shape.names is None or shape.names.is_any:
        return True
    quoted = msgspec.json.encode(name).decode()
    return any(
        (named.enum is None or quoted in named.enum) and _matches(named, name)
        for named in shape.names.of("string")
    )
