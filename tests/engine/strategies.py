"""Schemas of all kinds, and documents that a producer of them may write."""

from __future__ import annotations

import base64
import datetime
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ucaudit.jsontypes import sha256

JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LONG_TEXT = st.sampled_from(
    [("x", 8191), ("x", 8192), ("é", 9000), ("\N{GRINNING FACE}", 4096), ("y", 40_000)]
).map(lambda pair: pair[0] * pair[1])
STRINGS = st.one_of(
    JSON_TEXT,
    st.sampled_from(["", " ", "true", "12", "NaN", "2020-01-02", "a\0b", "10.0.0.1", "null"]),
    LONG_TEXT,
)
INTEGERS = st.one_of(
    st.integers(-3, 300),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**70, -(2**70), 1.0, 1e3]),
)
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 2**53), st.just(2**70)
)
SCALARS = st.one_of(st.booleans(), INTEGERS, NUMBERS, STRINGS)
# Keys of maps are data: anything but NUL, which the engine refuses in a flattened field.
KEYS = st.one_of(
    st.sampled_from(
        ["", " ", ".", "a.b", ".a", "a.", "a..b", "/x/y", "1", "_id", "_source", "*", "__proto__"]
    ),
    JSON_TEXT.filter(lambda key: "\0" not in key),
)
FREE = st.recursive(
    st.one_of(st.none(), SCALARS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["a", "b", "c", "items", "type", "a b", "ünï", "_id", "_source", "__proto__", "0", "a/b", "b-c"]
)
ODD_NAMES = st.sampled_from(["", " ", ".", "a.b", "a.c.d", ".a", "a.", "a..b", "b.x", "a*", "\0"])
# Undeclared fields: names that the engine takes, and that no declared name begins with.
EXTRAS = st.sampled_from(["zz", "zz.y", "_zz", "ZZ top", "zz/z", "z*", "zz-1"])


@dataclass(frozen=True, repr=False)
class Sample:
    """A schema and what a producer of it writes.

    Attributes:
        schema: JSON Schema.
        documents: Values of it.
        defs: Definitions that it refers to.
    """

    schema: Any
    documents: st.SearchStrategy[Any]
    defs: dict[str, Any] = field(default_factory=dict)


def _date_times() -> st.SearchStrategy[str]:
    moments = st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30))  # noqa: DTZ001
    offsets = st.sampled_from(["Z", "", "+00:00", "+01:00", "-11:30", "+14:00"])
    plain = st.builds(lambda moment, zone: moment.isoformat() + zone, moments, offsets)
    odd = st.sampled_from(
        ["2020-01-02t03:04:05z", "2016-12-31T23:59:60Z", "2020-01-02T03:04:05.123456789Z"]
    )
    return st.one_of(plain, plain, odd)


_FORMATS: dict[str, st.SearchStrategy[str]] = {
    "date-time": _date_times(),
    "date": st.dates().map(str),
    "time": st.times().map(str),
    "duration": st.sampled_from(["P1D", "PT1.5S", "P3Y6M4DT12H30M5S"]),
    "uuid": st.uuids().map(str),
    "ipv4": st.ip_addresses(v=4).map(str),
    "ipv6": st.one_of(st.ip_addresses(v=6).map(str), st.sampled_from(["::ffff:1.2.3.4", "::1"])),
    "ipvanyaddress": st.ip_addresses().map(str),
    "uri": st.sampled_from(["https://example.org/a?b=c#d", "urn:x:y", "file:///tmp/x"]),
    "byte": st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode()),
    "unheard-of": STRINGS,
}


def _format(name: str) -> Sample:
    return Sample({"type": "string", "format": name}, _FORMATS[name])


def _enum(values: list[Any]) -> Sample:
    return Sample({"enum": values}, st.sampled_from(values))


_SCALAR_SAMPLES = st.one_of(
    st.sampled_from(
        [
            Sample({"type": "string"}, STRINGS),
            Sample({"type": "string"}, STRINGS),
            Sample({"type": "string", "maxLength": 5}, st.text("abc é", max_size=5)),
            Sample({"type": "integer"}, INTEGERS),
            Sample({"type": "integer", "format": "int32"}, st.integers(-(2**31), 2**31 - 1)),
            Sample({"type": "integer", "minimum": 1, "maximum": 9}, st.integers(1, 9)),
            Sample({"type": "number"}, NUMBERS),
            Sample({"type": "boolean"}, st.booleans()),
            Sample({"type": "null"}, st.none()),
            Sample({"type": ["string", "null"]}, st.none() | STRINGS),
            Sample({"type": ["string", "integer"]}, STRINGS | INTEGERS),
            Sample({"type": ["boolean", "number", "null"]}, st.none() | NUMBERS | st.booleans()),
            Sample({"type": ["string", "number", "boolean"]}, SCALARS),
            Sample({"const": "only"}, st.just("only")),
            Sample({"const": {"a": [1]}}, st.just({"a": [1]})),
            Sample({"type": "string", "x-audit": {"index": "text"}}, STRINGS),
            Sample({"type": "string", "x-audit": {"index": "none"}}, STRINGS),
            Sample({"type": "string", "x-audit": {"redact": True}}, STRINGS),
            Sample({"type": "integer", "x-audit": {"index": "keyword"}}, INTEGERS),
            Sample({"type": "integer", "x-audit": {"index": "date"}}, st.integers(0, 2**41)),
        ]
    ),
    st.sampled_from(sorted(_FORMATS)).map(_format),
    st.lists(st.sampled_from(["A", "b c", "", 1, 2.5, True, None]), min_size=1, unique_by=repr).map(
        _enum
    ),
)
_FREE_SAMPLES = st.sampled_from(
    [
        Sample({}, FREE),
        Sample(True, FREE),
        Sample({"type": "array"}, st.lists(FREE, max_size=3)),
        Sample({"type": "object"}, st.dictionaries(KEYS, FREE, max_size=3)),
        Sample(
            {"type": "object", "additionalProperties": True},
            st.dictionaries(KEYS, FREE, max_size=3),
        ),
        Sample(
            {"type": "object", "properties": {}, "additionalProperties": True},
            st.dictionaries(KEYS, FREE, max_size=3),
        ),
    ]
)


def _list(item: Sample) -> Sample:
    schema = {"type": "array", "items": item.schema}
    return Sample(schema, st.lists(item.documents, max_size=3), item.defs)


def _map(value: Sample) -> Sample:
    schema = {"type": "object", "additionalProperties": value.schema}
    return Sample(schema, st.dictionaries(KEYS, value.documents, max_size=3), value.defs)


def _pattern_map(value: Sample) -> Sample:
    schema = {
        "type": "object",
        "patternProperties": {"^x": value.schema},
        "additionalProperties": False,
    }
    keys = KEYS.map(lambda key: f"x{key}")
    return Sample(schema, st.dictionaries(keys, value.documents, max_size=3), value.defs)


@st.composite
def _tuple(draw: st.DrawFn, inner: st.SearchStrategy[Sample]) -> Sample:
    places = draw(st.lists(inner, min_size=1, max_size=3))
    schema: dict[str, Any] = {"type": "array", "prefixItems": [p.schema for p in places]}
    fixed = st.tuples(*(place.documents for place in places)).map(list)
    end = draw(st.sampled_from(["closed", "sized", "free"]))
    if end == "closed":
        schema["items"] = False
    elif end == "sized":
        schema["maxItems"] = len(places)
    else:
        fixed = st.builds(lambda a, b: a + b, fixed, st.lists(FREE, max_size=2))
    return Sample(schema, fixed, _defs(places))


@st.composite
def _object(draw: st.DrawFn, inner: st.SearchStrategy[Sample], *, least: int = 0) -> Sample:
    names = draw(st.sampled_from([NAMES, NAMES, NAMES | ODD_NAMES]))
    return draw(_object_of(draw(st.dictionaries(names, inner, min_size=least, max_size=5)), inner))


@st.composite
def _object_of(
    draw: st.DrawFn, fields: dict[str, Sample], inner: st.SearchStrategy[Sample] | None = None
) -> Sample:
    required = draw(st.lists(st.sampled_from(sorted(fields)), unique=True)) if fields else []
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: sample.schema for name, sample in fields.items()},
        "required": required,
    }
    defs = _defs(fields.values())
    extras: st.SearchStrategy[dict[str, Any]] = st.dictionaries(EXTRAS, FREE, max_size=2)
    if draw(st.integers(0, 3)) == 0:
        known = st.sampled_from([Sample(True, FREE), Sample(False, st.nothing())])
        free = draw(known if inner is None else known | inner)
        schema["additionalProperties"] = free.schema
        defs |= free.defs
        heads = {name.partition(".")[0] for name in fields}
        others = (NAMES | EXTRAS).filter(lambda name: name.partition(".")[0] not in heads)
        extras = st.dictionaries(others, free.documents, max_size=2)
        if free.schema is False:
            extras = st.just({})
        elif not fields:
            extras = st.dictionaries(KEYS, free.documents, max_size=2)
    if draw(st.integers(0, 7)) == 0:
        schema["x-audit"] = {"index": draw(st.sampled_from(["nested", "flattened"]))}
    documents = st.builds(
        lambda a, b: {**b, **a},
        st.fixed_dictionaries(
            {name: fields[name].documents for name in required},
            optional={n: s.documents for n, s in fields.items() if n not in required},
        ),
        extras,
    )
    return Sample(schema, documents, defs)


@st.composite
def _union(draw: st.DrawFn, inner: st.SearchStrategy[Sample]) -> Sample:
    members = draw(st.lists(inner, min_size=2, max_size=3))
    schema = {"anyOf": [member.schema for member in members]}
    return Sample(schema, st.one_of([member.documents for member in members]), _defs(members))


@st.composite
def _recursion(draw: st.DrawFn, inner: st.SearchStrategy[Sample]) -> Sample:
    value = draw(inner)
    way = draw(st.sampled_from(["next", "children", "map", "union"]))
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

    def node(below: Any) -> st.SearchStrategy[Any]:
        link = {
            "next": st.none() | below,
            "children": st.lists(below, max_size=2),
            "map": st.dictionaries(KEYS, below, max_size=2),
            "union": JSON_TEXT | below,
        }[way]
        return st.fixed_dictionaries({"value": value.documents}, optional={"link": link})

    leaf = st.fixed_dictionaries({"value": value.documents})
    documents = st.recursive(leaf, node, max_leaves=5)
    return Sample(ref, documents, {**value.defs, name: schema})


def _defs(samples: Any) -> dict[str, Any]:
    return {name: schema for sample in samples for name, schema in sample.defs.items()}


def _larger(inner: st.SearchStrategy[Sample]) -> st.SearchStrategy[Sample]:
    return st.one_of(
        _object(inner),
        _object(inner),
        _object(inner),
        inner.map(_list),
        inner.map(_map),
        inner.map(_pattern_map),
        _tuple(inner),
        _union(inner),
        _recursion(inner),
    )


SAMPLES: st.SearchStrategy[Sample] = st.recursive(
    st.one_of(_SCALAR_SAMPLES, _SCALAR_SAMPLES, _FREE_SAMPLES), _larger, max_leaves=8
)


def _whole(sample: Sample) -> Any:
    """A schema of its own, with the definitions that it refers to."""
    if not sample.defs:
        return sample.schema
    if sample.schema is True:
        return {"$defs": sample.defs}
    return {"allOf": [sample.schema], "$defs": sample.defs}


# Bare leaves would be most of what is drawn.
_WHOLES = st.one_of(
    _object(SAMPLES, least=2),
    _object(SAMPLES, least=2),
    _object(_object(SAMPLES), least=1),
    _union(_object(SAMPLES)),
    _recursion(SAMPLES),
    SAMPLES,
)


@st.composite
def cases(draw: st.DrawFn, *, most: int = 4) -> tuple[Any, list[Any]]:
    """A schema and documents of it."""
    sample = draw(_WHOLES)
    return _whole(sample), draw(st.lists(sample.documents, min_size=1, max_size=most))


@st.composite
def pairs(draw: st.DrawFn, *, most: int = 3) -> tuple[Any, list[Any], Any, list[Any]]:
    """Two versions of a schema that have most fields in common, and documents of each."""
    common = draw(st.dictionaries(NAMES, SAMPLES, min_size=1, max_size=3))
    versions = []
    for _ in range(2):
        fields = {name: sample for name, sample in common.items() if draw(st.integers(0, 5))}
        fields |= draw(st.dictionaries(NAMES, SAMPLES, max_size=1))
        versions.append(draw(_object_of(fields)))
    wrap = draw(st.sampled_from([lambda s: s, lambda s: s, _list, _field_of]))
    old, new = map(wrap, versions)
    documents = [draw(st.lists(s.documents, min_size=1, max_size=most)) for s in (old, new)]
    return _whole(old), documents[0], _whole(new), documents[1]


def _field_of(sample: Sample) -> Sample:
    schema = {"type": "object", "properties": {"in": sample.schema}}
    return Sample(schema, st.fixed_dictionaries({"in": sample.documents}), sample.defs)
