"""Bytes that are no document, and YAML that JSON does not know."""

from __future__ import annotations

import json
import time

import pytest

from ucaudit.errors import InputError
from ucaudit.history.sources import load_source
from ucaudit.sources.reading import read_document
from ucaudit.sources.yamltext import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2020-01-02", "2020-01-02"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("1.5e3", 1500.0),
        ("1.2.3", "1.2.3"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("~", None),
        ("True", True),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("!!float 1", 1),
        ("{200: a, ~: b, yes: c}", {"200": "a", "~": "b", "yes": "c"}),
        ("[&a {x: 1}, *a, {<<: *a, x: 2, y: 3}]", [{"x": 1}, {"x": 1}, {"x": 2, "y": 3}]),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("# only a comment", None),
    ],
)
def test_yaml_is_read_as_json_values(text, value):
    assert parse_yaml(text, "a.yaml") == value


def bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("file", "content", "name", "where"),
    [
        ("a.json", "", "file-empty", "a.json"),
        ("a.yaml", " \n", "file-empty", "a.yaml"),
        ("a.json", '{"a": 1,\n "b" 2}', "not-json", "a.json:2:"),
        ("a.json", b'{"a":\n "\xff"}', "not-utf8", "a.json:2:3"),
        ("a.json", '{"a": 1,\n "a": 2}', "key-repeated", "a.json:2:2"),
        ("a.json", '{"a" : {"b":1},\n "\\u0061" : 2}', "key-repeated", "a.json:2:2"),
        ("a.json", '[{"\\":": "\\"}{", "\\":": 2}]', "key-repeated", "a.json:1:18"),
        ("a.yaml", b"a: 1\nb: \xe9\n", "not-utf8", "a.yaml:2:4"),
        ("a.yaml", "a: 1\n b: 2\n", "not-yaml", "a.yaml:2:3"),
        ("a.yaml", "a: [1\n", "not-yaml", "a.yaml:2:1"),
        ("a.yaml", "a: \x01\n", "not-yaml", "a.yaml:1:4"),
        ("a.yaml", "a: 1\nb: 2\na: 3\n", "not-yaml", "a.yaml:3:1"),
        ("a.yaml", "a: *b\n", "not-yaml", "a.yaml:1:4"),
        ("a.yaml", "a: &a [*a]\n", "not-yaml", "a.yaml:1:8"),
        ("a.yaml", "? [a]\n: 1\n", "not-yaml", "a.yaml:1:3"),
        ("a.yaml", "a: 1\n---\nb: 2\n", "not-yaml", "a.yaml:2:1"),
        ("a.yaml", "a: !python/object:os.system x\n", "not-yaml", "a.yaml:1:4"),
        ("a.yaml", "a: !!int x\n", "not-yaml", "a.yaml:1:4"),
        ("a.yaml", "a: 1e999\n", "not-yaml", "a.yaml:1:4"),
        ("a.yaml", "<<: 3\n", "not-yaml", "a.yaml:1:1"),
        ("a.yaml", "[" * 400, "not-yaml", "a.yaml:1:301"),
        ("a.yaml", bomb(), "not-yaml", "a.yaml:1:1"),
        ("a.json", "[" * 5000, "not-json", "a.json:1:"),
    ],
)
def test_bad_files_are_one_error_with_line_and_column(write, file, content, name, where):
    with pytest.raises(InputError) as caught:
        read_document(write(file, content))
    assert caught.value.name == name
    assert where in str(caught.value.where)
    assert caught.value.fix


@pytest.mark.parametrize(
    "content",
    ['{"a" : 1, "b" : {"a" : 1}}', '[{"a": 1}, {"a": 1}]', '{"a": "\\"a\\":", "b\\u0022": 1}'],
)
def test_the_same_key_in_other_objects_is_fine(write, content):
    assert read_document(write("a.json", content)) == json.loads(content)


def test_a_byte_order_mark_is_no_content(write):
    assert read_document(write("a.json", b'\xef\xbb\xbf{"a": 1}')) == {"a": 1}
    assert read_document(write("a.yaml", b"\xef\xbb\xbfa: 1")) == {"a": 1}


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_fifty_megabytes(write, tmp_path, suffix):
    fields = ",\n".join(f'"field{i}": {{"type": "string"}}' for i in range(100))
    parts = ",\n".join(f'"p{i}": {{"properties": {{{fields}}}}}' for i in range(400))
    text = f'{{"description": "{"x" * 48_000_000}", "properties": {{{parts}}}}}'
    write(f"a.{suffix}", text)
    before = time.monotonic()
    (call,) = load_source(f"a.{suffix}", tmp_path).calls
    assert time.monotonic() - before < 20
    assert len(call.parts["request"]["in"]["properties"]) == 400


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("a.txt", "x", ".txt"),
        ("a", "x", "has no ending"),
        ("a.json", {"asyncapi": "2.6.0"}, "AsyncAPI"),
        ("a.json", {"format": "ucaudit.call/1"}, "recorded history"),
    ],
)
def test_files_of_no_known_kind(write, tmp_path, file, content, said):
    write(file, content)
    with pytest.raises(InputError) as caught:
        load_source(file, tmp_path)
    assert caught.value.name == "source-unknown"
    assert said in f"{caught.value}"
    assert caught.value.fix
