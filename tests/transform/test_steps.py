"""What each verb does, as (step, document before, document after); bytes, because they count."""

from __future__ import annotations

from typing import Any

import pytest

from ucaudit.transform.apply import Transform, TransformFailed

HERE = "tests.transform.functions:"

RENAME = {"rename": "a.old", "to": "new"}
INTEGER = {"cast": "a", "to": "integer"}
OR_NULL = {**INTEGER, "on_failure": "null"}
NUMBER = {"cast": "a", "to": "number"}
STRING = {"cast": "a", "to": "string"}
BOOLEAN = {"cast": "a", "to": "boolean"}
WRAP = {"wrap": "a", "key": "id"}


def when(path: str = "a", **test: Any) -> dict[str, Any]:
    return {"remove": "b", "when": {"path": path, **test}}


TABLE: list[tuple[dict[str, Any], str, str]] = [
    # rename: in the same object, at the same place
    (RENAME, '{"a":{"x":1,"old":1.0,"y":2}}', '{"a":{"x":1,"new":1.0,"y":2}}'),
    (RENAME, '{"a":{"old":null}}', '{"a":{"new":null}}'),
    (RENAME, '{"a":{"new":1}}', '{"a":{"new":1}}'),
    (RENAME, '{"a":{"old":1,"new":2}}', '{"a":{"old":1,"new":2}}'),
    ({**RENAME, "occupied": "replace"}, '{"a":{"new":2,"old":1}}', '{"a":{"new":1}}'),
    (RENAME, '{"a":"text"}', '{"a":"text"}'),
    (RENAME, '{"a":[{"old":1}]}', '{"a":[{"old":1}]}'),
    (RENAME, "{}", "{}"),
    ({"rename": "old", "to": "new"}, '{"old":1}', '{"new":1}'),
    ({"rename": "a[*].old", "to": "new"}, '{"a":[{"old":1},2,{}]}', '{"a":[{"new":1},2,{}]}'),
    ({"rename": "a{*}.old", "to": "new"}, '{"a":{"k.1":{"old":1}}}', '{"a":{"k.1":{"new":1}}}'),
    ({"rename": 'a."b.c"', "to": "d"}, '{"a":{"b.c":1,"b":{"c":2}}}', '{"a":{"d":1,"b":{"c":2}}}'),
    # cast to integer: exact or not at all
    (INTEGER, '{"a":"1718"}', '{"a":1718}'),
    (INTEGER, '{"a":"-3"}', '{"a":-3}'),
    (INTEGER, '{"a":3.0}', '{"a":3}'),
    (INTEGER, '{"a":1.5e1}', '{"a":15}'),
    (INTEGER, '{"a":"3.0"}', '{"a":3}'),
    (INTEGER, '{"a":"\\u0031"}', '{"a":1}'),
    (INTEGER, '{"a":7}', '{"a":7}'),
    (INTEGER, '{"a":null}', '{"a":null}'),
    (INTEGER, '{"a":["1", 2,null ]}', '{"a":[1,2,null]}'),
    (INTEGER, '{"a":[["1"],[]]}', '{"a":[[1],[]]}'),
    (
        INTEGER,
        '{"a":"123456789012345678901234567890"}',
        '{"a":123456789012345678901234567890}',
    ),
    (OR_NULL, '{"a":["1718a","",2.5,{},"9"]}', '{"a":[null,null,null,null,9]}'),
    # cast to number: the string's own text
    (NUMBER, '{"a":"1.50"}', '{"a":1.50}'),
    (NUMBER, '{"a":"0.12345678901234567890123"}', '{"a":0.12345678901234567890123}'),
    (NUMBER, '{"a":1.0}', '{"a":1.0}'),
    # cast to string: the number's own text
    (STRING, '{"a":42}', '{"a":"42"}'),
    (STRING, '{"a":1.0}', '{"a":"1.0"}'),
    (STRING, '{"a":true}', '{"a":"true"}'),
    (STRING, '{"a":"x"}', '{"a":"x"}'),
    (STRING, '{"a":null}', '{"a":null}'),
    # cast to boolean
    (BOOLEAN, '{"a":"true"}', '{"a":true}'),
    (BOOLEAN, '{"a":false}', '{"a":false}'),
    # to_list
    ({"to_list": "a"}, '{"a":1.0}', '{"a":[1.0]}'),
    ({"to_list": "a"}, '{"a":{"b":1}}', '{"a":[{"b":1}]}'),
    ({"to_list": "a"}, '{"a":[1]}', '{"a":[1]}'),
    ({"to_list": "a"}, '{"a":null}', '{"a":null}'),
    ({"to_list": "a"}, "{}", "{}"),
    # first
    ({"first": "a"}, '{"a":[1.0,2]}', '{"a":1.0}'),
    ({"first": "a"}, '{"a":[]}', '{"a":null}'),
    ({"first": "a"}, '{"a":"x"}', '{"a":"x"}'),
    ({"first": "a", "on_many": "dead_letter"}, '{"a":[1]}', '{"a":1}'),
    # join
    ({"join": "a"}, '{"a":[1,2.0,true,"x"]}', '{"a":"1,2.0,true,x"}'),
    ({"join": "a", "separator": "; "}, '{"a":["æ","ø"]}', '{"a":"æ; ø"}'),
    ({"join": "a"}, '{"a":[]}', '{"a":""}'),
    ({"join": "a"}, '{"a":"1,2"}', '{"a":"1,2"}'),
    ({"join": "a"}, '{"a":null}', '{"a":null}'),
    # remove
    ({"remove": "a.b"}, '{"a":{"b":1,"c":2}}', '{"a":{"c":2}}'),
    ({"remove": "a[*].b"}, '{"a":[{"b":1},{"c":2}]}', '{"a":[{},{"c":2}]}'),
    ({"remove": "a.b"}, '{"a":null}', '{"a":null}'),
    # wrap
    (WRAP, '{"a":"x"}', '{"a":{"id":"x"}}'),
    ({**WRAP, "with": {"n": [1]}}, '{"a":2.0}', '{"a":{"id":2.0,"n":[1]}}'),
    (WRAP, '{"a":{"other":1}}', '{"a":{"other":1}}'),
    (WRAP, '{"a":null}', '{"a":null}'),
    (WRAP, '{"a":["x"]}', '{"a":["x"]}'),
    ({**WRAP, "lists": True}, '{"a":["x"]}', '{"a":{"id":["x"]}}'),
    ({"wrap": "a[*]", "key": "id"}, '{"a":["x",{"id":"y"}]}', '{"a":[{"id":"x"},{"id":"y"}]}'),
    # set
    ({"set": "a.b", "value": {"c": None}}, '{"a":{}}', '{"a":{"b":{"c":null}}}'),
    ({"set": "a.b", "value": 1}, '{"a":{"b":null}}', '{"a":{"b":null}}'),
    ({"set": "a.b", "value": 1}, "{}", "{}"),
    ({"set": "b", "value": 1}, '{"a":2}', '{"a":2,"b":1}'),
    ({"set": "a[*].b", "value": 1}, '{"a":[{},3]}', '{"a":[{"b":1},3]}'),
    # python
    ({"python": HERE + "upper", "path": "a[*]"}, '{"a":["x",1.0]}', '{"a":["X",1.0]}'),
    ({"python": HERE + "add_seen"}, '{"a":1.00}', '{"a":1.00,"seen":true}'),
    ({"python": HERE + "tuple_of", "path": "a"}, '{"a":"x"}', '{"a":["x"]}'),
    ({"python": HERE + "nothing", "path": "a"}, '{"a":"x"}', '{"a":null}'),
    ({"python": HERE + "nothing", "path": "a"}, "{}", "{}"),
    # when
    (when(type="string"), '{"a":"x","b":1}', '{"a":"x"}'),
    (when(type="string"), '{"a":1,"b":1}', '{"a":1,"b":1}'),
    (when(type="integer"), '{"a":1.0,"b":1}', '{"a":1.0}'),
    (when(type="integer"), '{"a":1.5,"b":1}', '{"a":1.5,"b":1}'),
    (when(type="number"), '{"a":1.5,"b":1}', '{"a":1.5}'),
    (when(equals={"x": [1]}), '{"a":{"x":[1.0]},"b":1}', '{"a":{"x":[1.0]}}'),
    (when(equals=1), '{"a":true,"b":1}', '{"a":true,"b":1}'),
    (when(exists=True), '{"a":null,"b":1}', '{"a":null}'),
    (when(exists=False), '{"b":1}', "{}"),
    (when("a[*].t", equals="x"), '{"a":[{},{"t":"x"}],"b":1}', '{"a":[{},{"t":"x"}]}'),
]  # fmt: skip


@pytest.mark.parametrize(("step", "before", "after"), TABLE)
def test_step(step: dict[str, Any], before: str, after: str) -> None:
    raw = before.encode()
    result = Transform([step]).apply(raw)
    assert result.decode() == after
    if before == after:
        assert result is raw


@pytest.mark.parametrize(("step", "before", "after"), TABLE)
def test_a_transformed_document_is_left_alone(
    step: dict[str, Any], before: str, after: str
) -> None:
    once = after.encode()
    assert Transform([step]).apply(once) is once


FAILURES: list[tuple[dict[str, Any], str, str]] = [
    (INTEGER, '{"a":"1718a"}', '"1718a" is not exactly an integer'),
    (INTEGER, '{"a":""}', '"" is not exactly an integer'),
    (INTEGER, '{"a":"007"}', '"007" is not exactly an integer'),
    (INTEGER, '{"a":2.5}', "2.5 is not exactly an integer"),
    (INTEGER, '{"a":1e999999999}', "1e999999999 is not exactly an integer"),
    (INTEGER, '{"a":1e99999999999999999999}', "is not exactly an integer"),
    (INTEGER, '{"a":true}', "true is not exactly an integer"),
    (INTEGER, '{"a":{"b":1}}', '{"b":1} is not exactly an integer'),
    (INTEGER, '{"a":[1,"x"]}', '"x" is not exactly an integer'),
    (INTEGER, r'{"a":"\ud800"}', r'"\ud800" is not exactly an integer'),
    (NUMBER, '{"a":"NaN"}', '"NaN" is not exactly a number'),
    (STRING, '{"a":{}}', "{} is not exactly a string"),
    (BOOLEAN, '{"a":"yes"}', '"yes" is not exactly a boolean'),
    (BOOLEAN, '{"a":1}', "1 is not exactly a boolean"),
    ({**RENAME, "occupied": "fail"}, '{"a":{"old":1,"new":2}}', "'old' and 'new' are both there"),
    ({"first": "a", "on_many": "dead_letter"}, '{"a":[1,2]}', "2 elements where one was expected"),
    ({"first": "a"}, '{"a":[[1]]}', "its first element is a list"),
    ({"join": "a"}, '{"a":[1,null]}', "null cannot be part of a joined string"),
    ({"join": "a"}, '{"a":[{"b":1}]}', '{"b":1} cannot be part of a joined string'),
    ({"python": HERE + "fails", "path": "a"}, '{"a":"x"}', "ValueError: cannot read x"),
    ({"python": HERE + "not_a_number", "path": "a"}, '{"a":1}', "nan, which JSON cannot hold"),
    ({"python": HERE + "number_as_key", "path": "a"}, '{"a":1}', "has the key 1"),
    ({"python": HERE + "not_json", "path": "a"}, '{"a":1}', "a datetime, which JSON cannot hold"),
    ({"python": HERE + "holds_itself", "path": "a"}, '{"a":1}', "holds itself"),
    ({"python": HERE + "endless_integer", "path": "a"}, '{"a":1}', "cannot be written"),
    ({"python": HERE + "nothing"}, '{"a":1}', "it returned a NoneType, not a document"),
    (INTEGER, "[1]", "the document is not a JSON object"),
    (INTEGER, "", "the document is not a JSON object"),
    (INTEGER, '{"a":NaN}', "NaN is not a JSON value"),
    (INTEGER, '{"b":tru}', "the document is not valid JSON"),
    (INTEGER, r'{"b":"\ud800","b":1}', "the field 'b' appears twice"),
]


@pytest.mark.parametrize(("step", "document", "reason"), FAILURES)
def test_failure(step: dict[str, Any], document: str, reason: str) -> None:
    transform = Transform([step])
    with pytest.raises(TransformFailed) as failed:
        transform.apply(document.encode())
    assert reason in failed.value.reason
    assert failed.value.step == transform.describe()[0]


def test_the_function_is_named_in_the_failure() -> None:
    with pytest.raises(
        TransformFailed, match=r"call tests\.transform\.functions:fails on a: ValueErr"
    ):
        Transform([{"python": HERE + "fails", "path": "a"}]).apply(b'{"a":1}')


def test_steps_compose_over_versions() -> None:
    steps = [
        {"rename": "items[*].walletOwner", "to": "owner"},
        {"wrap": "items[*].owner", "key": "username", "with": {"type": "user"}},
        {"cast": "items[*].amount", "to": "string"},
        {"python": HERE + "upper", "path": "items[*].owner.username"},
        {"to_list": "items[*].owner"},
        {"first": "items[*].owner"},
    ]
    before = b'{"x": 1.0, "items": [{"walletOwner": "ann", "amount": 1.50}]}'
    after = b'{"x":1.0,"items":[{"owner":{"username":"ANN","type":"user"},"amount":"1.50"}]}'
    assert Transform(steps).apply(before) == after


def test_describe() -> None:
    steps = [
        {"cast": "requestJson.port", "to": "integer", "for": "2020.1", "why": "ports are numbers"},
        {"rename": "a", "to": "b", "occupied": "replace"},
        {"rename": "a", "to": "b", "occupied": "fail"},
        {"to_list": "a[*]"},
        {"first": "a"},
        {"join": 'a."b.c"'},
        {"remove": "a", "when": {"path": "b", "type": "string"}},
        {"remove": "a", "when": {"path": "b", "equals": "x"}},
        {"remove": "a", "when": {"path": "b", "exists": False}},
        {"remove": "a", "when": {"path": "b", "exists": True}},
        {"wrap": "a", "key": "id", "with": {"b": None}},
        {"wrap": "a{*}", "key": "id"},
        {"set": "a", "value": "ø"},
        {"python": HERE + "same"},
        {"python": HERE + "same", "path": "a"},
    ]
    transform = Transform(steps)
    assert transform.describe() == [
        "cast requestJson.port to integer, failures become dead letters",
        "rename a to b, replacing what is there",
        "rename a to b, a taken name becomes a dead letter",
        "put a[*] into a list",
        "take the first element of a, others are dropped",
        'join a."b.c" with ","',
        "remove a, when b is string",
        'remove a, when b equals "x"',
        "remove a, when b does not exist",
        "remove a, when b exists",
        'wrap a into an object under id beside {"b": null}',
        "wrap a{*} into an object under id",
        'set a to "ø" where it is absent',
        f"call {HERE}same on the document",
        f"call {HERE}same on a",
    ]
    assert not transform.identity


def test_identity() -> None:
    raw = b"anything at all"
    assert Transform([]).identity
    assert Transform([]).apply(raw) is raw
