"""Lines of JSON pointers in texts, and of models in source code."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ucaudit.schema.document import escape
from ucaudit.sources.lines import line_in_json, line_in_yaml

MARK = "the value that is looked for"
KEYS = st.text('ab/~"\\ {}[]:,é\n', max_size=4) | st.sampled_from(["type", "properties", "0"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | KEYS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@st.composite
def marked(draw):
    """A document with one marked value, and the pointer that leads there."""
    value, pointer = MARK, ""
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            key = draw(KEYS)
            others = draw(st.dictionaries(KEYS.filter(lambda k, key=key: k != key), VALUES,
                                          max_size=3))  # fmt: skip
            items = [*others.items()]
            items.insert(draw(st.integers(0, len(items))), (key, value))
            value, pointer = dict(items), f"/{escape(key)}{pointer}"
        else:
            entries = draw(st.lists(VALUES, max_size=3))
            place = draw(st.integers(0, len(entries)))
            value, pointer = [*entries[:place], value, *entries[place:]], f"/{place}{pointer}"
    return value, pointer


def line_of(text):
    return next(number for number, line in enumerate(text.split("\n"), 1) if MARK in line)


@given(marked(), st.sampled_from([1, 2, None]), st.sampled_from(["", "\n\n  "]))
def test_the_line_of_any_place_in_json(found, indent, before):
    document, pointer = found
    text = before + json.dumps(document, indent=indent)
    assert line_in_json(text, pointer) == line_of(text)


@given(marked())
def test_the_line_of_any_place_in_yaml(found):
    document, pointer = found
    text = yaml.safe_dump(document, sort_keys=False, width=10_000, default_style='"')
    # A long key stands on lines of its own there.
    expected = line_of(text)
    assert line_in_yaml(text, pointer) in (expected, expected - 1)


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/a", 2),
        ("/a/b", 3),
        ("/a/b/c", 3),
        ("/a/nothing", 2),
        ("/list/1", 8),
        ("/list/1/x", 9),
        ("/list/9", 6),
        ("/list/x", 6),
        ("/e~1f", 12),
        ("/nothing/at/all", 1),
    ],
)
def test_what_is_not_there_stands_where_the_way_ends(pointer, line):
    text = json.dumps({"a": {"b": "}", "d": 1}, "list": [1, {"x": 2}], "e/f": 3}, indent=1)
    lines = text.splitlines()
    assert lines[5] == ' "list": ['
    assert line_in_json(text, pointer) == line
    assert line_in_yaml(text.replace("\t", " "), pointer) == line


@pytest.mark.parametrize("text", ["", "[", "nonsense", "{}", '{"a"', "]", "}"])
def test_a_text_that_is_no_document_has_a_first_line(text):
    assert line_in_json(text, "/a/b") == 1
