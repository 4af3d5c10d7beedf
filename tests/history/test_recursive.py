"""Lock sees a change that only a recursive type leads to."""

from __future__ import annotations

from tests.diff.service import TYPES, Member, edited, json_schema
from ucaudit.history.compiled import alike


def test_what_changes_behind_a_recursive_type_is_no_respelling():
    changed = edited(TYPES, "User", phone=Member("str"))
    sides = [{c.name: c for c in json_schema(types)} for types in (TYPES, changed)]
    # It takes a team, whose members know their team.
    old, new = (calls["files.call03"] for calls in sides)
    assert not alike(old, new)
    assert alike(old, json_schema(TYPES)[3])
