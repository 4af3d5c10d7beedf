"""What no step touches keeps its bytes, also where Python's parsers would round or refuse it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ucaudit.transform.apply import Transform

CAST = Transform([{"cast": "a.port", "to": "integer"}])

AWKWARD = [
    "1.0",
    "1e400",
    "-0",
    "123456789012345678901234567890",
    "0.1234567890123456789012345678901234567890",
    "1" * 1000,
    r'"\u00e9\/\ud83d\ude00"',
    r'"\ud800"',
    r'{"\ud800":[1.0, {"x": "\udfff"}]}',
    '[ 1 , 2 ,{"b" : 1.00}]',
    "[" * 990 + "]" * 990,
    '{"a":' * 3000 + "1" + "}" * 3000,
    '"{[,:\\\\\\""',
    "[]",
    "{}",
]


def filled(template: str, value: str) -> str:
    return template.replace("%s", value)


@pytest.mark.parametrize("value", AWKWARD, ids=range(len(AWKWARD)))
def test_neighbours_keep_their_bytes(value: str) -> None:
    before = filled('{"x":%s,"a":{"y":%s,"port":"1718"},"z":%s}', value)
    after = filled('{"x":%s,"a":{"y":%s,"port":1718},"z":%s}', value)
    assert CAST.apply(before.encode()).decode() == after


@pytest.mark.parametrize("value", AWKWARD, ids=range(len(AWKWARD)))
def test_list_elements_keep_their_bytes(value: str) -> None:
    transform = Transform([{"cast": "a[*].port", "to": "integer"}])
    before = filled('{"a":[%s,{"port":"1","y":%s}]}', value)
    after = filled('{"a":[%s,{"port":1,"y":%s}]}', value)
    assert transform.apply(before.encode()).decode() == after


@pytest.mark.parametrize("value", AWKWARD, ids=range(len(AWKWARD)))
def test_an_untouched_document_is_the_same_object(value: str) -> None:
    raw = filled(' {"a" : {"port" : 1718, "y" : %s}} ', value).encode()
    assert CAST.apply(raw) is raw


@pytest.mark.parametrize("value", [v for v in AWKWARD if len(v) < 1500 and v[:2] != "[["])
def test_functions_do_not_round_what_they_leave(value: str) -> None:
    transform = Transform([{"python": "tests.transform.functions:add_seen", "path": "a"}])
    result = transform.apply(b'{"x":1.0,"a":{"y":%b}}' % value.encode())
    fields = json.loads(result, parse_float=str, parse_int=str)
    assert fields == {"x": "1.0", "a": {"y": _exact(value), "seen": True}}


def test_a_function_that_changes_nothing_leaves_the_document() -> None:
    raw = b'{"a":{"y": 1.00, "z": "\\u00e9"}}'
    assert Transform([{"python": "tests.transform.functions:same"}]).apply(raw) is raw


def test_keys_keep_their_order_and_meaning() -> None:
    before = rb'{"z":1,"\u00e9.x":2,"a":{"port":"1","\"":3},"\ud800":4}'
    result = CAST.apply(before)
    assert list(json.loads(result).items()) == list(
        json.loads(before.replace(b'"1"', b"1")).items(),
    )


@pytest.mark.parametrize("steps", [[{"rename": "a.x", "to": "y"}], [{"set": "a.q", "value": 1}]])
def test_a_surrogate_in_a_key_survives_beside_a_change(steps: list[dict[str, Any]]) -> None:
    result = Transform(steps).apply(rb'{"a":{"\ud800":[1.0],"x":[{"\udfff":2}]},"b":[3]}')
    assert json.loads(result)["a"]["\ud800"] == [1.0]
    assert b"[1.0]" in result


def _exact(value: str) -> Any:
    return json.loads(value, parse_float=str, parse_int=str)
