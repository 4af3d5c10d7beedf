"""What the data of a report says, without a browser."""

from __future__ import annotations

import json

import pytest

from tests.report.html.subjects import between, example_document
from ucaudit.report.html.indexed import mapping_rows
from ucaudit.report.html.labels import label, short_name
from ucaudit.report.html.tree import Trees
from ucaudit.schema.parsing import parse


def obj(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def lines(old, new):
    """The tree as ``path: before -> after``, one line a place."""
    trees = Trees()
    root = trees.add(old, new, "test")
    found = []

    def tell(number, path, seen):
        row = trees.rows[number]
        text = row["b"] if "b" in row else f"{row.get('o', '-')} -> {row.get('n', '-')}"
        found.append(f"{path}: {text}{' *' if row.get('d') else ''}")
        if number not in seen:
            for step, below, *_ in row.get("c", ()):
                tell(below, path + step, {*seen, number})

    tell(root, "$", set())
    return found


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({}, "anything"),
        (STRING, "string"),
        ({"type": ["integer", "null"]}, "integer or null"),
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": "string", "minLength": 1, "maxLength": 64}, "string of 1 to 64"),
        ({"type": "integer", "minimum": 0}, "integer ≥ 0"),
        ({"type": "integer", "minimum": 0, "maximum": 9}, "integer ≥ 0, ≤ 9"),
        ({"enum": ["a", "b"]}, '"a" | "b"'),
        ({"type": "array", "items": STRING}, "list of string"),
        ({"type": "object", "additionalProperties": INTEGER}, "map of integer"),
        ({**obj(a=STRING), "additionalProperties": False}, "object, closed"),
        ({"type": "string", "default": "x"}, 'string · default "x"'),
        ({"type": "string", "x-audit": {"redact": True}}, "string · redacted"),
        ({"$ref": "#/$defs/app.File", "$defs": {"app.File": obj(a=STRING)}}, "File"),
    ],
)
def test_a_place_in_words(schema, text):
    assert label((parse(schema),)) == text


def test_names_of_types_lose_their_modules():
    assert short_name("app.wire.Page[app.wire.File]") == "Page[File]"


def test_a_tree_shows_what_came_went_and_changed():
    old = obj(a=STRING, gone=STRING, list={"type": "array", "items": obj(x=STRING)})
    new = obj(a=INTEGER, new=STRING, list={"type": "array", "items": obj(x=STRING)})
    assert lines(old, new) == [
        "$: object *",
        "$.a: string -> integer *",
        "$.gone: string -> - *",
        "$.new: - -> string *",
        "$.list: list of object",
        "$.list[*].x: string",
    ]


def test_a_declared_rename_is_one_line():
    trees = Trees()
    new = obj(now={"type": "string", "x-audit": {"renamed_from": "was"}})
    root = trees.rows[trees.add(obj(was=STRING), new, "test")]
    assert [(child[0], child[3]) for child in root["c"]] == [(".now", ".was")]


def test_a_type_that_contains_itself_makes_a_circle():
    node = obj(below={"type": "array", "items": {"$ref": "#/$defs/Node"}}, name=STRING)
    schema = {"$ref": "#/$defs/Node", "$defs": {"Node": node}}
    trees = Trees()
    root = trees.add(schema, schema, "test")
    assert len(trees.rows) < 6
    assert not trees.rows[root].get("d")


def test_what_calls_share_is_told_once():
    trees = Trees()
    shared = obj(a=STRING, b=INTEGER)
    trees.add(obj(one=shared), obj(one=shared), "one")
    before = len(trees.rows)
    trees.add(obj(two=shared), obj(two=shared), "two")
    assert len(trees.rows) == before + 1


def test_rows_of_a_mapping():
    live = {"properties": {"r": {"properties": {"a": {"type": "keyword"}, "b": {"type": "long"}}}}}
    wanted = {"properties": {"r": {"properties": {"a": {"type": "long"}, "c": {"type": "ip"}}}}}
    rows = {row[0]: row[1:] for row in mapping_rows(live, wanted)}
    assert rows["r"] == ["object"]
    assert rows["r.a"][:3] == ["keyword", "long", "refused"]
    assert rows["r.b"][:3] == ["long", None, "gone"]
    assert rows["r.c"][:3] == [None, "ip", "add"]


def test_two_folders_give_findings_trees_mappings_and_a_migration(tmp_path):
    document = between(
        tmp_path,
        {"jobs__create": obj(port=STRING), "jobs__stop": obj(id=STRING)},
        {"jobs__create": obj(port=INTEGER), "jobs__stop": obj(id=STRING)},
    )
    assert document["summary"]["changed"] == 1
    assert document["summary"]["effects"]["index"] == {"reindex": 1}
    (finding,) = document["findings"]
    assert finding["rule"] in document["rules"]
    assert finding["place"].startswith("new/jobs.create/request.json:")
    ((spots, reached),) = finding["reach"]["groups"]
    told = [(call, part, start + spot) for call, part, start in reached for spot in spots]
    assert told == [(0, "request", "$.port")]
    assert finding["reach"]["count"] == 1
    details = document["details"]["calls"]["jobs.create"]
    assert details["mapping"][1][:2] == ["requestJson.port", "keyword, ignore_above 8191"]
    (move,) = document["migrations"]
    assert (move["new_generation"], move["numbered"]) == (True, False)
    assert move["steps"] == ["cast requestJson.port to integer, failures become dead letters"]
    assert "jobs.stop" not in document["details"]["calls"]
    json.dumps(document)


def test_nothing_changed(tmp_path):
    same = {"a": obj(x=STRING)}
    document = between(tmp_path, same, same)
    assert document["summary"]["changed"] == 0
    assert document["findings"] == document["migrations"] == []


def test_the_example_has_a_history_over_generations(tmp_path):
    document = example_document(tmp_path)
    history = document["details"]["calls"]["wallets.push"]["history"]
    told = [(v["version"], v["generation"], v["label"], v["index"]) for v in history]
    assert told == [
        (1, 1, "2019.1", None),
        (2, 1, "2020.1", "put_mapping"),
        (3, 2, "2021.1", "reindex"),
        (4, 3, None, "reindex"),
    ]
    assert history[-1]["open"]
    assert "rename requestJson.items[*].walletOwner to owner" in history[1]["steps"]
    assert {remark["rule"] for remark in document["remarks"]} == {"steps-undecided"}
