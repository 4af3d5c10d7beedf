"""Properties of every step on any document."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ucaudit.transform.apply import Transform, TransformFailed

NAMES = st.sampled_from(["a", "b", "c", "x.y", "é"])
NUMBERS = st.one_of(
    st.integers(-5, 5).map(str),
    st.integers(10**29, 10**30).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=25).map(lambda d: f"{d:f}"),
    st.sampled_from(["1.0", "-0.0", "1e400", "2.50", "3E2"]),
)


class Number(str):
    """The text of a JSON number."""


SCALARS = st.one_of(
    NUMBERS.map(Number),
    st.none(),
    st.booleans(),
    st.text(max_size=3),
    st.sampled_from(["1718", "1718a", "true", "", "0.50", "\ud800"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


def spelled(value: Any) -> str:
    """``value`` as JSON, numbers by their own text."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        entries = (f"{json.dumps(key)}: {spelled(item)}" for key, item in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(spelled, value)) + "]"
    return json.dumps(value)


PATHS = st.lists(
    st.sampled_from(["a", "b", '"x.y"', "[*]", "{*}"]),
    min_size=1,
    max_size=3,
).map(lambda parts: "".join(p if p[0] in "[{" else f".{p}" for p in parts).lstrip("."))
FIELDS = st.tuples(PATHS, st.sampled_from(["a", "b"])).map(".".join)
CONDITIONS = st.one_of(
    st.fixed_dictionaries({"path": PATHS, "exists": st.booleans()}),
    st.fixed_dictionaries({"path": PATHS, "type": st.sampled_from(["string", "integer", "array"])}),
    st.fixed_dictionaries({"path": PATHS, "equals": st.sampled_from([None, 1, "", []])}),
)
TYPES = st.sampled_from(["integer", "number", "string", "boolean"])
STEPS = st.one_of(
    st.fixed_dictionaries(
        {"rename": FIELDS, "to": st.just("c")},
        optional={"occupied": st.sampled_from(["keep", "replace", "fail"])},
    ),
    st.fixed_dictionaries(
        {"cast": PATHS, "to": TYPES},
        optional={"on_failure": st.sampled_from(["null", "dead_letter"])},
    ),
    st.fixed_dictionaries({"to_list": PATHS}),
    st.fixed_dictionaries(
        {"first": PATHS},
        optional={"on_many": st.sampled_from(["first", "dead_letter"])},
    ),
    st.fixed_dictionaries({"join": PATHS}, optional={"separator": st.sampled_from([",", ""])}),
    st.fixed_dictionaries({"remove": FIELDS}),
    st.fixed_dictionaries(
        {"wrap": PATHS, "key": st.just("id")},
        optional={"lists": st.booleans(), "with": st.just({"provider": "ucloud"})},
    ),
    st.fixed_dictionaries({"set": FIELDS, "value": st.sampled_from([None, 1, {"a": "b"}])}),
    st.fixed_dictionaries({"python": st.just("tests.transform.functions:upper"), "path": PATHS}),
)
CONDITIONAL = st.tuples(STEPS, st.none() | CONDITIONS).map(
    lambda pair: pair[0] if pair[1] is None else {**pair[0], "when": pair[1]},
)
RELAXED = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def applied(transform: Transform, raw: bytes) -> bytes:
    try:
        return transform.apply(raw)
    except TransformFailed:
        assume(False)
        raise


@RELAXED
@given(CONDITIONAL, DOCUMENTS)
def test_twice_is_once(step: dict[str, Any], document: dict[str, Any]) -> None:
    transform = Transform([step])
    once = applied(transform, spelled(document).encode())
    assert transform.apply(once) is once


@RELAXED
@given(CONDITIONAL, DOCUMENTS)
def test_a_document_changes_or_is_the_same_bytes(
    step: dict[str, Any],
    document: dict[str, Any],
) -> None:
    raw = spelled(document).encode()
    result = applied(Transform([step]), raw)
    same = json.dumps(_exact(result)) == json.dumps(_exact(raw))
    assert (result is raw) == same


@RELAXED
@given(CONDITIONAL, VALUES)
def test_neighbours_keep_every_digit(step: dict[str, Any], value: Any) -> None:
    assume("{*}" not in json.dumps(step))
    raw = spelled({"untouched": value, "a": {"a": "1", "b": [value]}, "b": ["2", value]}).encode()
    result = applied(Transform([step]), raw)
    assert _exact(result)["untouched"] == _exact(raw)["untouched"]


@RELAXED
@given(st.binary(max_size=30) | st.text(alphabet='{}[]",:1ae\\ ', max_size=20).map(str.encode))
def test_any_bytes_transform_or_fail(raw: bytes) -> None:
    with suppress(TransformFailed):
        Transform([{"cast": "a[*].a", "to": "integer"}]).apply(raw)


@pytest.mark.parametrize("seed", range(3))
def test_threads_may_share_a_transform(seed: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    transform = Transform([{"cast": "a", "to": "integer"}])
    raws = [b'{"a":"%d"}' % (number + seed) for number in range(500)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(transform.apply, raws))
    assert results == [raw.replace(b'"', b"").replace(b"a", b'"a"') for raw in raws]


def _exact(raw: bytes) -> Any:
    return json.loads(raw, parse_float=lambda t: f"#{t}", parse_int=lambda t: f"#{t}")
