"""Small values of a schema, made from its normal form: the material of witnesses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice
from typing import Final

from ucaudit.jsontypes import Json
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.node import Kind, Node, Shape
from ucaudit.schema.patterns import matches
from ucaudit.schema.senders import listed_names, sent_fields
from ucaudit.schema.values import accepts, divides, json_of, plain, spell

# What a person recognises first, then what is short.
_FORMATS: Final = {
    "date-time": ("2026-01-02T03:04:05Z",),
    "date": ("2026-01-02",),
    "time": ("03:04:05Z",),
    "duration": ("P1D",),
    "uuid": ("6f1c2e9a-3b5d-4c7e-8f90-a1b2c3d4e5f6",),
    "email": ("a@example.org", "a@b.c"),
    "hostname": ("example.org", "a"),
    "ipv4": ("192.0.2.1", "1.1.1.1"),
    "ipv6": ("2001:db8::1", "::1"),
    "ip": ("192.0.2.1", "1.1.1.1"),
    "ipvanyaddress": ("192.0.2.1", "1.1.1.1"),
    "uri": ("https://example.org/", "a:b"),
    "uri-reference": ("/a",),
    "json-pointer": ("/a",),
    "regex": ("a",),
}
_WORDS: Final = (
    *("a", "", "A", "1", "0", "-1", "a1", "aa", "2026-01-02", "true", "x" * 64, "a/b", "a.b"),
    *("key", "x-a", "_a", "a_b", "a-b", "ABC", "abc", "123", "a@b.c"),
)
_KEYS: Final = ("key", *(f"key{i}" for i in range(1, 40)), *_WORDS, "x-key", "x_key", "data")
_ANYTHING: Final[tuple[Json, ...]] = ("a", 1, 1.5, True, None, [], {}, {"a": 1}, ["a"])
_ORDER: Final[tuple[Kind, ...]] = (
    "string", "integer", "number", "boolean", "array", "object", "null",
)  # fmt: skip
_DEEPEST: Final = 24
_LONGEST: Final = 200
# How far variety goes: enough for a reason to be met, few enough to be tried.
_MOST_VALUES: Final = 40
_MOST_PER_FIELD: Final = 4


class NoSample(Exception):  # noqa: N818  (not an error: the caller goes without)
    """No value could be made."""


def sample(node: Node, depth: int = 0) -> Json:
    """A small value of ``node``: plain values before structures, null last.

    Raises:
        NoSample: If none could be made.
    """
    if node.is_any:
        return "a"
    shapes = sorted(node.shapes, key=lambda shape: _ORDER.index(shape.kind))
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
    if depth > _DEEPEST:
        raise NoSample
    if shape.enum is not None:
        return json_of(shape.enum[0])
    if shape.kind == "null":
        return None
    if shape.kind == "boolean":
        return True
    if shape.kind == "string":
        return _first(strings(shape))
    if shape.kind in ("integer", "number"):
        return _first(numbers(shape))
    if shape.kind == "array":
        return _first(_lists(shape, int(shape.bounds.low or 0), depth))
    return _object(shape, depth, full=full)


def _first(values: Iterator[Json]) -> Json:
    for value in values:
        return value
    raise NoSample


def variety(node: Node, depth: int = 0) -> Iterator[Json]:
    """Values of ``node`` that differ in as many ways as a reader may stumble over."""
    if node.is_any:
        yield from _ANYTHING
        return
    for shape in node.shapes:
        yield from shape_variety(shape, depth)


def shape_variety(shape: Shape, depth: int = 0) -> Iterator[Json]:
    """Values of one alternative, plain ones first; what cannot be made is left out."""
    yield from islice(_shape_variety(shape, depth), _MOST_VALUES)


def _shape_variety(shape: Shape, depth: int) -> Iterator[Json]:
    if depth > 3:
        try:
            yield sample_shape(shape, depth)
        except NoSample:
            return
    elif shape.enum is not None:
        yield from (json_of(value) for value in shape.enum)
    elif shape.kind == "boolean":
        yield from (True, False)
    elif shape.kind == "null":
        yield None
    elif shape.kind == "string":
        yield from strings(shape)
    elif shape.kind in ("integer", "number"):
        yield from numbers(shape)
    elif shape.kind == "array":
        yield from _list_variety(shape, depth)
    else:
        yield from _object_variety(shape, depth)


def strings(shape: Shape) -> Iterator[str]:
    """Some strings of ``shape``."""
    low, high = int(shape.bounds.low or 0), shape.bounds.high
    known = _FORMATS.get(shape.format or "")
    candidates = ["a", *_WORDS, "a" * min(low, _LONGEST * 50)]
    # The letters of a pattern are often a word of it: "v1/" of "^v1/".
    candidates += [re.sub(r"\\.|[^\w/@.:-]", "", pattern) for pattern in shape.patterns]
    if high is not None and high < 5000:
        candidates.append("a" * int(high))
    for word in dict.fromkeys(known or candidates):
        fits = low <= len(word) and (high is None or len(word) <= high)
        if fits and all(matches(pattern, word) for pattern in shape.patterns):
            yield word


def numbers(shape: Shape) -> Iterator[float]:
    """Some numbers of ``shape``, its limits among them."""
    step = shape.multiple_of[0] if shape.multiple_of else 1
    low, high = shape.bounds.low, shape.bounds.high
    candidates: list[float] = [1, 0, step, -1, 2, 3 * step, 10**12]
    if low is not None:
        candidates += [low, low + 1, low - low % step + step]
    if high is not None:
        candidates += [high, high - 1, high - high % step]
    if shape.kind == "number":
        candidates += [1.5, 0.1, *(limit + 0.5 for limit in (low, high) if limit is not None)]
        candidates += [limit - 0.5 for limit in (low, high) if limit is not None]
    for number in dict.fromkeys(plain(candidate) for candidate in candidates):
        whole = shape.kind == "number" or isinstance(number, int)
        within = shape.bounds.holds(type(shape.bounds)(number, number))
        if whole and within and all(divides(step, number) for step in shape.multiple_of):
            yield number


def sized(shape: Shape, size: int) -> Iterator[Json]:
    """Strings, lists or objects of ``shape`` of one size."""
    if shape.kind == "string":
        if shape.format is None and size < 100_000:
            yield "a" * size
    elif shape.kind == "array":
        yield from islice(_lists(shape, size, 1), 1)
    else:
        yield from islice(_objects_of(shape, size), 1)


def sample_list(shape: Shape, count: int, depth: int = 0) -> list[Json]:
    """A list of ``count`` items.

    Raises:
        NoSample: If none could be made.
    """
    if count > _LONGEST:
        raise NoSample
    if shape.unique:
        return _differing(shape, count, depth)
    return [sample(shape.place(i) or ANYTHING, depth + 1) for i in range(count)]


def _lists(shape: Shape, count: int, depth: int) -> Iterator[Json]:
    try:
        yield sample_list(shape, count, depth)
    except NoSample:
        return


def _differing(shape: Shape, count: int, depth: int) -> list[Json]:
    values: dict[str, Json] = {}
    for i in range(count):
        found = variety(shape.place(i) or ANYTHING, depth + 1)
        fresh = next((value for value in found if spell(value) not in values), NoSample)
        if fresh is NoSample:
            raise NoSample
        values[spell(fresh)] = fresh
    return list(values.values())


def _list_variety(shape: Shape, depth: int) -> Iterator[Json]:
    low, high = int(shape.bounds.low or 0), shape.bounds.high
    if low > _LONGEST:
        return
    length = min(max(low, len(shape.prefix) + 1), _LONGEST)
    sizes = dict.fromkeys((low, low + 1, length, *([int(high)] if high is not None else [])))
    for size in sizes:
        if size >= low and (high is None or size <= high):
            yield from _lists(shape, size, depth)
    for i in range(length if high is None else min(length, int(high))):
        node = shape.place(i) or ANYTHING
        for base in _lists(shape, max(i, low), depth):
            for value in islice(variety(node, depth + 1), 12):
                changed = [*base[:i], value, *base[i + 1 :]]
                if not shape.unique or len({spell(item) for item in changed}) == len(changed):
                    yield changed


def _object(shape: Shape, depth: int, *, full: bool) -> Json:
    value: dict[str, Json] = {}
    fields = sent_fields(shape)
    for name in fields:
        if name in shape.required or (full and (name in shape.properties)):
            try:
                value[name] = _field(fields[name], depth)
            except NoSample:
                if name in shape.required:
                    raise
    if not shape.required <= value.keys():
        raise NoSample
    return _filled(shape, value, int(shape.bounds.low or 0), depth)


def _field(rules: list[Node], depth: int) -> Json:
    """A value that satisfies all of ``rules``."""
    for value in variety(rules[0], depth + 1) if len(rules) > 1 else ():
        if all(accepts(rule, value) for rule in rules):
            return value
    if len(rules) > 1:
        raise NoSample
    return sample(rules[0], depth + 1) if rules else "a"


def _filled(shape: Shape, value: dict[str, Json], size: int, depth: int) -> dict[str, Json]:
    """``value`` with as many more fields as make it ``size``: declared ones first."""
    for name, rules in sent_fields(shape).items() if len(value) < size else ():
        if len(value) < size and name not in value:
            try:
                value[name] = _field(rules, depth)
            except NoSample:
                continue
    while len(value) < size:
        key = _another_key(shape, value)
        value[key] = _field(shape.rules_for(key), depth)
    return value


def _another_key(shape: Shape, taken: Collection[str]) -> str:
    for pattern in ("", *sorted(shape.patterned)):
        with suppress(NoSample):
            return free_key(shape, pattern=pattern, taken=taken)
    raise NoSample


def _objects_of(shape: Shape, size: int) -> Iterator[Json]:
    try:
        value = _filled(shape, dict(_object(shape, 1, full=False)), size, 1)
    except NoSample:
        return
    if len(value) == size:
        yield value


def _object_variety(shape: Shape, depth: int) -> Iterator[Json]:
    bases = []
    for full in (False, True):
        try:
            base = _object(shape, depth, full=full)
        except NoSample:
            continue
        if base not in bases and _fits(shape, base):
            bases.append(base)
    yield from bases
    for base in bases[:1]:
        for name, value in _one_more(shape, depth):
            changed = {**base, name: value}
            if _fits(shape, changed):
                yield changed


def _fits(shape: Shape, value: dict[str, Json]) -> bool:
    return shape.bounds.holds(type(shape.bounds)(len(value), len(value)))


def _one_more(shape: Shape, depth: int) -> Iterator[tuple[str, Json]]:
    """Fields with values, one at a time: each declared one, and one of each kind of undeclared."""
    for name, rules in sent_fields(shape).items():
        node = rules[0] if rules else ANYTHING
        for value in islice(variety(node, depth + 1), _MOST_PER_FIELD):
            if all(accepts(rule, value) for rule in rules[1:]):
                yield name, value
    for pattern in [*sorted(shape.patterned), *([""] if shape.sends_others else [])]:
        for i, key in enumerate(islice(free_keys(shape, pattern=pattern), 12)):
            rules = shape.rules_for(key)
            values = variety(rules[0] if rules else ANYTHING, depth + 1)
            for value in islice(values, 1 if i else 12):
                if all(accepts(rule, value) for rule in rules[1:]):
                    yield key, value


def free_keys(shape: Shape, *, pattern: str = "") -> Iterator[str]:
    """Keys that ``shape`` does not declare and that a sender may use.

    Args:
        shape: The object.
        pattern: One that the keys must match; else they match none of the object's.
    """
    if not pattern and not shape.sends_others:
        return
    for key in _keys(shape):
        if key in shape.properties or (shape.names is not None and not accepts(shape.names, key)):
            continue
        if matches(pattern, key) if pattern else not any(matches(p, key) for p in shape.patterned):
            yield key


def free_key(shape: Shape, *, pattern: str = "", taken: Collection[str] = ()) -> str:
    """The first of ``free_keys`` that is not taken.

    Raises:
        NoSample: If none could be made.
    """
    for key in free_keys(shape, pattern=pattern):
        if key not in taken:
            return key
    raise NoSample


def _keys(shape: Shape) -> Iterator[str]:
    listed = listed_names(shape)
    if listed is not None:
        yield from listed
        return
    yield from _KEYS
    for named in shape.names.of("string") if shape.names is not None else ():
        yield from strings(named)
    for pattern in sorted(shape.patterned):
        yield from (re.sub(r"\\.|[^\w/@.:-]", "", pattern) + word for word in ("", "a", "1"))
