"""Steps, paths and functions that cannot be used, and what is said about them."""

from __future__ import annotations

from typing import Any

import pytest

from ucaudit.errors import InputError
from ucaudit.transform.apply import Transform
from ucaudit.transform.path import Each, format_path, parse_path
from ucaudit.transform.steps import Cast, When, parse_step

HERE = "tests.transform.functions:"

BAD: list[tuple[Any, str]] = [
    ("remove a", "it is a str"),
    ({}, "it has no verb that is known"),
    ({"mend": "a"}, "it has no verb that is known"),
    ({"remove": "a", "to_list": "a"}, "it has the verbs remove, to_list"),
    ({"remove": 1}, "the path is 1"),
    ({"rename": "a"}, "'to' is missing"),
    ({"rename": "a", "to": 1}, "to is 1"),
    ({"rename": "a", "to": "b", "ocupied": "keep"}, "rename takes no 'ocupied'"),
    ({"rename": "a", "to": "b", "occupied": "ignore"}, "'occupied' is \"ignore\""),
    ({"rename": "a.b", "to": "b"}, "old and new name are the same"),
    ({"rename": "a[*]", "to": "b"}, "does not end in a field name"),
    ({"remove": "a{*}"}, "does not end in a field name"),
    ({"cast": "a", "to": "float"}, "'to' is \"float\""),
    ({"cast": "a", "to": ["string"]}, "'to' is [\"string\"]"),
    ({"cast": "a", "to": "integer", "on_failure": "drop"}, "'on_failure' is \"drop\""),
    ({"first": "a", "on_many": "last"}, "'on_many' is \"last\""),
    ({"join": "a", "separator": None}, "separator is null"),
    ({"wrap": "a"}, "'key' is missing"),
    ({"wrap": "a", "key": "id", "with": []}, "'with' is []"),
    ({"wrap": "a", "key": "id", "with": {"id": 1}}, "'id' is the key of the value"),
    ({"wrap": "a", "key": "id", "lists": 1}, "'lists' is 1"),
    ({"set": "a"}, "'value' is missing"),
    ({"set": "a", "value": float("nan")}, "not a JSON value"),
    ({"wrap": "a", "key": "id", "with": {"x": {1}}}, "not a JSON value"),
    ({"python": "json:loads", "when": {"path": "a"}}, "its condition is"),
    ({"remove": "a", "when": {"path": "a", "exists": True, "type": "null"}}, "its condition is"),
    ({"remove": "a", "when": {"path": "a", "exists": "yes"}}, "'exists' is \"yes\""),
    ({"remove": "a", "when": {"path": "a", "type": "int"}}, "'type' is \"int\""),
    ({"remove": "a", "when": {"path": "a", "equals": {"x": {1}}}}, "not a JSON value"),
    ({"remove": "a", "when": "b"}, "'when' is \"b\""),
]


@pytest.mark.parametrize(("step", "why"), BAD)
def test_bad_step(step: Any, why: str) -> None:
    with pytest.raises(InputError) as error:
        parse_step(step)
    assert error.value.name == "step-invalid"
    assert why in str(error.value.why)
    assert error.value.where
    assert error.value.fix


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "a field name was expected"),
        ("a.", "a field name was expected"),
        (".a", "a field name was expected"),
        ("a..b", "a field name was expected"),
        ("a[0]", "a dot, [*] or {*} was expected"),
        ("a[*]b", "a dot, [*] or {*} was expected"),
        ('a."b', "a field name was expected"),
        ('"\\x"', "the quoted name is no JSON string"),
        ("a}b", "a dot, [*] or {*} was expected"),
    ],
)
def test_bad_path(path: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        parse_step({"remove": path})
    assert error.value.name == "path-invalid"
    assert why in str(error.value.why)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("requestJson.items[*].port", ("requestJson", "items", Each.ITEM, "port")),
        ("labels{*}", ("labels", Each.VALUE)),
        ('a."b.c"[*][*]', ("a", "b.c", Each.ITEM, Each.ITEM)),
        ("{*}.a", (Each.VALUE, "a")),
        ('"".""', ("", "")),
        (r'"\"é"', ('"é',)),
        ("@timestamp.a b-c/d", ("@timestamp", "a b-c/d")),
    ],
)
def test_path(text: str, path: tuple[str | Each, ...]) -> None:
    assert parse_path(text) == path
    assert format_path(path) == text


def test_step_is_frozen_and_complete() -> None:
    step = parse_step({"cast": "a", "to": "integer", "when": {"path": "b", "exists": True}})
    assert step == Cast(("a",), "integer", "dead_letter", When(("b",), "exists", expected=True))


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("json.loads", "not of the form"),
        ("json:", "not of the form"),
        ("no.such.module:function", "ModuleNotFoundError"),
        ("json:no_such", "json has no 'no_such'"),
        (HERE + "NOT_CALLABLE", "which cannot be called"),
    ],
)
def test_bad_function(reference: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        Transform([{"python": reference}])
    assert error.value.name == "function-unusable"
    assert error.value.where == reference
    assert why in str(error.value.why)
    assert error.value.fix
