"""A field that comes, goes or changes, in objects that are open or closed: all combinations.

The reading of unknown fields is ``ignored``: senders send what is declared, open readers ignore the
rest, closed ones refuse it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.diff.shorthand import I, S, obj
from ucaudit import diff_schemas

# Object before and after, the field, what happens to it: backward, forward.
TABLE = """
open    open    optional  added    ok      ok
open    open    optional  removed  ok      ok
open    open    optional  changed  breaks  breaks
open    open    required  added    breaks  ok
open    open    required  removed  ok      breaks
open    open    required  changed  breaks  breaks
open    closed  optional  added    ok      ok
open    closed  optional  removed  breaks  ok
open    closed  optional  changed  breaks  breaks
open    closed  required  added    breaks  ok
open    closed  required  removed  breaks  breaks
open    closed  required  changed  breaks  breaks
closed  open    optional  added    ok      breaks
closed  open    optional  removed  ok      ok
closed  open    optional  changed  breaks  breaks
closed  open    required  added    breaks  breaks
closed  open    required  removed  ok      breaks
closed  open    required  changed  breaks  breaks
closed  closed  optional  added    ok      breaks
closed  closed  optional  removed  breaks  ok
closed  closed  optional  changed  breaks  breaks
closed  closed  required  added    breaks  breaks
closed  closed  required  removed  breaks  breaks
closed  closed  required  changed  breaks  breaks
"""
ROWS = [row.split() for row in TABLE.split("\n") if row]
# A response goes the other way: what is new to the old reader is what the new service sends.
PARTS = {"request": ("backward", "forward"), "response": ("forward", "backward")}


def _side(openness: str, need: str, kind: Any) -> Any:
    own = {} if kind is None else {"a": kind}
    schema = obj(*own, **own) if need == "required" else obj(**own)
    return schema if openness == "open" else {**schema, "additionalProperties": False}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_a_field_in_an_open_or_closed_object(row: list[str], part: Any) -> None:
    before, after, need, change, *expected = row
    kinds = {"added": (None, S), "removed": (S, None), "changed": (S, I)}[change]
    old, new = _side(before, need, kinds[0]), _side(after, need, kinds[1])
    diff = diff_schemas(old, new, part=part)
    assert [getattr(diff.effects, direction) for direction in PARTS[part]] == expected
    field = "type-changed" if change == "changed" else f"{need}-field-{change}"
    frame = {"openclosed": ["object-closed"], "closedopen": ["object-opened"]}
    assert sorted(f.rule for f in diff.findings) == sorted([field, *frame.get(before + after, [])])


def test_there_are_twenty_four() -> None:
    assert len({tuple(row[:4]) for row in ROWS}) == len(ROWS) == 24
