"""Live and wanted mapping to the PUT mapping request, and to what has been accumulated."""

from __future__ import annotations

from typing import Any

import pytest

from ucaudit.mapping.reach import PutMapping, accumulate, changes, describe, put_mapping_body

KEYWORD = {"type": "keyword", "ignore_above": 8191}
SHORT = {"type": "keyword", "ignore_above": 256}
LONG = {"type": "long", "ignore_malformed": True}
MAP = {"type": "flattened", "ignore_above": 4096, "depth_limit": 1000}
OPAQUE = {"type": "object", "enabled": False}


def objects(**properties: Any) -> dict[str, Any]:
    return {"properties": properties}


# live, wanted, what is sent
SENT: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "nothing to do": ({"a": KEYWORD}, {"a": KEYWORD}, {}),
    "a field that is there beyond": ({"a": KEYWORD, "b": LONG}, {"a": KEYWORD}, {}),
    "the cluster shows booleans and numbers as strings": (
        {
            "a": {"type": "long", "ignore_malformed": "true"},
            "b": {**KEYWORD, "ignore_above": "8191"},
        },
        {"a": LONG, "b": KEYWORD},
        {},
    ),
    "an opaque field as the cluster shows it": (
        {"a": {"enabled": False, "type": "object"}, "b": {"type": "object", "enabled": "false"}},
        {"a": OPAQUE, "b": OPAQUE},
        {},
    ),
    "an object without fields as the cluster shows it": (
        {"a": {"type": "object"}},
        {"a": objects()},
        {},
    ),
    "a new field": ({"a": KEYWORD}, {"a": KEYWORD, "b": LONG}, {"b": LONG}),
    "a new field in an object": (
        {"o": objects(a=KEYWORD), "p": objects(c=KEYWORD)},
        {"o": objects(a=KEYWORD, b=LONG), "p": objects(c=KEYWORD)},
        {"o": objects(b=LONG)},
    ),
    "a new object": ({}, {"o": objects(a=KEYWORD)}, {"o": objects(a=KEYWORD)}),
    "a parameter": ({"a": SHORT}, {"a": KEYWORD}, {"a": KEYWORD}),
    "a parameter beside those that someone set": (
        {"a": {**SHORT, "copy_to": ["all"], "eager_global_ordinals": True}},
        {"a": KEYWORD},
        {"a": {**KEYWORD, "copy_to": ["all"], "eager_global_ordinals": True}},
    ),
    "a parameter of a field with further fields": (
        {"a": {**SHORT, "fields": {"words": {"type": "text"}}}},
        {"a": KEYWORD},
        {"a": {**KEYWORD, "fields": {"words": {"type": "text"}}}},
    ),
    "a further field": (
        {"a": {"type": "text", "fields": {"k": KEYWORD}, "fielddata": True}},
        {"a": {"type": "text", "fields": {"keyword": KEYWORD}}},
        {"a": {"type": "text", "fields": {"k": KEYWORD, "keyword": KEYWORD}, "fielddata": True}},
    ),
    "a parameter of a further field": (
        {"a": {"type": "text", "fields": {"keyword": {**SHORT, "copy_to": "x"}}}},
        {"a": {"type": "text", "fields": {"keyword": KEYWORD}}},
        {"a": {"type": "text", "fields": {"keyword": {**KEYWORD, "copy_to": "x"}}}},
    ),
    "a parameter in an object with parameters": (
        {"o": {"dynamic": "false", "properties": {"a": SHORT}}},
        {"o": {"dynamic": False, "properties": {"a": KEYWORD}}},
        {"o": {"dynamic": False, "properties": {"a": KEYWORD}}},
    ),
    "an object is closed to new fields where its root is": (
        {"o": objects(a=KEYWORD)},
        {"o": {"dynamic": False, "properties": {"a": KEYWORD}}},
        {},
    ),
    "an object that someone opened": (
        {"o": {"dynamic": "true", "properties": {"a": KEYWORD}}},
        {"o": {"dynamic": False, "properties": {"a": KEYWORD}}},
        {"o": {"dynamic": False, "properties": {}}},
    ),
    "a nested field": (
        {"n": {"type": "nested", "properties": {"a": KEYWORD}}},
        {"n": {"type": "nested", "properties": {"a": KEYWORD, "b": LONG}}},
        {"n": {"type": "nested", "properties": {"b": LONG}}},
    ),
    "depth of a flattened field": (
        {"m": {"type": "flattened", "ignore_above": 4096}},
        {"m": MAP},
        {"m": MAP},
    ),
}


@pytest.mark.parametrize("name", SENT)
def test_sent(name: str) -> None:
    live, wanted, body = SENT[name]
    assert put_mapping_body(objects(**live), objects(**wanted)) == PutMapping(body, ())


# live, wanted, reason
REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "type": (KEYWORD, LONG, "a keyword field cannot become a long field in place"),
    "plain to object": (
        KEYWORD,
        objects(),
        "a keyword field cannot become an object field in place",
    ),
    "object to plain": (
        objects(),
        KEYWORD,
        "an object field cannot become a keyword field in place",
    ),
    "object to map": (objects(), MAP, "an object field cannot become a flattened field in place"),
    "object to nested": (
        objects(),
        {"type": "nested"},
        "an object field cannot become a nested field in place",
    ),
    "object to opaque": (
        objects(),
        OPAQUE,
        "an object field cannot become a field that is not indexed in place",
    ),
    "opaque to object": (
        OPAQUE,
        objects(),
        "a field that is not indexed cannot become an object field in place",
    ),
    "parameter": (
        {"type": "date"},
        {"type": "date", "format": "epoch_millis"},
        "format of the date field: default → epoch_millis",
    ),
    "a live field that holds other values": (
        {"type": "date", "format": "epoch_second"},
        {"type": "date"},
        "format of the date field: epoch_second → default",
    ),
    "a live field that is not indexed": (
        {"type": "keyword", "index": False},
        {"type": "keyword"},
        "index of the keyword field: False → default",
    ),
    "a live field that changes its values": (
        {"type": "keyword", "normalizer": "lowercase"},
        {"type": "keyword"},
        "normalizer of the keyword field: lowercase → default",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    live, wanted, reason = REFUSED[name]
    result = put_mapping_body(objects(a=live), objects(a=wanted))
    assert result == PutMapping({}, (("a", reason),))


def test_what_is_refused_does_not_hold_up_the_rest() -> None:
    live = objects(o=objects(a=KEYWORD, b=KEYWORD))
    wanted = objects(o=objects(a=LONG, b=KEYWORD, c=LONG), d=LONG)
    result = put_mapping_body(live, wanted)
    assert result.body == {"o": objects(c=LONG), "d": LONG}
    assert [path for path, _ in result.refused] == ["o.a"]


def test_what_a_request_brings_is_not_asked_for_again() -> None:
    for live, wanted, _ in SENT.values():
        after = accumulate(objects(**live), objects(**wanted))
        assert put_mapping_body(after, objects(**wanted)) == PutMapping({}, ())


def test_changes_say_where_and_what() -> None:
    live = {"o": objects(a=SHORT, b=KEYWORD)}
    wanted = {"o": objects(a=KEYWORD, b=LONG, c=objects(d=KEYWORD))}
    assert [(c.path, c.kind, c.live, c.wanted) for c in changes(live, wanted)] == [
        ("o.a", "update", SHORT, KEYWORD),
        ("o.b", "refused", KEYWORD, LONG),
        ("o.c", "add", None, {}),
    ]


def test_accumulate() -> None:
    live = objects(o=objects(a=SHORT, gone=LONG), kept=KEYWORD)
    wanted = objects(o={**objects(a=KEYWORD, b=LONG), "dynamic": False}, kept=LONG, new=MAP)
    assert accumulate(live, wanted) == objects(
        o={**objects(a=KEYWORD, gone=LONG, b=LONG), "dynamic": False}, kept=KEYWORD, new=MAP
    )
    assert live == objects(o=objects(a=SHORT, gone=LONG), kept=KEYWORD)


def test_accumulate_keeps_what_else_the_mapping_says() -> None:
    assert accumulate({"_meta": {"x": 1}, "properties": {}}, objects()) == {
        "_meta": {"x": 1},
        "properties": {},
    }


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (KEYWORD, "a keyword field"),
        ({"type": "ip"}, "an ip field"),
        (objects(), "an object field"),
        (OPAQUE, "a field that is not indexed"),
    ],
)
def test_describe(definition: dict[str, Any], words: str) -> None:
    assert describe(definition) == words
