"""How the mappings of several templates become one."""

from __future__ import annotations

from typing import Any, Final

import pytest

from ucaudit.plan.shapes import overlaid

LONG: Final[dict[str, Any]] = {"type": "long"}
TEXT: Final[dict[str, Any]] = {"type": "text"}
# Earlier, later, both together: also asked of an engine in tests/engine/test_component_templates.
CASES: Final[dict[str, tuple[Any, Any, Any]]] = {
    "objects": (
        {"properties": {"a": LONG, "n": {"properties": {"x": LONG}}}},
        {"properties": {"a": TEXT, "n": {"properties": {"y": LONG}}}},
        {"properties": {"a": TEXT, "n": {"properties": {"x": LONG, "y": LONG}}}},
    ),
    "parameters": (
        {"type": "keyword", "ignore_above": 7, "fields": {"t": TEXT}},
        {"type": "keyword"},
        {"type": "keyword"},
    ),
    "parameters-of-objects": (
        {"dynamic": "strict", "properties": {"a": LONG}},
        {"properties": {"b": LONG}},
        {"properties": {"a": LONG, "b": LONG}},
    ),
    "object-to-field": ({"properties": {"a": LONG}}, TEXT, TEXT),
    "field-to-object": (TEXT, {"properties": {"a": LONG}}, {"properties": {"a": LONG}}),
    "opened": (
        {"type": "object", "enabled": False},
        {"properties": {"a": LONG}},
        {"properties": {"a": LONG}},
    ),
    "nested": (
        {"type": "nested", "properties": {"a": LONG}},
        {"type": "nested", "properties": {"b": LONG}},
        {"type": "nested", "properties": {"a": LONG, "b": LONG}},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_fields_are_overlaid(case: str) -> None:
    earlier, later, both = CASES[case]
    assert overlaid({"f": earlier, "e": LONG}, {"f": later, "l": TEXT}) == {
        "f": both,
        "e": LONG,
        "l": TEXT,
    }
