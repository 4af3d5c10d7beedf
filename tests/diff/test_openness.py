"""A field that comes, goes or changes, in objects that are open or closed: all combinations.

Where unknown fields are ``ignored``, senders send what is declared, open readers ignore the rest,
closed ones refuse it. To the letter, senders of open objects may send any field, and of any type
while it is not declared.
"""

from __future__ import annotations

from typing import Any, get_args

import pytest

from tests.diff.shorthand import I, S, obj, tagged
from ucaudit import diff_schemas
from ucaudit.config import Reading
from ucaudit.errors import InputError

# Object before and after, the field, what happens to it: backward and forward where unknown fields
# are ignored, then to the letter.
TABLE = """
open    open    optional  added    ok      ok      breaks  ok
open    open    optional  removed  ok      ok      ok      breaks
open    open    optional  changed  breaks  breaks  breaks  breaks
open    open    required  added    breaks  ok      breaks  ok
open    open    required  removed  ok      breaks  ok      breaks
open    open    required  changed  breaks  breaks  breaks  breaks
open    closed  optional  added    ok      ok      breaks  ok
open    closed  optional  removed  breaks  ok      breaks  ok
open    closed  optional  changed  breaks  breaks  breaks  breaks
open    closed  required  added    breaks  ok      breaks  ok
open    closed  required  removed  breaks  breaks  breaks  breaks
open    closed  required  changed  breaks  breaks  breaks  breaks
closed  open    optional  added    ok      breaks  ok      breaks
closed  open    optional  removed  ok      ok      ok      breaks
closed  open    optional  changed  breaks  breaks  breaks  breaks
closed  open    required  added    breaks  breaks  breaks  breaks
closed  open    required  removed  ok      breaks  ok      breaks
closed  open    required  changed  breaks  breaks  breaks  breaks
closed  closed  optional  added    ok      breaks  ok      breaks
closed  closed  optional  removed  breaks  ok      breaks  ok
closed  closed  optional  changed  breaks  breaks  breaks  breaks
closed  closed  required  added    breaks  breaks  breaks  breaks
closed  closed  required  removed  breaks  breaks  breaks  breaks
closed  closed  required  changed  breaks  breaks  breaks  breaks
"""
ROWS = [row.split() for row in TABLE.split("\n") if row]
READINGS = get_args(Reading)
# A response goes the other way: what is new to the old reader is what the new service sends.
PARTS = {"request": ("backward", "forward"), "response": ("forward", "backward")}


def _side(openness: str, need: str, kind: Any) -> Any:
    own = {} if kind is None else {"a": kind}
    schema = obj(*own, **own) if need == "required" else obj(**own)
    return schema if openness == "open" else {**schema, "additionalProperties": False}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_a_field_in_an_open_or_closed_object(row: list[str], part: Any, reading: Any) -> None:
    before, after, need, change, *effects = row
    expected = effects[:2] if reading == "ignored" else effects[2:]
    kinds = {"added": (None, S), "removed": (S, None), "changed": (S, I)}[change]
    old, new = _side(before, need, kinds[0]), _side(after, need, kinds[1])
    diff = diff_schemas(old, new, part=part, unknown_fields=reading)
    assert [getattr(diff.effects, direction) for direction in PARTS[part]] == expected
    field = "type-changed" if change == "changed" else f"{need}-field-{change}"
    frame = {"openclosed": ["object-closed"], "closedopen": ["object-opened"]}
    assert sorted(f.rule for f in diff.findings) == sorted([field, *frame.get(before + after, [])])


def test_there_are_twenty_four() -> None:
    assert len({tuple(row[:4]) for row in ROWS}) == len(ROWS) == 24


# What a value is of two members of makes no difference unless exactly one is meant.
def test_one_of_is_exactly_one_to_the_letter() -> None:
    members = [obj(a=S), obj(b=S)]
    old, new = {"anyOf": members}, {"oneOf": members}
    assert diff_schemas(old, new).findings == []
    (finding,) = diff_schemas(old, new, unknown_fields="literal").findings
    assert (finding.effects.backward, finding.effects.forward) == ("breaks", "ok")
    assert finding.witnesses["backward"].rejected_by == "new"


def test_members_that_share_no_value_are_one_of_anyway() -> None:
    members = [tagged("x", "y"), S, {"type": "null"}, obj("kind", kind={"enum": ["n", "m"]})]
    old, new = {"anyOf": members}, {"oneOf": [*members[1:], *tagged("x", "y")["anyOf"]]}
    assert diff_schemas(old, new, unknown_fields="literal").findings == []


def test_a_union_of_itself_is_read_to_the_letter() -> None:
    tree = {"$ref": "#/$defs/Tree"}
    members = [obj("next", next=tree), obj("next", next={"anyOf": [tree, S]})]
    old, new = ({**tree, "$defs": {"Tree": {word: members}}} for word in ("anyOf", "oneOf"))
    assert diff_schemas(old, old, unknown_fields="literal").findings == []
    effects = diff_schemas(old, new, unknown_fields="literal").effects
    assert (effects.backward, effects.forward) != ("ok", "ok")


def test_another_reading_is_refused() -> None:
    with pytest.raises(InputError, match="no reading 'open'"):
        diff_schemas(S, I, unknown_fields="open")  # type: ignore[arg-type]
